"""The whole case file as one pydantic model, and the smaller sections."""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from solver.case.brittle import Brittle
from solver.case.electric import Electric
from solver.case.figures import Limit, Point, Resistance
from solver.case.geometry import Geometry
from solver.case.hybrid_bonds import HybridBonds
from solver.case.impedance import Impedance
from solver.case.keep_out import KeepOut
from solver.case.life import Life
from solver.case.process import Process
from solver.case.reduction import Reduction
from solver.case.refinement import EdgeRefinement
from solver.case.report import DieShift, Lithography, WarpageLimit, Zone
from solver.case.singularity import Singularity
from solver.case.submodel import Submodel
from solver.case.thermal import Thermal
from solver.case.transient import Transient
from solver.case.via_landing import ViaLanding
from solver.case.vias import Vias
from solver.materials.cell.spec import AnyCell, CellSpec
from solver.materials.mix.spec import MixSpec
from solver.materials.spec import MaterialSpec
from solver.section import Name, Section, Title, WholeNumber, wrong
from solver.units import PositiveLength, Temperature


def _kind_of_definition(value: Any) -> str:
    for kind, model, key in (("mixture", MixSpec, "mix"), ("cell", CellSpec, "unit_cell")):
        if isinstance(value, model) or (isinstance(value, dict) and key in value):
            return kind
    return "material"


MaterialDefinition = Annotated[
    Annotated[MaterialSpec, Tag("material")] | Annotated[MixSpec, Tag("mixture")] | Annotated[AnyCell, Tag("cell")],
    Discriminator(_kind_of_definition),
]


ModelName = Literal["solid", "plate", "laminate"]  # those of `solver.models.table.MODELS`


class Mesh(Section):
    """How finely the stack is cut."""

    in_plane_size: PositiveLength | None = Field(
        None, description="largest cell edge in plane; a 40th of the outline if absent"
    )
    cells_per_layer: WholeNumber = 1
    edge_refinement: EdgeRefinement | None = None
    homogenise_below: PositiveLength | None = Field(
        None,
        description="arrays (`grid`) of circles or rectangles smaller than this become one region of their unit cell, "
        "over the pitch cells of the array; plate: dies (rectangles longer than their layer is thick) become the "
        "effective section of their unit cell",
    )


class Analysis(Section):
    """Which model and which kinematics."""

    model: ModelName = Field(
        "solid",
        description="solid: 3-D, degree 2; plate: its layers as a plate, far cheaper (docs/plate.md); "
        "laminate: closed form of a uniform stack",
    )
    deflection: Literal["auto", "small", "large"] = Field(
        "auto",
        description="small: linear kinematics; large: any rotation, the stable shape; "
        "auto: large in the steps that small deflection would miss by more than 3 %",
    )
    die_field: Literal["unit-cell", "layers"] = Field(
        "unit-cell",
        description="plate: where rectangles of a grid repeat in the plane, their pitch cells are as stiff as a unit "
        "cell in 3-D, in which layers shear beside the edges of dies; layers: normals stay straight there, too",
    )
    path: Literal["auto", "nested", "followed"] = Field(
        "auto",
        description="large deflection of elastic solids: nested: a plate on a coarse mesh goes the way, and the solid "
        "takes its shapes where it is looked at; followed: the solid goes it itself; auto: nested from 100 000 "
        "unknowns on",
    )
    error_estimate: bool = Field(
        False,
        description="plate: at the end of every step displacements of degree 3 in the same cells say what those of "
        "degree 2 leave out (summary: `error_estimate`); about as dear as the step",
    )
    time_tolerance: Annotated[float, Field(gt=0.0, le=0.1)] = Field(
        0.005,
        description="part of the displacement by which the increments of time of materials with a memory may be wrong",
    )
    solver: Literal["auto", "direct", "columns", "algebraic"] = Field(
        "auto",
        description="linear solver; auto: column multigrid for thin stacks, algebraic multigrid for chunky ones, "
        "direct for small meshes",
    )
    steady: Literal[True] = Field(True, description="heat: steady state, unless `transient` says otherwise")
    transient: Transient | None = Field(None, description="heat: in time")
    impedance: Impedance | None = Field(None, description="heat: response to a step of power as well")


