"""Temperatures and heat flows over time: kept while a transient runs, for summary.json, a CSV file and a picture."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from mpi4py import MPI

from meshes.extrude import StackMesh
from solver.arrays import Array, floats
from solver.metrics.heat_summary import BoundaryCourse, HistorySummary, RegionCourse
from solver.output import csv_files
from solver.physics.heat.conduction import HeatProblem
from solver.physics.heat.heat_flow import Flows, flows_of
from solver.physics.region_means import region_means
from solver.units import ZERO_CELSIUS


class History:
    """Rows of what happened, one for each accepted step; the same on every rank.

    Args:
        problem: whose field is read.
    """

    def __init__(self, problem: HeatProblem) -> None:
        mesh = problem.stack_mesh
        self._problem, self._whole = problem, mesh.stack.multiplicity
        thin = {layer.name for layer in mesh.stack.layers if layer.interface}
        blocks = [index for index, block in enumerate(mesh.blocks) if block.layer not in thin]
        self._names = [mesh.blocks[index].name for index in blocks]
        self._mean = region_means(mesh, problem.space, blocks)
        self._nodes = _nodes_of_blocks(mesh, problem, blocks)
        self._comm = mesh.comm
        self._times: list[float] = []
        self._means: list[Array] = []
        self._highest: list[Array] = []
        self._flows: list[Flows] = []
        self._degrees: list[dict[str, float]] = []

    def add(self, time: float, flows: Flows) -> None:
        """Keep the present field and what flows. Collective."""
        temperature = self._problem.temperature.x.array
        means, highest = self._mean @ temperature, np.full(len(self._names), -np.inf)
        for index, nodes in enumerate(self._nodes):
            highest[index] = temperature[nodes].max(initial=-np.inf)
        self._comm.Allreduce(MPI.IN_PLACE, means, MPI.SUM)
        self._comm.Allreduce(MPI.IN_PLACE, highest, MPI.MAX)
        self._times.append(time)
        self._means.append(means - ZERO_CELSIUS)
        self._highest.append(highest - ZERO_CELSIUS)
        self._flows.append(flows)
        if self._problem.reaction is not None:
            self._degrees.append(self._problem.reaction.means())

    @property
    def so_far(self) -> dict[str, Any]:
        """What goes into a checkpoint."""
        return {
            "times": self._times,
            "means": [row.tolist() for row in self._means],
            "highest": [row.tolist() for row in self._highest],
            "flows": [asdict(flows) for flows in self._flows],
            "degrees": self._degrees,
        }

    def resume(self, so_far: dict[str, Any]) -> None:
        """Go on from a checkpoint."""
        self._times = list(so_far["times"])
        self._means, self._highest = ([np.array(row) for row in so_far[key]] for key in ("means", "highest"))
        self._flows = [flows_of(entry) for entry in so_far["flows"]]
        self._degrees = list(so_far["degrees"])

    @property
    def flows(self) -> Flows:
        """Of the last row."""
        return self._flows[-1]

    def peak(self) -> tuple[float, float]:
        """The highest temperature of all times (degC), and when it was (s)."""
        highest = np.array(self._highest).max(axis=1)
        return float(highest.max()), self._times[int(highest.argmax())]

    def summary(self) -> HistorySummary:
        """What is told of it; powers are of the whole stack."""
        means, highest = np.array(self._means), np.array(self._highest)
        faces = [face.face for face in self._flows[-1].outflow]
        return HistorySummary(
            time_s=self._times,
            max_temperature_degc=floats(highest.max(axis=1)),
            power_w=[self._whole * flows.into for flows in self._flows],
            regions={
                name: RegionCourse(floats(means[:, i]), floats(highest[:, i]), self._degree(name))
                for i, name in enumerate(self._names)
            },
            boundaries=[
                BoundaryCourse(face, [self._whole * flows.outflow[i].heat for flows in self._flows])
                for i, face in enumerate(faces)
            ],
        )

    def _degree(self, name: str) -> list[float] | None:
        """Of cure over time, None of what does not cure."""
        there = bool(self._degrees) and name in self._degrees[0]
        return [row[name] for row in self._degrees] if there else None


def write_csv(history: HistorySummary, path: Path) -> None:
    """A row for each time; the columns of `HistorySummary`."""
    columns: dict[str, Sequence[float]] = {
        "time_s": history.time_s,
        "power_w": history.power_w,
        "max_temperature_degc": history.max_temperature_degc,
    }
    for name, region in history.regions.items():
        columns |= {f"{name} {key}": values for key, values in vars(region).items() if values is not None}
    for number, boundary in enumerate(history.boundaries, start=1):
        columns[f"boundary {number} {boundary.face} heat_w"] = boundary.heat_w
    csv_files.write(path, columns)


def _nodes_of_blocks(mesh: StackMesh, problem: HeatProblem, blocks: list[int]) -> list[Array]:
    dofs = problem.space.dofmap.list[: len(mesh.block)]
    return [np.unique(dofs[mesh.block == index]) for index in blocks]
