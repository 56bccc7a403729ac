"""The only module that knows the DOLFINx version: 0.9, 0.10 and 0.11 behave alike behind these functions."""

import ctypes
import functools
import hashlib
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import basix.ufl
import dolfinx
import numpy as np
import ufl
from dolfinx import cpp, fem, graph, la, mesh
from mpi4py import MPI

from solver import cache, compiling
from solver.arrays import Array, Integers

VERSION = tuple(int(part) for part in dolfinx.__version__.split(".")[:2])


class Domain(ufl.Mesh):  # type: ignore[misc]  # UFL has no types
    """A UFL mesh that keeps its cell.

    UFL makes it anew, with all its faces, edges and corners, each time it is asked: a sixth of the time of small steps.

    Args:
        element: of the coordinates.
    """

    def __init__(self, element: Any) -> None:
        super().__init__(element)
        self._cell = element.cell

    def ufl_cell(self) -> ufl.Cell:
        """Its cell, the same each time."""
        return self._cell


def domain(kind: str, degree: int, dimension: int) -> Domain:
    """The UFL mesh of Lagrange cells.

    Args:
        kind: of cell, such as `hexahedron`.
        degree: of the coordinates.
        dimension: of space.
    """
    return Domain(basix.ufl.element("Lagrange", kind, degree, shape=(dimension,)))


def create_mesh(comm: MPI.Intracomm, cells: Integers, x: Array, domain: Any, ranks: list[Integers]) -> mesh.Mesh:
    """A mesh distributed as the caller says.

    Args:
        comm: communicator.
        cells: (local cells, nodes per cell) global node numbers.
        x: (local nodes, 3) coordinates of this rank's slice of the global nodes.
        domain: the UFL mesh.
        ranks: for every local cell its owner, then the ranks that see it as a ghost.
    """
    offsets = np.concatenate([[0], np.cumsum([len(row) for row in ranks])]).astype(np.int32)
    destinations = np.concatenate(ranks).astype(np.int32) if ranks else np.empty(0, np.int32)

    def keep(*_: Any) -> Any:
        adjacency = graph.adjacencylist(destinations, offsets)
        return getattr(adjacency, "_cpp_object", adjacency)

    if VERSION < (0, 10):
        return mesh.create_mesh(comm, cells, x, domain, keep)
    return mesh.create_mesh(comm, cells, domain, x, keep)


def geometry_nodes(domain: mesh.Mesh) -> Integers:
    """Rows of `geometry.x` that are the nodes of every local cell (`dofmaps`, one per kind of cell, since 0.11)."""
    geometry = domain.geometry
    return np.asarray(geometry.dofmap if VERSION < (0, 11) else geometry.dofmaps[0])


def zeros_like(vector: la.Vector) -> la.Vector:
    """Zeros at the same nodes, with ghosts.

    For a new vector all ranks agree anew on who sends what to whom, which takes longer than to send it many times over.
    """
    made = la.Vector(type(vector._cpp_object)(vector._cpp_object))
    made.array[:] = 0.0
    return made


def function_like(function: fem.Function) -> fem.Function:
    """A function of the same space and name that is zero; nothing is agreed on anew, as of `zeros_like`."""
    return fem.Function(function.function_space, zeros_like(function.x), function.name)


def evaluate(expression: fem.Expression, domain: mesh.Mesh, cells: Integers) -> Array:
    """Values of an expression in cells, shape (cells, points * components)."""
    return np.asarray(expression.eval(domain, cells)).reshape(len(cells), -1) if len(cells) else np.empty((0, 0))


@functools.cache
def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return "".join(line for line in lines[:40] if line.startswith(("model name", "flags")))


def cpu_key() -> str:
    """Short name of this CPU model and DOLFINx version."""
    return hashlib.sha256(f"{_cpu_model()} {dolfinx.__version__}".encode()).hexdigest()[:12]


def jit_options() -> dict[str, Any]:
    """Options for compiling forms: the CPU's own instructions, in a cache no other CPU model reads."""
    return {
        "cffi_extra_compile_args": ["-O3", "-march=native", "-ffast-math", "-g0"],
        "cache_dir": str(cache.folder("forms", cpu_key())),
        "timeout": 60,
    }


def form(expression: Any) -> fem.Form:
    """Compile a form with the project's options. Collective."""
    options, domain = jit_options(), expression.ufl_domain()
    return compiling.once(
        domain.ufl_cargo().comm, Path(options["cache_dir"]), lambda: fem.form(expression, jit_options=options)
    )