class Report(Section):
    """What the results show."""

    warpage_at: list[Temperature] = Field([], description="temperatures at which the curve of every step is evaluated")
    surface: str = Field(
        "bottom",
        description="the surface warpage is evaluated on: `bottom` or `top`: all that can be seen from there; "
        "`LAYER.bottom`, `LAYER/REGION.top`: of that part, covered or not (`balls.bottom`: coplanarity of terminals); "
        "in steps without it all that can be seen from its side",
    )
    zone: Zone | None = Field(
        None,
        description="the part of the surface warpage is evaluated on: `all`, the name of the layer of terminals, "
        "or `{rectangle: [a, b]}` and so on; all, or the outermost centres of terminals where they are the surface",
    )
    warpage_limit: WarpageLimit | None = Field(None, description="verdict on the warpage while the solder is soft")
    ambient: Temperature | None = Field(
        None,
        description="reference of resistances to the ambient; the ambient of the first exchange boundary if absent",
    )
    points: list[Point] = Field(
        [],
        description="named places whose temperature and, after every step, displacement are read; in short "
        "`{NAME: [x, y], ...}` on the evaluated surface",
    )
    resistances: list[Resistance] = Field(
        [],
        description="heat: those wanted; if absent theta_JA in still air, theta_JC of a plate, or junction_to_ambient",
    )
    influence: bool = Field(False, description="heat: rise of every source per watt in every other one")
    limits: list[Limit] = Field([], description="heat: highest temperatures, and how far each region is from its own")
    stress_distance: PositiveLength | None = Field(
        None, description="distance from edges of the stress that converges; the thickness of each layer if absent"
    )
    die_shift: DieShift | None = Field(None, description="in-plane motion of the dies; see DieShift for the default")
    lithography: Lithography | None = Field(None, description="overlay and flatness of exposure fields")
    via_landing: list[ViaLanding] = Field([], description="layers of vias: do they land on their pads")
    hybrid_bonds: HybridBonds | None = Field(None, description="recessed copper pads that meet as they are heated")
    singularities: list[Singularity] = Field(
        [],
        description="edges and corners of bonded materials: how singular the stress is, and its intensity",
    )
    keep_out: KeepOut | None = Field(None, description="keep-out zones of vias through silicon")

    @model_validator(mode="before")
    @classmethod
    def _points_in_short(cls, value: Any) -> Any:
        """`{NAME: [x, y]}` and `{NAME: {at: ..., face: ...}}` as a list; without a face on the evaluated surface."""
        points = value.get("points") if isinstance(value, dict) else None
        if not isinstance(points, dict):
            return value
        long = [{"name": str(name), **(at if isinstance(at, dict) else {"at": at})} for name, at in points.items()]
        return {**value, "points": [{"face": value.get("surface", "bottom"), **point} for point in long]}


class Case(Section):
    """A case: what is there, what happens to it, how it is solved and what the results show."""

    title: Title
    geometry: Geometry
    materials: dict[Name, MaterialDefinition] = Field({}, description="new materials, or changed library ones (`base`)")
    mesh: Mesh = Mesh()
    process: Process | None = None
    thermal: Thermal | None = None
    electric: Electric | None = None
    analysis: Analysis = Analysis()
    report: Report = Report()
    vias: Vias | None = Field(None, description="what `planish vias` varies")
    brittle: list[Brittle] = Field(
        [], description="parts that break from flaws of a surface or an edge: the probability after every step"
    )
    life: Life | None = Field(None, description="how long joints last that the process takes through cycles")
    submodels: list[Submodel] = Field([], description="places solved finer, driven on their cut by the whole")
    reduce: Reduction | None = Field(None, description="what `planish reduce` keeps; its defaults if absent")

    @model_validator(mode="after")
    def _something_to_do(self) -> "Case":
        if self.process is None and self.thermal is None and self.electric is None:
            raise wrong("give a process, a thermal or an electric section")
        return self
