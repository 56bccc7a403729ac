"""Materials with a memory beside a cohesive interface: a column against its differential equation, films that relax."""

import numpy as np
import pytest
from mpi4py import MPI
from scipy.optimize import brentq

from solver.errors import CaseError
from tests.fracture.test_cohesive_case import CASE
from tests.fracture.test_cohesive_large import FILM, PANEL, PARTS, is_same, stopped
from tests.solving import load_case, solve_case

STEPS = ((20.0, 5.0), (100.0, 5.0), (40.0, 15.0))  # seconds, opening (um) at their end
COLUMN = """title: a slender column whose upper layer relaxes, pulled off the lower one
geometry:
  outline: {shape: rectangle, size: [60 um, 60 um]}
  symmetry: quarter
  layers:
    - {name: lower, thickness: 1 mm, material: stiff}
    - {name: upper, thickness: 2 mm, material: soft}
  delaminations:
    - {name: zone, between: [lower, upper], shape: {rectangle: [60 um, 60 um]},
       cohesive: {normal_strength: 10 MPa, opening: 100 J/m^2, stiffness: 1e7 MPa/m, viscosity: 0.02 s}}
materials:
  stiff: {youngs_modulus: 100 GPa, poisson_ratio: 0, thermal_expansion: 0 ppm/K}
  soft: {youngs_modulus: 10 GPa, poisson_ratio: 0, thermal_expansion: 0 ppm/K,
         viscoelastic: {times: [10 s, 100 s], youngs: [0.4, 0.3]}}
mesh: {in_plane_size: 60 um}
analysis: {deflection: DEFLECTION}
process:
  stress_free_temperature: 25 degC
  steps:
""" + "".join(
    f"""    - name: to {um} um in {seconds} s
      temperature: 25 degC
      duration: {seconds} s
      opens: {um} um
      support: chuck
      loads: [{{face: top, shape: {{rectangle: [60 um, 60 um]}}, force: [0 N, 0 N, 1 mN]}}]
"""
    for seconds, um in STEPS
)


E1, E2, H1, H2, K, STRENGTH, ENERGY, LAG = 100e9, 10e9, 1e-3, 2e-3, 1e13, 10e6, 100.0, 0.02  # of the column (SI)
ONSET, END = STRENGTH / K, 2 * ENERGY / STRENGTH
TAU, PART = np.array([10.0, 100.0]), np.array([0.4, 0.3])


def _damage(reached):
    return min(END * (reached - ONSET) / (reached * (END - ONSET)), 1.0)


def _next(state, motion, dt):
    """Strain of the upper layer, its q, the jump reached and the jump at the end of an increment, and the stress."""
    strain, q, reached, _ = state
    decay = np.exp(-dt / TAU)
    gain = (1.0 - decay) * TAU / dt

    def follows(jump):
        return reached + dt / (LAG + dt) * max(jump - reached, 0.0)

    def stress(jump):
        return (1.0 - _damage(follows(jump))) * K * jump

    def strained(jump):
        return (motion - jump - H1 * stress(jump) / E1) / H2

    def missing(jump):
        here = strained(jump)
        return stress(jump) - E2 * (0.3 * here + PART @ (decay * q + gain * (here - strain)))

    jump = brentq(missing, 0.0, motion, xtol=1e-18, rtol=1e-13)
    here = strained(jump)
    return (here, decay * q + gain * (here - strain), follows(jump), jump), stress(jump)


def _column(increments=4000):
    """Stress (MPa) and what the interface has dissipated (J/m^2), at the ends of the steps.

    h1 s / E1 + h2 e + d = U(t), s = E (0.3 e + 0.4 q1 + 0.3 q2) with q' = e' - q / tau, and s = (1 - D(r)) K d where r'
    = (d - r) / viscosity as long as d is more than r. The Prony series is exact in an increment, the lag by backward
    Euler.
    """
    state, stress, work, motion, ends = (0.0, np.zeros(2), ONSET, 0.0), 0.0, 0.0, 0.0, []
    for seconds, um in STEPS:
        begun = motion
        for share in np.linspace(0.0, 1.0, increments + 1)[1:]:
            motion = begun + share * (1e-6 * um - begun)
            jump, before = state[-1], stress
            state, stress = _next(state, motion, seconds / increments)
            work += 0.5 * (before + stress) * (state[-1] - jump)
        ends.append((1e-6 * stress, work - 0.5 * (1.0 - _damage(state[2])) * K * state[-1] ** 2))
    return np.array(ends)


