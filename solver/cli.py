"""The `planish` command: reads arguments, hands over to the packages, turns errors into one line and an exit code."""

import gc
import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import solver
from solver import files, home
from solver.errors import CaseError, PlanishError, nearest, one_line
from solver.interruption import GOES_ON, is_first_rank, listen, listen_in_c
from solver.studies.table import STUDIES


class _Commands(TyperGroup):
    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            raise CaseError(f"there is no command '{args[0]}'; {nearest(args[0], self.commands)}")
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=_Commands,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="How far from flat a panel, wafer or package is, why, and how hot it runs: by finite elements, from one YAML "
    "file. To begin: planish new foplp_panel my_panel, then planish run my_panel.",
)

CasePath = Annotated[Path, typer.Argument(metavar="CASE", help="case directory (with case.yaml) or the file itself")]
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="PATH=VALUE", help="override one value, e.g. geometry.layers.mould.thickness=0.5mm; repeatable"
    ),
]
Output = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="DIR", help="where results go instead of CASE/results")
]
Force = Annotated[bool, typer.Option("--force", help="start even if the memory or the cores will not do")]
Ranks = Annotated[int, typer.Option("-n", "--ranks", min=1, help="MPI ranks to start (inside mpirun leave it out)")]


def _show(table: Any) -> None:
    from solver.screen import show  # rich takes a while to import

    show(table)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"planish {solver.__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Options of `planish` itself, before the name of a command."""


@app.command()
def run(
    case: CasePath,
    overrides: Overrides = None,
    ranks: Ranks = 1,  # noqa: ARG001  `solver.launch` has started them
    force: Force = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="go on from the last increment of an interrupted run, or with new steps")
    ] = False,
    pictures: Annotated[
        bool, typer.Option("--pictures/--no-pictures", help="or leave pictures and report to `planish post`")
    ] = True,
    output: Output = None,
    unlock: Annotated[
        bool, typer.Option("--unlock", help="take the results over from a run on another host that was killed")
    ] = False,
) -> None:
    """Solve a case: results in CASE/results."""
    gc.disable()  # what is imported stays: to look through all of it for garbage takes a tenth of a second
    _begin(GOES_ON)
    from solver.run import run as solve

    gc.freeze()
    gc.enable()
    _collective(lambda: solve(case, overrides or [], _world(), force, resume, pictures, output, unlock))


@app.command()
def check(
    case: CasePath,
    overrides: Overrides = None,
    ranks: Annotated[int, typer.Option("-n", "--ranks", min=1, help="MPI ranks the run would have")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="for programs: one JSON object")] = False,
) -> None:
    """Validate a case and predict cells, unknowns, memory and time. Writes nothing; exit code 2 if it will not fit."""
    from solver.check import check as examine

    fits = True

    def work() -> None:
        nonlocal fits
        found = examine(case, overrides or [], ranks)
        if as_json:
            print(found.as_json())
        else:
            _show(found.as_table())
        fits = found.fits

    _collective(work)
    if not fits:
        raise typer.Exit(2)


@app.command()
def mesh(
    case: CasePath,
    overrides: Overrides = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help=".msh, .vtu or .inp (CalculiX, Abaqus); CASE/mesh.msh if absent"),
    ] = None,
    degree: Annotated[
        int | None, typer.Option(help="1: corners only; 2: 20-node hexahedra, as solved; 2 for .inp, else 1 if absent")
    ] = None,
) -> None:
    """Mesh a case and write it for other programs; .inp with materials and the last step of the process."""
    from meshes.export import export
    from solver import deck
    from solver.case.load import load

    def work() -> None:
        loaded = load(case, overrides or [])
        path, step = output or loaded.directory / "mesh.msh", deck.step_of(loaded)
        if path.suffix == ".inp" and step is not None:
            print(export(loaded.stack, path, degree, step.end.parts, deck.deck(loaded, step)))
        else:
            print(export(loaded.stack, path, degree))

    _collective(work)