def expression(what: Any, points: Array) -> fem.Expression:
    """Compile an expression at points (n, 3) of the reference cell with the project's options. Collective."""
    options, domain = jit_options(), ufl.domain.extract_unique_domain(what)
    return compiling.once(
        domain.ufl_cargo().comm, Path(options["cache_dir"]), lambda: fem.Expression(what, points, jit_options=options)
    )


@dataclass(frozen=True, eq=False)
class Template:
    """A form compiled without its data.

    Attributes:
        compiled: by FFCx.
        functions, constants: symbols of it, in the order of the compiled form.
        arguments: how many it has.
    """

    compiled: Any
    functions: tuple[Any, ...]
    constants: tuple[Any, ...]
    arguments: int

    def on(self, space: fem.FunctionSpace, data: Mapping[Any, Any], rim: Sequence[tuple[int, Integers]]) -> fem.Form:
        """The form over the mesh of the space of its arguments.

        Args:
            space: of displacements.
            data: function or constant for every symbol; others are not looked at.
            rim: as of `rim`.
        """
        one = self.compiled
        named = (
            {f"{letter}{number}": data[symbol]._cpp_object for number, symbol in enumerate(symbols)}
            for letter, symbols in (("w", self.functions), ("c", self.constants))
        )
        address = one.module.ffi.cast("uintptr_t", one.module.ffi.addressof(one.ufcx_form))
        parts = {fem.IntegralType.exterior_facet: list(rim)}
        others: Any = {} if VERSION < (0, 10) else []  # meshes beside that of the integrals
        made = cpp.fem.create_form_float64(
            address, [space._cpp_object] * self.arguments, *named, parts, others, space.mesh._cpp_object
        )
        return fem.Form(made, one.ufcx_form, one.code, one.module)


def template(form: ufl.Form) -> Template:
    """Compile a form over symbols with the project's options, on this rank for itself."""
    options = jit_options()

    def compiled() -> Any:
        return fem.compile_form(MPI.COMM_SELF, form, {"scalar_type": np.float64}, options)

    found = compiling.once(MPI.COMM_SELF, Path(options["cache_dir"]), compiled)
    functions = ufl.algorithms.extract_coefficients(form)
    kept = [found.ufcx_form.original_coefficient_positions[k] for k in range(found.ufcx_form.num_coefficients)]
    constants = ufl.algorithms.analysis.extract_constants(form)
    return Template(found, tuple(functions[k] for k in kept), tuple(constants), len(form.arguments()))


def rim(domain: mesh.Mesh, part: int, facets: Integers) -> list[tuple[int, Integers]]:
    """A part of the rim by its number: cell and local facet, one after the other, of local facets. Collective."""
    topology, dim = domain.topology, domain.topology.dim
    topology.create_connectivity(dim - 1, dim)
    topology.create_connectivity(dim, dim - 1)
    there = np.intersect1d(facets, mesh.exterior_facet_indices(topology)).astype(np.int32)
    further = (dim - 1,) if VERSION < (0, 10) else ()
    kind = fem.IntegralType.exterior_facet
    return [(part, np.array(fem.compute_integration_domains(kind, topology, there, *further), dtype=np.int32))]


@dataclass(frozen=True)
class Integral:
    """One integral of a compiled form, as its element kernel wants it.

    Attributes:
        kernel: address of the kernel.
        cells: cell of every call.
        facets: local facet of every call, None for a cell integral.
        coefficients: (calls, values) packed coefficients.
    """

    kernel: ctypes.c_void_p
    cells: Integers
    facets: Integers | None
    coefficients: Array


def integrals(form: fem.Form) -> list[Integral]:
    """Cell and exterior-facet integrals of a form with its present coefficients."""
    ufcx, ffi = form.ufcx_form, form.module.ffi
    packed = cpp.fem.pack_coefficients(form._cpp_object)
    found = []
    for kind, first in (("cell", ufcx.form_integral_offsets[0]), ("exterior_facet", ufcx.form_integral_offsets[1])):
        keys = sorted((key for key in packed if key[0].name == kind), key=lambda key: key[1])
        for position, key in enumerate(keys):
            domain = np.asarray(form._cpp_object.domains(*key)).reshape(-1, 1 if kind == "cell" else 2)
            address = ffi.cast("uintptr_t", ufcx.form_integrals[first + position].tabulate_tensor_float64)
            facets = None if kind == "cell" else np.ascontiguousarray(domain[:, 1], dtype=np.int32)
            values = np.ascontiguousarray(packed[key])
            cells = np.ascontiguousarray(domain[:, 0])
            found.append(Integral(ctypes.c_void_p(int(address)), cells, facets, values))
    return found


def constants(form: fem.Form) -> Array:
    """Constants of a form, as its kernels take them."""
    return np.ascontiguousarray(cpp.fem.pack_constants(form._cpp_object))