@pytest.mark.slow
@pytest.mark.serial  # one column of cells is on one rank
@pytest.mark.parametrize("deflection", ["small", "large"])
def test_a_column_that_relaxes_parts_as_its_differential_equation_says(tmp_path, comm, deflection):
    """Pulled, held and pulled further. Increments are 30 times the viscosity and more, by which stress is 2e-3 off, and
    what is dissipated 7e-3."""
    found = solve_case(COLUMN.replace("DEFLECTION", deflection), (), tmp_path, comm)
    states = [step["cohesive"] for step in found["steps"]]
    area = 60e-6**2
    stress = np.array([1e-6 * one["load_n"] / area for one in states])
    dissipated = np.array([1e-6 * one["dissipated_uj"] / area for one in states])
    expected = _column()
    assert stress == pytest.approx(expected[:, 0], rel=2e-3)
    assert dissipated == pytest.approx(expected[:, 1], rel=7e-3)
    for one in states:
        assert one["work_uj"] == pytest.approx(one["taken_uj"] + one["held_uj"] + one["dissipated_uj"], rel=1e-4)
        assert one["taken_uj"] > one["elastic_uj"] > 0.0  # the materials dissipate, too


LASTS = "viscoelastic: {times: [1 s], youngs: [1e-9]}"  # what does not relax


@pytest.mark.slow
@pytest.mark.serial
def test_what_remembers_and_does_not_relax_parts_as_what_is_elastic(tmp_path, comm):
    """A double cantilever beam up to where it has grown; solved as a whole here, there by compliance of its faces."""
    beam = CASE[: CASE.index("    - name: to 20 um")] + CASE[CASE.index("    - name: to 100 um") :]
    beam = beam[: beam.index("    - name: to 120 um")].replace("in_plane_size: 0.2 mm", "in_plane_size: 0.25 mm")
    remembers = beam.replace("expansion: 0 ppm/K}", f"expansion: 0 ppm/K, {LASTS}}}")
    one, other = (solve_case(text, (), tmp_path, comm)["steps"][0]["cohesive"] for text in (beam, remembers))
    assert one["parted_area_mm2"] > 0.0
    for key in ("load_n", "largest_opening_um", "damaged_area_mm2", "elastic_uj", "work_uj", "dissipated_uj"):
        assert other[key] == pytest.approx(one[key], rel=1e-2), key
    assert other["taken_uj"] == pytest.approx(other["elastic_uj"], rel=1e-4)


@pytest.mark.slow
@pytest.mark.serial
def test_a_film_that_relaxes_parts_once_what_it_stores_in_the_long_term_is_what_the_interface_takes(tmp_path, comm):
    """As in `test_cohesive_large`, of a film that relaxes to half its modulus far faster than it cools: 0.973 of what
    the interface takes at the first temperature, 1.059 of it at the second. Elastic, it would store 1.33 of it at the
    first."""
    film = FILM.replace("[15 ppm/K, 0 ppm/K, 0 ppm/K]", "[15 ppm/K, 0 ppm/K, 0 ppm/K], " + LASTS.replace("1e-9", "0.5"))
    film = film.replace("10 s", "1000 s").replace("opening: 0.2", "opening: 0.14606").replace("10 ms", "0.1 s")
    film = film.replace("0.05 mm}", "0.1 mm}").replace("deflection: large", "deflection: small")
    below, above = solve_case(film, (), tmp_path, comm)["steps"]
    h, moduli = 0.05e-3, np.array([100e9, 10e9])
    compliance = (1.0 / (moduli * h)).sum() + h**2 / (moduli * h**3 / 12.0).sum()
    stored = [0.5 * (12e-6 * (150.0 - degc)) ** 2 / compliance / 0.14606 for degc in (57.0, 53.0)]
    assert stored == pytest.approx([0.973, 1.059], abs=1e-3)
    assert below["cohesive"]["parted_area_mm2"] == 0.0
    assert below["cohesive"]["damaged_area_mm2"] < 0.05  # of 0.2: the process zone
    assert above["cohesive"]["parted_length_um"] > 1000.0
    assert above["cohesive"]["dissipated_uj"] == pytest.approx(above["cohesive"]["fracture_energy_uj"], rel=0.05)
    for one in (below["cohesive"], above["cohesive"]):
        assert one["balance_error"] < 1e-4
        assert one["taken_uj"] < 0.0 == one["work_uj"]  # what drives it is temperature alone


