"""A material as written in a case file or in the library."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from solver.materials.axes import Orientation
from solver.materials.curve import Curve
from solver.materials.electromigration import WEAR, ElectromigrationSpec
from solver.materials.forms import expansion_forms, forms, resistivity_forms
from solver.materials.inelastic.sections import FLOWS, SECTIONS, InelasticSections
from solver.materials.material import PROPERTIES
from solver.materials.values import (
    GlassStep,
    Limits,
    axes_reader,
    expansion_reader,
    resistivity_reader,
    scalar_reader,
)
from solver.section import Name, Note, Reference, Section, wrong
from solver.units import (
    CONDUCTIVITY,
    DENSITY,
    EXPANSION,
    NUMBER,
    RESISTIVITY,
    SPECIFIC_HEAT,
    STRENGTH,
    STRESS,
    TEMPERATURE,
    TOUGHNESS,
    FilmStress,
    PositiveRate,
    PositiveTime,
    Temperature,
)

MODULUS_LIMITS = Limits(0.0, 2e12, "a modulus lies between 0 and 2000 GPa")
POISSON_LIMITS = Limits(-2.0, 2.0, "a Poisson ratio lies between -1 and 0.5 (up to +-2 between two orthotropic axes)")
EXPANSION_LIMITS = Limits(-2e-3, 2e-3, "an expansion coefficient lies between -2000 and 2000 ppm/K")
CONDUCTIVITY_LIMITS = Limits(0.0, 1e4, "a conductivity lies between 0 and 10000 W/m/K")
DENSITY_LIMITS = Limits(0.0, 3e4, "a density lies between 0 and 30000 kg/m^3")
HEAT_LIMITS = Limits(0.0, 2e4, "a specific heat lies between 0 and 20000 J/kg/K")
RESISTIVITY_LIMITS = Limits(1e-10, 1e3, "the resistivity of a conductor lies between 1e-10 and 1000 ohm m")
STRENGTH_LIMITS = Limits(0.0, 2e10, "a strength or yield stress lies between 0 and 20 GPa")
TOUGHNESS_LIMITS = Limits(0.0, 2e8, "a fracture toughness lies between 0 and 200 MPa sqrt(m)")
GLASS_LIMITS = Limits(0.0, 2000.0, "a glass transition lies between 0 and 2000 K")
MELTING_LIMITS = Limits(200.0, 4000.0, "a melting point lies between 200 and 4000 K")

AxesCurve = Curve | None
Modulus = Annotated[AxesCurve, BeforeValidator(axes_reader(STRESS, MODULUS_LIMITS)), forms(STRESS)]
Poisson = Annotated[AxesCurve, BeforeValidator(axes_reader(NUMBER, POISSON_LIMITS)), forms(NUMBER)]
Expansion = Annotated[
    Curve | GlassStep | None,
    BeforeValidator(expansion_reader(EXPANSION, EXPANSION_LIMITS)),
    forms(EXPANSION, *expansion_forms(EXPANSION)),
]
Conductivity = Annotated[
    AxesCurve, BeforeValidator(axes_reader(CONDUCTIVITY, CONDUCTIVITY_LIMITS)), forms(CONDUCTIVITY)
]
Density = Annotated[AxesCurve, BeforeValidator(scalar_reader(DENSITY, DENSITY_LIMITS)), forms(DENSITY, axes=False)]
Resistivity = Annotated[
    AxesCurve,
    BeforeValidator(resistivity_reader(RESISTIVITY, RESISTIVITY_LIMITS)),
    forms(RESISTIVITY, *resistivity_forms(RESISTIVITY)),
]
Strength = Annotated[AxesCurve, BeforeValidator(scalar_reader(STRENGTH, STRENGTH_LIMITS)), forms(STRENGTH, axes=False)]
Toughness = Annotated[
    AxesCurve, BeforeValidator(scalar_reader(TOUGHNESS, TOUGHNESS_LIMITS)), forms(TOUGHNESS, axes=False)
]
SpecificHeat = Annotated[
    AxesCurve, BeforeValidator(scalar_reader(SPECIFIC_HEAT, HEAT_LIMITS)), forms(SPECIFIC_HEAT, axes=False)
]


def _transition(limits: Limits) -> Callable[[Any], Curve]:
    """Reader of a temperature at which one substance changes."""

    def read(raw: Any) -> Curve:
        kelvin = TEMPERATURE.parse(raw)
        limits.check([kelvin], raw)
        return Curve.constant(kelvin)

    return read


Glass = Annotated[AxesCurve, BeforeValidator(_transition(GLASS_LIMITS)), WithJsonSchema(TEMPERATURE.schema)]
Melting = Annotated[AxesCurve, BeforeValidator(_transition(MELTING_LIMITS)), WithJsonSchema(TEMPERATURE.schema)]


_SPANS = {"times": ("viscoelastic",), "rates": FLOWS}  # what data of a section cover beside temperatures


class Provenance(Section):
    """Where one property comes from: a key of `sources`, what the data cover, a remark."""

    source: Reference
    valid: tuple[Temperature, Temperature] | None = Field(None, description="temperatures the data cover")
    times: tuple[PositiveTime, PositiveTime] | None = Field(
        None, description="of `viscoelastic`, relaxation seen from and to, at the reference of its shift"
    )
    rates: tuple[PositiveRate, PositiveRate] | None = Field(
        None, description="of `plastic`, `creep` and `anand`, rates of strain of the tests"
    )
    note: Note = ""

    @model_validator(mode="after")
    def _ascend(self) -> "Provenance":
        for key in ("times", "rates"):
            ends = getattr(self, key)
            if ends is not None and not ends[0] < ends[1]:
                raise wrong("the first is below the second", key)
        return self


class MaterialSpec(InelasticSections):
    """A new material, or changes to another one (`base`)."""

    base: Reference | None = None
    title: Note = ""
    category: Note = ""
    youngs_modulus: Modulus = None
    poisson_ratio: Poisson = None
    shear_modulus: Modulus = None
    thermal_expansion: Expansion = None
    thermal_conductivity: Conductivity = None
    density: Density = None
    specific_heat: SpecificHeat = None
    glass_transition: Glass = None
    melting_point: Melting = Field(None, description="of a solder, its solidus: elastic above 0.4 of it, a run warns")
    electrical_resistivity: Resistivity = None
    strength: Strength = None
    yield_stress: Strength = None
    fracture_toughness: Toughness = Field(None, description="K_Ic of a brittle material, for `brittle: [{flaw: ...}]`")
    electromigration: ElectromigrationSpec | None = None
    stress: FilmStress = Field(
        None, description="in the plane of a film when it is born, held at its size: 250 MPa, or along x and y"
    )
    stress_free_temperature: Temperature | None = Field(
        None, description="free of thermal stress; where a step builds it, or that of the process, if absent"
    )
    orientation: Orientation = Field(
        None,
        description="from x to the first axis of the properties, towards y; or `radial`: along the radius, around it, "
        "along z; `{radial: [x, y], angle: 90 deg}` with the centre and the angle from the radius",
    )
    form: Literal["total", "incremental"] | None = Field(
        None,
        description="of an elastic material whose stiffness changes with temperature: `total`, stress is stiffness "
        "there times elastic strain, or `incremental`, every increment of strain gets the stiffness of its temperature",
    )
    sources: dict[Name, Note] = Field(default_factory=dict)
    provenance: dict[Name, Provenance] = Field(default_factory=dict)

    synonyms = {
        "e": "youngs_modulus",
        "E": "youngs_modulus",
        "young": "youngs_modulus",
        "modulus": "youngs_modulus",
        "elastic_modulus": "youngs_modulus",
        "nu": "poisson_ratio",
        "poisson": "poisson_ratio",
        "G": "shear_modulus",
        "cte": "thermal_expansion",
        "CTE": "thermal_expansion",
        "alpha": "thermal_expansion",
        "k": "thermal_conductivity",
        "conductivity": "thermal_conductivity",
        "rho": "density",
        "cp": "specific_heat",
        "heat_capacity": "specific_heat",
        "tg": "glass_transition",
        "solidus": "melting_point",
        "melting_temperature": "melting_point",
        "Tg": "glass_transition",
        "tensile_strength": "strength",
        "flexural_strength": "strength",
        "fracture_strength": "strength",
        "yield": "yield_stress",
        "yield_strength": "yield_stress",
        "K_Ic": "fracture_toughness",
        "resistivity": "electrical_resistivity",
        "electrical_conductivity": "electrical_resistivity",
        "prony": "viscoelastic",
        "relaxation": "viscoelastic",
        "cure_shrinkage": "cure",
    }

    @model_validator(mode="after")
    def _provenance_is_of_properties(self) -> "MaterialSpec":
        for key in self.provenance:
            if key not in (*PROPERTIES, WEAR, *SECTIONS):
                raise PydanticCustomError("provenance", "{message}", {"message": f"provenance of unknown key '{key}'"})
            for span, of in _SPANS.items():
                if getattr(self.provenance[key], span) is not None and key not in of:
                    message = f"provenance of '{key}': '{span}' is of {', '.join(of)}"
                    raise PydanticCustomError("provenance", "{message}", {"message": message})
        return self

    def given(self) -> dict[str, Curve | GlassStep]:
        """The properties this file states itself, by key."""
        return {key: value for key in PROPERTIES if (value := getattr(self, key)) is not None}
