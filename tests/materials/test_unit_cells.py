"""Arrays as materials of a case: closed forms beside finite elements, temperature, mass, the cache, wrong input."""

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from solver.case.geometry import MaterialChoice
from solver.homogenise import store
from solver.materials import MaterialSpec, resolve
from solver.materials.cell.spec import CellSpec
from solver.materials.mix import laminate
from solver.materials.mix.phases import Phases

T = 298.15
VIA = {"unit_cell": "via", "metal": "cu", "matrix": "resin", "diameter": "0.3 mm", "pitch": "1 mm"}
BUMP = {"unit_cell": "bump", "metal": "cu", "matrix": "resin", "diameter": "90 um", "pad": "60 um", "height": "70 um"}
TRACE = {"unit_cell": "trace", "metal": "cu", "matrix": "resin", "width": "8 um", "pitch": "20 um", "direction": "x"}
MATERIALS = {
    name: MaterialSpec.model_validate(data)
    for name, data in {
        "cu": {"youngs_modulus": "110 GPa", "poisson_ratio": 0.35, "thermal_expansion": "17 ppm/K",
               "thermal_conductivity": "385 W/m/K", "density": "8900 kg/m^3", "specific_heat": "385 J/kg/K"},
        "resin": {"youngs_modulus": {"temperature": ["25 degC", "150 degC"], "value": ["10 GPa", "1 GPa"]},
                  "poisson_ratio": 0.3, "thermal_expansion": "35 ppm/K", "density": "1400 kg/m^3",
                  "thermal_conductivity": "0.3 W/m/K", "specific_heat": "1100 J/kg/K"},
    }.items()
}  # fmt: skip


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "folder", lambda: tmp_path / "cells")
    return tmp_path / "cells"


def spec(data: dict, **more) -> CellSpec:
    return TypeAdapter(MaterialChoice).validate_python({**data, **more})


def material(data: dict, **more):
    return resolve(spec(data, **more), MATERIALS)


def test_closed_forms_stand_beside_finite_elements():
    """At 7 % the square array and the composite cylinder assemblage differ in the shear of the plane only."""
    fine, quick = material(VIA), material(VIA, method="closed-form")
    assert fine.conductivity(T) == pytest.approx(quick.conductivity(T), rel=1e-5)
    assert fine.thermal_strain(T + 1, T) == pytest.approx(quick.thermal_strain(T + 1, T), rel=2e-3)
    c, d = fine.stiffness(T), quick.stiffness(T)
    assert [c[2, 2], c[3, 3], c[0, 0] + c[0, 1]] == pytest.approx([d[2, 2], d[3, 3], d[0, 0] + d[0, 1]], rel=2e-3)
    assert fine.density == pytest.approx(quick.density) and fine.specific_heat(T) == pytest.approx(
        quick.specific_heat(T)
    )


@pytest.mark.parametrize("core", [None, "resin"])
def test_a_plated_barrel_in_closed_form_and_by_finite_elements(core):
    more = {"plating": "25 um"} | ({"core": core} if core else {})
    fine, quick = material(VIA, **more), material(VIA, **more, method="closed-form")
    assert fine.conductivity(T) == pytest.approx(quick.conductivity(T), rel=1e-5)
    assert fine.stiffness(T)[2, 2] == pytest.approx(quick.stiffness(T)[2, 2], rel=2e-3)
    wall = np.pi * (0.15**2 - 0.125**2)
    bore = 0.0 if core is None else np.pi * 0.125**2
    mass = 8900 * wall + 1400 * bore + 1400 * (1 - np.pi * 0.15**2)
    assert fine.density == pytest.approx(mass) and quick.density == pytest.approx(mass)
    heat = (8900 * wall * 385 + 1400 * bore * 1100 + 1400 * (1 - np.pi * 0.15**2) * 1100) / mass
    assert fine.specific_heat(T) == pytest.approx(heat) and quick.specific_heat(T) == pytest.approx(heat)