def _conducts(name: str) -> Callable[..., None]:
    """The command of a study."""

    def command(
        case: CasePath,
        overrides: Overrides = None,
        ranks: Ranks = 1,  # noqa: ARG001  as of `run`
        force: Force = False,  # noqa: ARG001  for them
        output: Output = None,
    ) -> None:
        _begin()
        from solver.studies.study import conduct, study_of

        _collective(lambda: conduct(study_of(name), case, overrides or [], _world(), output))

    return command


for _name, _study in STUDIES.items():
    app.command(_name, help=_study.help)(_conducts(_name))


@app.command()
def zoom(
    case: CasePath,
    at: Annotated[str | None, typer.Option(help="middle: '[1 mm, 2 mm]', 'weakest joint' or 'die corner'")] = None,
    size: Annotated[str | None, typer.Option(help="along x and y, such as '[0.4 mm, 0.4 mm]'")] = None,
    of: Annotated[str | None, typer.Option(help="LAYER/REGION that places by name are looked for in")] = None,
    cell: Annotated[str | None, typer.Option(help="largest cell edge in plane")] = None,
    name: Annotated[str | None, typer.Option(help="a submodel of the case, to change")] = None,
    overrides: Overrides = None,
    ranks: Ranks = 1,  # noqa: ARG001  as of `run`
    force: Force = False,
    pictures: Annotated[bool, typer.Option("--pictures/--no-pictures", help="or none, and no report")] = True,
    output: Output = None,
) -> None:
    """Solve a case and one place of it finer, driven by the whole (docs/life.md): results in CASE/results_zoom."""
    _begin()
    from solver.zoom import zoom as look_closer

    asked = {"at": at, "size": size, "of": of, "mesh.in_plane_size": cell}
    _collective(lambda: look_closer(case, _world(), asked, name, overrides or [], force, pictures, output))


@app.command()
def compare(
    a: Annotated[Path, typer.Argument(metavar="A", help="results folder, or a case directory with results")],
    b: Annotated[Path, typer.Argument(metavar="B", help="another; of any model and any version")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="DIR", help="JSON, CSV and pictures of the differences")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="for programs: one JSON object")] = False,
    everything: Annotated[bool, typer.Option("--all", help="every metric, not only those read first")] = False,
    within: Annotated[
        float | None, typer.Option(min=0, help="exit code 1 if a metric differs by more, as a part of it, such as 0.02")
    ] = None,
) -> None:
    """Set two results side by side: metrics of every step, heights of the surfaces."""
    from solver.comparison.command import compare as side_by_side
    from solver.parallel import on_root

    agree = True

    def work() -> None:
        nonlocal agree
        agree = on_root(_world(), lambda: side_by_side(a, b, output, as_json, everything, within))

    _collective(work)
    if not agree:
        raise typer.Exit(1)


@app.command()
def post(case: CasePath, output: Output = None) -> None:
    """Draw pictures and report again from the results of a run, by the case it was made of."""
    from solver.place import Place
    from solver.report.post import again

    def work() -> None:
        place = Place(case if case.is_dir() else case.parent, output)
        if not (place.results / "summary.json").is_file():
            raise CaseError(f"{place.shown}: no results yet; run `planish run {case}` first")
        with place.held(_world()):
            for text in again(case, place.results):
                print(text)
        print(f"{place.shown}/report.html, {place.shown}/pictures/")

    _collective(work)


@app.command()
def new(
    template: Annotated[str, typer.Argument(help="name of an example case, or a .lcf or .stk file")],
    directory: Annotated[Path, typer.Argument(help="case directory to make")],
) -> None:
    """Start a case from an example, or from a stack of HotSpot (.lcf) or 3D-ICE (.stk) with the files beside it."""
    from solver.case import schema
    from solver.conversion import case as conversion

    def work() -> None:
        if Path(template).suffix in conversion.KINDS:
            if directory.exists():
                raise CaseError(f"{directory} exists already")
            conversion.make(Path(template), directory)
            schema.beside(directory)
            print(f"{directory}/case.yaml is yours; next: planish check {directory}")
            return
        names = sorted(path.parent.name for path in home.CASES.glob("*/case.yaml"))
        if template not in names:
            raise CaseError(f"there is no example '{template}'; {nearest(template, names)}")
        if directory.exists():
            raise CaseError(f"{directory} exists already")
        files.copy_tree(home.CASES / template, directory, "results*", "mesh.*")
        schema.beside(directory)
        print(f"{directory}/case.yaml is yours; next: planish check {directory}")

    _collective(work)