MEMORY = PANEL.replace("soft: {", "soft: {viscoelastic: {times: [3 s, 30 s], shear: [0.3, 0.3]}, ").replace(
    "stiff: {", "stiff: {plastic: {yield_stress: 15 MPa, isotropic: 20 GPa}, "
)


@pytest.mark.slow
@pytest.mark.parametrize("deflection", ["small", "large"])
def test_a_panel_that_relaxes_and_yields_warps_with_a_sound_interface_as_without_one(tmp_path, comm, deflection):
    """The stiffness of the interface gives way by 1e-5 of the thickness; increments of time differ, by 1e-3."""
    panel = MEMORY.replace("deflection: large", f"deflection: {deflection}").replace("size: 1 mm", "size: 2 mm")
    (held,) = solve_case(panel, (), tmp_path, comm)["steps"]
    start = panel.index("  delaminations")
    (sound,) = solve_case(panel[:start] + panel[panel.index("materials:") :], (), tmp_path, comm)["steps"]
    assert held["warpage_um"] == pytest.approx(sound["warpage_um"], rel=2e-3)
    assert held["layers"]["base"]["equivalent_inelastic_strain_mean"] > 1e-4
    assert held["cohesive"]["damaged_area_mm2"] == 0.0


SLOW = PARTS.replace("soft: {", "soft: {viscoelastic: {times: [1 s, 10 s], youngs: [0.2, 0.2]}, ").replace(
    "in_plane_size: 0.25 mm", "in_plane_size: 0.5 mm"
)


@pytest.mark.slow
@pytest.mark.parallel
@pytest.mark.parametrize("deflection", ["small", "large"])
def test_two_ranks_find_what_one_finds_of_a_panel_that_relaxes(tmp_path, comm, deflection):
    """It parts from its edges on."""
    case = SLOW.replace("deflection: large", f"deflection: {deflection}")
    alone = comm.bcast(solve_case(case, (), tmp_path, MPI.COMM_SELF)["steps"][0] if comm.rank == 0 else None)
    (together,) = solve_case(case, (), tmp_path, comm)["steps"]
    assert together["warpage_um"] == pytest.approx(alone["warpage_um"], rel=1e-6)
    is_same(together["cohesive"], alone["cohesive"])
    assert alone["cohesive"]["damaged_area_mm2"] > 1.0


@pytest.mark.slow
@pytest.mark.serial
@pytest.mark.parametrize("deflection", ["small", "large"])
def test_a_run_of_a_panel_that_relaxes_is_stopped_and_goes_on(shared_path, comm, monkeypatch, deflection):
    """Between steps at small deflection, within the second one at large."""
    case = SLOW.replace("deflection: large", f"deflection: {deflection}")
    case += "    - {name: rest, temperature: 60 degC, duration: 5 s}\n"
    found = stopped(
        shared_path, comm, case, monkeypatch, lambda at: at.step == 1 and (deflection == "small" or at.clock)
    )
    whole = solve_case(case, (), shared_path, comm)
    for one, other in zip(found["steps"], whole["steps"], strict=True):
        assert one["warpage_um"] == pytest.approx(other["warpage_um"], rel=1e-6)
        is_same(one["cohesive"], other["cohesive"])


@pytest.mark.serial
def test_rounds_in_which_something_parts_are_not_left_out(tmp_path, comm):
    steps = "[{name: up, temperature: 150 degC, duration: 9 s}, {name: down, temperature: 25 degC, duration: 9 s}]"
    rounds = f"    - repeat: {{steps: {steps}, times: 40, until: settled, tolerance: 0.01, jump: 8}}\n"
    case = MEMORY[: MEMORY.index("    - {name: cool")].replace("deflection: large", "deflection: small") + rounds
    with pytest.raises(CaseError, match=r"leave `jump` out of `repeat`"):
        load_case(case, (), tmp_path, comm)
