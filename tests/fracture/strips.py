"""A strip of two layers with a crack from one end, for several tests."""

from tests.solving import solve_case

STRIP = """title: strip with a crack from its +x end
geometry:
  outline: {{shape: rectangle, size: [24 mm, {b}]}}
  layers:
    - {{name: lower, thickness: {h}, material: low, cells: 2}}
    - {{name: upper, thickness: {h}, material: high, cells: 2}}
  delaminations: [{{name: crack, between: [upper, lower], shape: {{rectangle: [{length}, {b}]}}, at: [{at}, 0 mm]}}]
materials:
  low: {{youngs_modulus: {e1}, poisson_ratio: 0, thermal_expansion: [{a1}, 0 ppm/K, 0 ppm/K]}}
  high: {{youngs_modulus: {e2}, poisson_ratio: 0, thermal_expansion: [{a2}, 0 ppm/K, 0 ppm/K]}}
mesh: {{in_plane_size: 1 mm, edge_refinement: {{size: {fine}, distance: 3 mm}}}}
analysis: {{deflection: small}}
process:
  stress_free_temperature: 175 degC
  steps: [{{name: cool, temperature: {cold}{more}}}]
"""
PLAIN = {
    "h": "0.5 mm", "b": "1 mm", "length": "12 mm", "at": "6 mm", "fine": "0.05 mm", "cold": "175 degC", "more": "",
    "e1": "100 GPa", "e2": "100 GPa", "a1": "0 ppm/K", "a2": "0 ppm/K",
}  # fmt: skip


def released(comm, path, **given):
    """Of the strip after its only step, 0.2 mm wide: nothing changes across."""
    (step,) = solve_case(STRIP.format(**(PLAIN | {"b": "0.2 mm"} | given)), (), path, comm)["steps"]
    return step["delaminations"]["crack"]


FORCE = "{{face: {face}, shape: {{rectangle: [0.2 mm, 0.2 mm]}}, at: [11.9 mm, 0 mm], force: [0 N, 0 N, {force} N]}}"


def loaded(top, bottom):
    """A clamp at -x and forces (N) on the end of the upper and of the lower half."""
    loads = ", ".join(FORCE.format(face=face, force=force) for face, force in (("top", top), ("bottom", bottom)))
    return f", support: {{clamp: -x}}, loads: [{loads}]"


# silicon and mould compound, cooled by 150 K: sections of a case after its geometry, for `format`
COOLED = """materials:
  stiff: {{youngs_modulus: 131 GPa, poisson_ratio: 0.28, thermal_expansion: 2.8 ppm/K}}
  soft: {{youngs_modulus: 22 GPa, poisson_ratio: 0.3, thermal_expansion: 8 ppm/K}}
analysis: {{deflection: small}}
process:
  stress_free_temperature: 175 degC
  steps: [{{name: cool, temperature: 25 degC}}]
"""
