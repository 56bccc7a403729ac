"""Fields for ParaView: every rank writes its own piece, rank 0 the index of the pieces and of the steps."""

from collections.abc import Mapping
from pathlib import Path

from dolfinx import fem
from vtkmodules.vtkCommonDataModel import vtkUnstructuredGrid
from vtkmodules.vtkCommonMisc import vtkErrorCode
from vtkmodules.vtkIOXML import vtkXMLUnstructuredGridWriter

from meshes.extrude import StackMesh
from solver.arrays import Array
from solver.files import whole, writing
from solver.output import pvd
from solver.output.field_grid import FieldGrid
from solver.output.stem import file_stem
from solver.parallel import on_every, on_root


class FieldWriter:
    """Writes the fields of steps on one mesh to `directory`.

    Args:
        directory: made if absent, such as `results/fields`.
        stack_mesh: the layers present; another mesh (a layer built or removed) takes another writer.
        space: as of `FieldGrid`.
    """

    def __init__(self, directory: Path, stack_mesh: StackMesh, space: fem.FunctionSpace | None = None) -> None:
        self.directory, self._comm = directory, stack_mesh.comm
        self._grid = FieldGrid(stack_mesh, space)

    def write(
        self,
        step_name: str,
        index: int,
        displacement: fem.Function | None = None,
        temperature: fem.Function | float | None = None,
        stress: Array | None = None,
        extra: Mapping[str, fem.Function] | None = None,
        cells: Mapping[str, Array] | None = None,
        time: float | None = None,
    ) -> Path:
        """Write one step; collective.

        Args:
            step_name: its name in the case file.
            index: its place in the process, from 0. The collection drops steps it lists at or after this one.
            displacement: degree-2 field (m), as of `FieldGrid.of`.
            temperature: field or uniform (K).
            stress: as of `FieldGrid.of` (Pa).
            extra: further fields by name.
            cells: further values of cells by name.
            time: of a transient (s): the file is listed with it in the collection of times, not in that of steps.

        Returns:
            The `.pvtu` file.

        Raises:
            OutputError: a file could not be written, on any rank.
        """
        grid = self._grid.of(step_name, displacement, temperature, stress, extra, cells)
        return self._write_pieces(grid, file_stem(index, step_name), index, time)

    def close(self) -> None:
        """Wait until every rank has written; the collection is complete after every `write`."""
        self._comm.barrier()

    def _write_pieces(self, grid: vtkUnstructuredGrid, stem: str, index: int, time: float | None) -> Path:
        comm, target = self._comm, self.directory / f"{stem}.pvtu"
        pieces = [f"{stem}/{rank:05d}.vtu" for rank in range(comm.size)]
        on_root(comm, lambda: _empty_folder(self.directory / stem))
        on_every(comm, lambda: write_vtu(grid, self.directory / pieces[comm.rank]))

        def list_them() -> None:
            pvd.write_index(target, grid, pieces)
            pvd.add(self.directory, index, target.name, time)

        on_root(comm, list_them)
        return target


def write_vtu(grid: vtkUnstructuredGrid, path: Path) -> None:
    """Write one piece, compressed.

    Raises:
        OutputError: the file could not be written.
    """
    with whole(path) as beside:
        _write_vtu(grid, beside)


def _write_vtu(grid: vtkUnstructuredGrid, path: Path) -> None:
    writer = vtkXMLUnstructuredGridWriter()
    writer.SetFileName(str(path))
    writer.SetInputData(grid)
    writer.SetDataModeToAppended()
    writer.EncodeAppendedDataOff()
    writer.SetHeaderTypeToUInt64()
    writer.SetCompressorTypeToZLib()
    writer.SetCompressionLevel(1)  # in half of the time as small but for 3 %
    shown = writer.GetGlobalWarningDisplay()
    writer.GlobalWarningDisplayOff()  # our error says it in one line
    try:
        if not writer.Write():
            raise OSError(vtkErrorCode.GetStringFromErrorCode(writer.GetErrorCode()))
    finally:
        writer.SetGlobalWarningDisplay(shown)


def _empty_folder(path: Path) -> None:
    """A folder without pieces, which an earlier run on more ranks may have left."""
    with writing(path):
        path.mkdir(parents=True, exist_ok=True)
        for piece in path.glob("*.vtu"):
            piece.unlink()