@app.command()
def schema() -> None:
    """JSON schema of the case file, for editors that complete and check it; `planish new` writes it beside a case."""
    from solver.case import schema as of_case

    _collective(lambda: print(of_case.text(), end=""))


class _Materials(_Commands):
    def parse_args(self, ctx: Any, args: list[str]) -> Any:
        named = args and not args[0].startswith("-") and args[0] not in self.commands
        return super().parse_args(ctx, ["show", *args] if named or not args else args)


library = typer.Typer(cls=_Materials, help="List the library (alone), show one material (NAME), or fit data (fit).")
app.add_typer(library, name="materials")


@library.command("show")
def materials(
    name: Annotated[str | None, typer.Argument(help="one material in full")] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="PICTURE.png", help="draw what the material does, too")
    ] = None,
) -> None:
    """List the library, or show one material with its sources: `planish materials NAME` does, too."""
    from solver.material_picture import written
    from solver.materials import describe

    def listed() -> None:
        picture = written(name, output)
        _show(describe.describe(name) if name else describe.overview())
        if picture:
            print(f"picture: {picture}")

    _collective(listed)


@library.command("fit")
def fit_material(
    files: Annotated[list[Path], typer.Argument(metavar="FILE.csv", help="measurements of one material")],
    name: Annotated[str | None, typer.Option(help="print the entry as a case has it, under this name")] = None,
    poisson: Annotated[float | None, typer.Option(help="Poisson ratio, which these data do not tell")] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="PICTURE.png", help="beside the first file if absent")
    ] = None,
) -> None:
    """Fit DMA, TMA and DSC data: an entry of the library on the terminal, data against fit in a picture."""
    from solver.fit.command import fit

    _collective(lambda: print(fit(files, name, poisson, output), end=""))


@app.command()
def doctor() -> None:
    """Versions of everything, and whether MPI, the compiler and pictures work."""
    from solver.doctor import examine

    _collective(lambda: _show(examine()))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def test(
    context: typer.Context,
    fast: Annotated[bool, typer.Option("--fast", help="what takes seconds, on 1 rank")] = False,
    coverage: Annotated[bool, typer.Option("--coverage", help="print the lines run of every module")] = False,
) -> None:
    """Run the tests on 1 rank, then those of the parallel parts on 2. Further arguments go to pytest."""
    from solver import testing

    raise typer.Exit(testing.run(context.args, fast, coverage))


def _world() -> Any:
    from solver import launch

    launch.yield_if_crowded()
    from mpi4py import MPI

    return MPI.COMM_WORLD


def _begin(what_next: str = "") -> None:
    """Be one of the ranks that `solver.launch` has started; end at once when told to."""
    from solver.mpi_library import load_beside

    listen(what_next)
    load_beside()
    _collective(lambda: listen_in_c(_world(), what_next))


def _collective(work: Callable[[], object]) -> None:
    from solver import launch
    from solver.parallel import guarded

    def command() -> int:
        launch.check(_world().size)
        work()
        return 0

    code = guarded(_world(), command)
    if code:
        raise typer.Exit(code)


def main() -> None:
    """Entry point. Whatever is wrong with the arguments is one line and exit code 2."""
    listen()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that cannot write every script
    try:
        code = app(prog_name="planish", standalone_mode=False)
    except Exception as error:
        usage = getattr(error, "format_message", None)  # of typer, which has a click of its own inside, or the package
        if usage is None and not isinstance(error, PlanishError):
            raise
        code = error.exit_code if isinstance(error, PlanishError) else 2
        text = str(error) if usage is None else one_line(usage())
        if text and is_first_rank():  # it is empty where the help stands already
            print(f"planish: {text}", file=sys.stderr, flush=True)
    gc.freeze()  # what is left goes with the process
    raise SystemExit(code or 0)