def test_traces_over_the_whole_layer_are_a_turned_laminate():
    turn = [1, 2, 0, 4, 5, 3]  # sheets normal to y
    parts = Phases(*(resolve(name, MATERIALS).stiffness(T) for name in ("cu", "resin")), 0.4)
    expected = laminate.stiffness(parts)[[0, 2, 1, 3, 5, 4]][:, [0, 2, 1, 3, 5, 4]]
    found = material(TRACE)
    assert found.stiffness(T) == pytest.approx(expected, rel=1e-4, abs=1e4), turn
    parallel, series = 0.4 * 385 + 0.6 * 0.3, 1 / (0.4 / 385 + 0.6 / 0.3)
    assert found.conductivity(T) == pytest.approx([parallel, series, parallel], rel=1e-4)
    assert material(TRACE, direction="y").conductivity(T) == pytest.approx([series, parallel, parallel], rel=1e-4)


def test_between_the_temperatures_it_is_solved_at_a_cell_is_what_it_is_there():
    """Linear between temperatures at which the matrix changes by less than a factor of 1.65."""
    found = material(VIA)
    for kelvin in np.linspace(300.0, 420.0, 7):
        frozen = {**MATERIALS, "resin": MATERIALS["resin"].model_copy(
            update={"youngs_modulus": type(MATERIALS["cu"].youngs_modulus).constant(
                resolve("resin", MATERIALS).engineering_constants(kelvin)[0][0])})}  # fmt: skip
        exact = resolve(spec(VIA), frozen).stiffness(kelvin)
        assert found.stiffness(kelvin) == pytest.approx(exact, rel=2e-3, abs=1e6)


def test_many_temperatures_at_once_are_each_of_them():
    found, t = material(VIA), np.array([[300.0, 350.0], [400.0, 440.0]])
    for place in np.ndindex(t.shape):
        assert found.stiffness(t)[place] == pytest.approx(found.stiffness(t[place]))
        assert found.thermal_strain(t, T)[place] == pytest.approx(found.thermal_strain(t[place], T))
        assert found.conductivity(t)[place] == pytest.approx(found.conductivity(t[place]))


def test_a_solved_cell_is_read_again_and_half_a_file_is_not(own_cache, monkeypatch):
    first = material(VIA).conductivity(T)
    (file,) = own_cache.glob("*.npz")
    monkeypatch.setitem(store._PROBLEMS, "conductivity", None)  # solving would fail
    assert material(VIA).conductivity(T) == pytest.approx(first, rel=0)
    monkeypatch.undo()
    monkeypatch.setattr(store, "folder", lambda: own_cache)
    file.write_bytes(file.read_bytes()[:100])
    assert material(VIA).conductivity(T) == pytest.approx(first, rel=1e-12)
    assert not list(own_cache.glob("*.part"))


def test_another_geometry_or_value_is_another_cell(own_cache):
    for data in (VIA, {**VIA, "diameter": "0.31 mm"}, {**VIA, "metal": "resin"}):
        material(data).conductivity(T)
    assert len(list(own_cache.glob("*.npz"))) == 3


def test_a_cache_that_cannot_be_written_costs_time_only(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr(store, "folder", lambda: tmp_path / "file")
    assert material(VIA).conductivity(T)[2] == pytest.approx(27.493, rel=1e-4)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({**VIA, "pitch": "0.3 mm"}, "neighbours 300 um apart touch"),
        ({**VIA, "plating": "0.15 mm"}, "half the diameter"),
        ({**VIA, "core": "resin"}, "a solid via has no core"),
        ({**VIA, "unit_cell": "viia"}, "via"),
        ({**VIA, "dielectric": "resin"}, "did you mean 'matrix'"),
        ({**BUMP, "pitch": "150 um", "pad": "95 um"}, "a pad is not wider than the bump"),
        ({**TRACE, "width": "20 um"}, "between nothing and the pitch"),
        ({**TRACE, "height": "5 um"}, "go together"),
        ({**VIA, "arrangement": "hexagonal", "pitch": ["1 mm", "2 mm"]}, "one pitch"),
    ],
)
def test_wrong_cells_are_named(data, words):
    with pytest.raises(ValidationError, match=words):
        spec(data)
