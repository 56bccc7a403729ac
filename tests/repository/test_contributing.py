"""The examples of CONTRIBUTING.md do what it says of them."""

import re
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import get_args

import numpy as np
import pytest
import yaml

from solver import CaseError, load, solve
from solver.case.files import side_files
from solver.case.models import Case, ModelName
from solver.case.thermal import Thermal
from solver.layout import readers, side_file
from solver.layout.readers import GridReader
from solver.materials import MaterialSpec, MixSpec, resolve
from solver.materials.laws.elastic import hooke
from solver.materials.laws.response import MaterialLaw, Response, Tangent
from solver.materials.mix import rules
from solver.models import laminate, table
from solver.parallel import on_root
from solver.process import loose
from solver.studies import sweep
from solver.studies.study import conduct, study_of
from solver.studies.table import STUDIES, StudyEntry
from tests.builders import HIGH, LOW, sheet
from tests.probing import only_step, simulate

TEXT = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")
LONGEST = 20  # lines
T = 298.15
COOL = {"process": {"stress_free_temperature": "150 degC", "steps": [{"name": "cool", "temperature": "25 degC"}]}}


def examples(title: str, language: str) -> list[str]:
    """The blocks below the paragraph of a thing one may add, up to the next such thing."""
    _, found, rest = TEXT.partition(f"**{title}**")
    assert found, title
    return re.findall(rf"```{language}\n(.*?)```", rest.split("\n**")[0], re.S)


@pytest.mark.serial
def test_the_material_is_complete_and_every_number_has_a_source():
    (text,) = examples("A material", "yaml")
    spec = MaterialSpec.model_validate(yaml.safe_load(text))
    assert text.count("\n") <= LONGEST
    assert set(spec.given()) == set(spec.provenance)
    assert set(spec.sources) == {entry.source for entry in spec.provenance.values()}
    material = resolve(spec)
    assert np.linalg.eigvalsh(material.stiffness(T)).min() > 0
    assert material.is_valid_at(T)


@pytest.mark.serial
def test_the_law_relaxes_within_a_day_and_its_tangent_is_its_slope():
    source, line = examples("A constitutive law", "python")
    room = {"np": np, "Array": np.ndarray} | {one.__name__: one for one in (MaterialLaw, hooke, Response, Tangent)}
    exec(compile(source, "CONTRIBUTING.md", "exec"), room)
    assert source.count("\n") <= LONGEST
    law = eval(line, room)["maxwell"](resolve("silicon-nitride"), T)
    held, room_temperature = 1e-3 * np.eye(6)[:1], np.array([T])
    first = law.respond(held, room_temperature, room_temperature, 0.0, law.initial(1))
    later = law.respond(held, room_temperature, room_temperature, 86400.0, first.new)
    assert later.stress == pytest.approx(first.stress / np.e)
    more = law.respond(2.0 * held, room_temperature, room_temperature, 86400.0, first.new)
    slope = later.tangent.moduli[0, :3] * 1e-3
    assert (more.stress - later.stress)[0, :3] == pytest.approx(slope)


@pytest.mark.serial
def test_the_mix_rule_lies_between_reuss_and_voigt_and_returns_its_constituents(monkeypatch):
    source, line = examples("A mix rule", "python")
    module = ModuleType("hill")
    exec(compile(source, "CONTRIBUTING.md", "exec"), module.__dict__)
    assert source.count("\n") <= LONGEST
    for name, rule in eval(line, vars(rules) | {"hill": module}).items():
        monkeypatch.setitem(rules.RULES, name, rule)

    def mixed(rule: str, fraction: float) -> np.ndarray:
        return resolve(MixSpec(mix=rule, metal="copper", dielectric="abf", metal_fraction=fraction)).stiffness(T)

    soft, hill, stiff = (mixed(rule, 0.4) for rule in ("reuss", "hill", "voigt"))
    assert min(np.linalg.eigvalsh(hill - soft)[0], np.linalg.eigvalsh(stiff - hill)[0]) > -1e-9 * stiff.max()
    for fraction, pure in ((0.0, "abf"), (1.0, "copper")):
        assert mixed("hill", fraction) == pytest.approx(resolve(pure).stiffness(T), rel=1e-9, abs=1.0)


