"""The only module that knows the DOLFINx version: 0.9, 0.10 and 0.11 behave alike behind these functions."""

import ctypes
import hashlib
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dolfinx
import numpy as np
import ufl
from dolfinx import cpp, fem, graph, mesh
from mpi4py import MPI

from solver import cache, compiling
from solver.arrays import Array, Integers

VERSION = tuple(int(part) for part in dolfinx.__version__.split(".")[:2])


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


def evaluate(expression: fem.Expression, domain: mesh.Mesh, cells: Integers) -> Array:
    """Values of an expression in cells, shape (cells, points * components)."""
    return np.asarray(expression.eval(domain, cells)).reshape(len(cells), -1) if len(cells) else np.empty((0, 0))


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
