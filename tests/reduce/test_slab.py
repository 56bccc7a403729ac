"""The reduced model of a slab that is heated in its middle plane, against closed forms."""

import numpy as np
import pytest
import yaml
from mpi4py import MPI

from solver.parallel import on_root
from solver.studies.reduce import ReducedModel
from solver.studies.reduce.study import study

K, C, HALF, AREA = 10.0, 2e6, 1e-3, 1e-4  # W/m/K, J/m^3/K, m, m^2
SLAB = yaml.safe_load("""
title: slab
geometry:
  outline: {shape: rectangle, size: [10 mm, 10 mm]}
  symmetry: quarter
  layers:
    - {name: base, thickness: 1 mm, material: slab, cells: 8}
    - {name: source, thickness: 1 um, material: slab}
    - {name: cover, thickness: 1 mm, material: slab, cells: 8}
materials:
  slab: {thermal_conductivity: 10 W/m/K, density: 2000 kg/m^3, specific_heat: 1000 J/kg/K}
mesh: {in_plane_size: 2.5 mm}
thermal:
  power: [{layer: source, total: 2 W}]
  boundaries:
    - {face: top, convection: 100 W/m^2/K, ambient: 20 degC}
    - {face: bottom, convection: 100 W/m^2/K, ambient: 20 degC}
reduce: {shortest_time: 5 ms, network: false}
""")


@pytest.fixture(scope="module")
def slab(tmp_path_factory):
    comm = MPI.COMM_WORLD
    path = comm.bcast(tmp_path_factory.mktemp("slab"))
    on_root(comm, lambda: (path / "case.yaml").write_text(yaml.safe_dump(SLAB), encoding="utf-8"))
    study(path, [], comm)
    return ReducedModel.load(path / "results" / "reduced" / "reduced.npz")


@pytest.mark.slow
def test_films_in_series_with_the_slab_and_early_heat_in_two_half_spaces(slab):
    """Two paths side by side, each a film and half a slab; at first q sqrt(t / (pi k c)) (Carslaw and Jaeger, 2.9).

    The tolerance of 0.1 % was asked for; at 20 ms the slab is infinitely thick but for exp(-(1 mm)^2 / (alpha t)).
    """
    for top, bottom in ((10.0, 10.0), (10.0, 1e4), (77.0, 3300.0), (5200.0, 14.0)):
        resistances = [1 / (h * AREA) + HALF / (K * AREA) for h in (top, bottom)]
        rise = 2.0 / sum(1 / r for r in resistances)
        found = slab.steady(films=[top, bottom])
        assert found["source mean"] - 20.0 == pytest.approx(rise, rel=2e-3)
        heat = slab.heat_flows(found, [top, bottom])
        assert heat["top"] == pytest.approx(rise / resistances[0], abs=2e-3 * 2.0)
    for h in (10.0, 1000.0):
        for time in (6e-3, 1e-2, 2e-2):
            early = 2.0 / AREA * np.sqrt(time / (np.pi * K * C))
            found = slab.start(0.0, h, 20.0, uniform_degc=20.0).step(time, 2.0)
            assert found["source mean"] - 20.0 == pytest.approx(early, rel=0.01)


def test_the_slowest_mode_is_that_of_a_slab_between_films(slab):
    """x tan x = h L / k of half a slab that is cooled alike on both sides (Carslaw and Jaeger, 3.11)."""
    for h in (40.0, 2500.0):
        low, high = 1e-9, np.pi / 2 - 1e-9
        for _ in range(80):
            x = 0.5 * (low + high)
            low, high = (low, x) if x * np.tan(x) > h * HALF / K else (x, high)
        expected = C * HALF**2 / (K * x**2)
        assert slab.modes(np.array([h, h])).times.max() == pytest.approx(expected, rel=2e-3)