@pytest.mark.serial
def test_the_model_bends_as_a_laminate_and_refuses_what_it_does_not_provide(monkeypatch):
    """Stoney's formula leaves out the stiffness of the film: less than 1 % for one of a thousandth of the thickness."""
    (source,) = examples("A model", "python")
    room = vars(laminate) | {"asdict": asdict, "dataclass": dataclass}
    exec(compile(source, "CONTRIBUTING.md", "exec"), room)
    assert source.count("\n") <= LONGEST + 9  # and the numbers it gives
    monkeypatch.setattr(laminate, "StoneyModel", room["StoneyModel"], raising=False)
    monkeypatch.setitem(table.MODELS, "stoney", "solver.models.laminate:StoneyModel")
    case = load(
        yaml.safe_load(sheet(LOW, replace(HIGH, thickness="0.7 um"), size=("20 mm", "20 mm"), cell="5 mm")) | COOL
    )

    def by(model: str, **changes: str) -> Case:
        return case.case.model_copy(
            update={"analysis": case.case.analysis.model_copy(update={"model": model, **changes})}
        )

    (found,), (theory,) = (solve(by(model)).steps for model in ("stoney", "laminate"))
    assert found.metrics["curvature_per_m"] == pytest.approx(theory.metrics["curvature_x_per_m"], rel=0.01)
    with pytest.raises(CaseError, match="the stoney model bends stacks by small amounts; use model `solid`"):
        solve(by("stoney", deflection="large"))


@pytest.mark.serial
def test_the_reader_gives_maps_of_power_and_says_what_is_wrong(monkeypatch, tmp_path):
    (source,) = examples("A reader", "python")
    room = {"np": np, "Array": np.ndarray, "CaseError": CaseError, "Path": Path}
    exec(compile(source, "CONTRIBUTING.md", "exec"), room)
    assert source.count("\n") <= LONGEST
    reader = GridReader(room["array"], (".npy",), side_file.MOST_BINARY, says_how_much=True)
    monkeypatch.setitem(readers.GRIDS, "npy", reader)
    watts = np.array([[1, 2], [3, 4]])
    np.save(tmp_path / "power.npy", watts)
    thermal = Thermal.model_validate(
        {
            "power": [{"layer": "die", "map": "power.npy"}],
            "boundaries": [{"face": "top", "convection": "1 W/m^2/K", "ambient": "25 degC"}],
        }
    )
    assert side_files(thermal, tmp_path).power_map(thermal.power[0])[1] == pytest.approx(watts)
    (tmp_path / "power.npy").write_text("no array", encoding="utf-8")
    with pytest.raises(CaseError, match=r"power\.npy: not a file of NumPy"):
        side_files(thermal, tmp_path)


@pytest.mark.slow
def test_the_study_meshes_its_plane_once_and_its_points_are_runs_of_their_own(monkeypatch, shared_path, comm):
    """A thin film bends a plate in proportion to its thickness (Stoney), with 3 % for the stiffness of the film."""
    (source,) = examples("A study", "python")
    assert source.count("\n") <= LONGEST
    module = ModuleType("thickness")
    exec(compile(source, "CONTRIBUTING.md", "exec"), vars(module) | vars(sweep), vars(module))
    monkeypatch.setitem(sys.modules, "thickness", module)
    monkeypatch.setitem(STUDIES, "thickness", StudyEntry("thickness:Thickness", "", ("thickness.json",)))
    case = sheet(
        LOW, replace(HIGH, thickness="7 um"), size=("20 mm", "20 mm"), cell="5 mm", process=yaml.safe_dump(COOL)
    )
    on_root(comm, lambda: (shared_path / "case.yaml").write_text(case, encoding="utf-8"))
    made = []
    monkeypatch.setattr(loose, "meshed", lambda loaded, mesh=loose.meshed: made.append(1) or mesh(loaded))
    found = conduct(study_of("thickness"), shared_path, ["analysis.deflection=small"], comm)
    half, one, two = (point["warpage_um"] for point in found["points"])
    assert (half, two) == pytest.approx((one / 2, 2 * one), rel=0.03)
    assert len(made) == (1 if comm.rank == 0 else 0)
    (alone,) = solve(shared_path, overrides=["analysis.deflection=small", "geometry.layers.high.thickness=14 um"]).steps
    assert two == pytest.approx(alone.metrics["warpage_um"], rel=1e-6)
    assert (shared_path / "results" / "thickness.json").is_file()


@pytest.mark.serial
def test_every_model_of_the_case_file_is_in_the_table():
    assert set(table.MODELS) == set(get_args(ModelName))


@pytest.mark.slow
def test_the_case_is_solved_and_bends_as_its_compound_shrinks(shared_path, comm):
    """The compound on top shrinks more than the glass: a bowl."""
    (text,) = examples("A case", "yaml")
    assert text.count("\n") <= LONGEST
    assert only_step(simulate(text, shared_path, comm)).summary["signed_warpage_um"] < -10
