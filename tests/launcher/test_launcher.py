"""The launcher `planish`, with fakes in place of what takes minutes: python3, mmdebstrap, bwrap, apt."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).parents[2]
# fmt: off
TOOLS = ["awk", "cat", "chmod", "cut", "date", "dirname", "env", "find", "flock", "getent", "grep", "mkdir", "mktemp",
         "mv", "paste", "readlink", "rm", "sed", "setpriv", "setsid", "sh", "sha256sum", "tail", "tar", "touch", "tr"]
# fmt: on

_NOT_BUILT = ("lock", "bytecode")

FAKES = {
    # $fakes/dolfinx says what the probe of the current python3 answers.
    "python3": """
case "$*" in
*probe_python.py*)
    [ ! -e "$FAKES/missing" ] || { cat "$FAKES/missing"; exit 1; }
    cat "$FAKES/dolfinx" 2>/dev/null ;;
"-m venv"*)
    echo venv >>"$FAKES/built"
    for target; do :; done
    mkdir -p "$target/bin" "$target/lib/python3.13/site-packages"
    /bin/cp "$FAKES/python3" "$target/bin/python3" ;;
*"pip install"*)
    echo "${PYTHONPATH-}" >"$FAKES/outer"
    if [ -e "$FAKES/slow" ]; then /bin/sleep "$(cat "$FAKES/slow")"; fi
    if [ -e "$FAKES/broken" ]; then echo "ERROR: no wheel"; exit 3; fi ;;
"-m solver"*)
    shift 2
    printf '<%s>' "$@"
    [ "$1" != fail ] || exit 7 ;;
esac
""",
    # The target is the last argument but the mirror, of which the fake apt-get knows none.
    "mmdebstrap": """
echo root >>"$FAKES/built"
for target; do :; done
mkdir -p "$target/etc"
if [ -e "$FAKES/slow" ]; then /bin/sleep "$(cat "$FAKES/slow")"; fi
if [ -e "$FAKES/broken" ]; then echo "E: no space left"; exit 25; fi
""",
    "bwrap": 'echo "$*" >"$FAKES/mounts"\nwhile [ "$1" != env ] && [ "$1" != true ]; do shift; done\n"$@"',
    "unshare": 'shift\nexec "$@"',
    "apt-get": "",
    "apt-config": "",
    "id": 'case "$1" in -un) echo engineer ;; *) cat "$FAKES/uid" ;; esac',
    "sleep": "exec /bin/sleep 0.1",
}


class Machine:
    """A PATH of real small tools and fake big ones, a cache, and ways to start the launcher there."""

    def __init__(self, place: Path, launcher: Path = REPOSITORY / "planish"):
        self.fakes, self.cache, self.launcher = place / "bin", place / "cache" / "planish", launcher
        self.fakes.mkdir()
        for tool in TOOLS:
            (self.fakes / tool).symlink_to(shutil.which(tool))
        for name, script in FAKES.items():
            (self.fakes / name).write_text(f"#!/bin/sh\n{script}\n")
            (self.fakes / name).chmod(0o755)
        (self.fakes / "uid").write_text("0")

    def start(self, *arguments: str, cwd: str = "/", **more: str) -> subprocess.Popen:
        env = {"PATH": str(self.fakes), "FAKES": str(self.fakes), "HOME": "/nowhere"}
        env |= {"XDG_CACHE_HOME": str(self.cache.parent)} | more
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen([self.launcher, *arguments], env=env, cwd=cwd, **pipes)

    def run(self, *arguments: str, said: str = "", **more: str) -> subprocess.CompletedProcess:
        process = self.start(*arguments, **more)
        out, err = process.communicate(said, timeout=20)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def tell(self, name: str, text: str = "") -> None:
        """Configure the fakes: `dolfinx`, `missing`, `slow` (seconds), `broken`, `uid`."""
        (self.fakes / name).write_text(text)

    @property
    def built(self) -> list[str]:
        """What was begun to be built, in order."""
        record = self.fakes / "built"
        return record.read_text().split() if record.exists() else []

    def cached(self) -> list[str]:
        """What was built in the cache or begun to be, without logs."""
        return [path.name for path in self.cache.iterdir() if path.suffix != ".log" and path.name not in _NOT_BUILT]


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def wait_until(condition, seconds=10.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)


def test_a_python_with_dolfinx_is_used_directly(machine):
    machine.tell("dolfinx")
    result = machine.run("run", "a case", "--set", 'title=it\'s "new" $HOME *')
    assert result.stdout == '<run><a case><--set><title=it\'s "new" $HOME *>'
    assert result.returncode == 0
    assert machine.cached() == []


def test_missing_python_packages_are_added_once_beside_it(machine):
    machine.tell("dolfinx", "python-0123456789abcdef\n")
    assert machine.run("doctor").stdout == "<doctor>"
    assert machine.run("doctor").stdout == "<doctor>"
    assert machine.built == ["venv"]
    assert machine.cached() == ["python-0123456789abcdef"]


PYPI = "pypi-0123456789abcdef"


def test_wheels_of_pypi_are_taken_before_a_private_debian(machine):
    machine.tell("dolfinx", f"{PYPI}\n")
    first = machine.run("run", "a case", PYTHONPATH="/another/petsc")
    assert first.stdout == "<run><a case>"
    assert "from PyPI (once" in first.stderr
    assert (machine.fakes / "outer").read_text() == "\n", "packages beside the environment are not seen"
    second = machine.run("run", "a case")
    assert (second.stdout, second.stderr) == ("<run><a case>", "")
    assert machine.built == ["venv"]
    assert machine.cached() == [PYPI]


def test_wheels_that_are_not_all_there_are_not_used(machine):
    machine.tell("dolfinx", f"{PYPI}\n")
    machine.tell("broken")
    result = machine.run("doctor")
    assert (result.returncode, result.stdout) == (1, "")
    assert "ERROR: no wheel" in result.stderr
    assert machine.cached() == []
    (machine.fakes / "broken").unlink()
    machine.tell("slow", "300")
    process = machine.start("doctor")
    wait_until((machine.cache / PYPI / "bin").exists)
    process.kill()
    process.communicate(timeout=20)
    (machine.fakes / "slow").unlink()
    assert machine.run("doctor").stdout == "<doctor>"
    assert machine.built == ["venv"] * 3
    assert machine.cached() == [PYPI]


def test_another_release_of_debian_is_asked_for_by_name(machine):
    machine.tell("dolfinx", f"{PYPI}\n")
    machine.run("doctor", PLANISH_SUITE="sid")
    assert machine.built == ["root", "venv"]


def test_the_private_debian_is_built_once(machine):
    first = machine.run("run", "a case", "it's")
    assert first.stdout == "<run><a case><it's>"
    assert "building a private Debian trixie (once" in first.stderr
    second = machine.run("run", "a case")
    assert (second.stdout, second.stderr) == ("<run><a case>", "")
    assert machine.built == ["root", "venv"]


def test_two_at_once_build_once(machine):
    machine.tell("slow", "1")
    first, second = machine.start("doctor"), machine.start("doctor")
    results = [process.communicate(timeout=20) for process in (first, second)]
    assert [out for out, _ in results] == ["<doctor>", "<doctor>"]
    assert sum("waiting for another planish" in err for _, err in results) == 1
    assert machine.built == ["root", "venv"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_build_leaves_nothing_and_the_next_start_builds(machine, number):
    machine.tell("slow", "300")
    process = machine.start("doctor")
    wait_until(lambda: machine.built)
    process.send_signal(number)
    _, err = process.communicate(timeout=20)
    assert process.returncode == (-number if number == signal.SIGKILL else 128 + number)
    if number != signal.SIGKILL:
        assert "interrupted" in err
        assert machine.cached() == []
    (machine.fakes / "slow").unlink()
    assert machine.run("doctor").stdout == "<doctor>"
    assert machine.built == ["root", "root", "venv"]
    assert not [name for name in machine.cached() if name.endswith(".half")]


def test_a_failing_build_shows_the_end_of_its_log_and_leaves_nothing_else(machine):
    machine.tell("broken")
    result = machine.run("doctor")
    assert result.returncode == 1
    assert "E: no space left" in result.stderr
    (log,) = machine.cache.glob("*.log")
    assert f"exit code 25); the whole log is in {log}" in result.stderr
    assert machine.cached() == []


def test_another_list_of_packages_is_another_debian(machine, tmp_path):
    clone = tmp_path / "a clone"
    (clone / "tools").mkdir(parents=True)
    for name in ("planish", "debian-packages.txt", "pyproject.toml", "tools/environment.sh", "tools/enter_root"):
        shutil.copy(REPOSITORY / name, clone / name)
    machine.run("doctor")
    machine.launcher = clone / "planish"
    machine.run("doctor")
    assert machine.built == ["root", "venv"], "a clone with the same lists shares the environment"
    with (clone / "debian-packages.txt").open("a") as packages:
        packages.write("calculix-ccx\n")
    machine.run("doctor")
    assert machine.built == ["root", "venv"] * 2


def test_without_dolfinx_or_debian_the_message_names_the_other_ways(machine):
    (machine.fakes / "apt-get").unlink()
    machine.tell("missing", "a C compiler, libGLU.so.1\n")
    result = machine.run("run", "case")
    assert result.returncode == 1
    for command in (
        "what is missing here: a C compiler, libGLU.so.1",
        f"docker build -t planish '{REPOSITORY}'",
        "apptainer build planish.sif apptainer.def && ./planish.sif run case",
        f"conda env create -f '{REPOSITORY}/environment.yml'",
    ):
        assert command in result.stderr


def test_an_ordinary_user_is_told_what_to_install(machine):
    machine.tell("uid", "1000")
    (machine.fakes / "mmdebstrap").unlink()
    result = machine.run("doctor")
    assert result.returncode == 1
    assert "sudo apt install mmdebstrap" in result.stderr


def test_exit_codes_pass_through(machine):
    assert machine.run("fail").returncode == 7
    assert machine.run("exec", "sh", "-c", "exit 5").returncode == 5
    assert machine.run("exec").returncode == 1


def test_a_command_reads_what_it_is_given(machine):
    machine.run("doctor")
    assert machine.run("exec", "cat", said="print(1)\n").stdout == "print(1)\n"


def test_nothing_is_made_where_it_would_be_lost(machine):
    """The place of the directories is read-only, and all are there before."""
    machine.run("doctor")
    before, after = (machine.fakes / "mounts").read_text().split("--remount-ro /")
    assert "--dev-bind-try /tmp /tmp" in before
    assert "bind" not in after


@pytest.mark.parametrize("way", [{"cwd": "/usr/share"}, {"case": "/usr/share"}, {"case": "/usr/share/case.yaml"}])
def test_a_case_or_clone_under_usr_is_seen(machine, way):
    machine.run("doctor")
    machine.run("check", way.get("case", "case"), cwd=way.get("cwd", "/"))
    assert "--dev-bind /usr/share /usr/share" in (machine.fakes / "mounts").read_text()


def test_what_is_the_debians_own_stays(machine):
    machine.run("doctor")
    (root,) = (path for path in machine.cache.glob("trixie-*") if (path / "etc").is_dir())
    (root / "usr" / "share").mkdir(parents=True)
    (root / "usr" / "share" / "file").touch()
    machine.run("check", "/usr/share")
    assert "--dev-bind /usr" not in (machine.fakes / "mounts").read_text()


def test_without_a_home_it_says_what_to_set(machine):
    result = machine.run("doctor", HOME="", XDG_CACHE_HOME="")
    assert (result.returncode, result.stderr.count("\n")) == (1, 1)
    assert "set XDG_CACHE_HOME" in result.stderr


@pytest.mark.parametrize("name", ["", "bytecode"])
def test_a_cache_that_others_can_write_is_not_used(machine, name):
    (machine.cache / name).mkdir(parents=True)
    (machine.cache / name).chmod(0o777)
    result = machine.run("doctor")
    assert (result.returncode, result.stdout) == (1, "")
    assert f"chmod -R go-w '{machine.cache}'" in result.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_reach_the_program_in_the_private_debian(machine, number):
    machine.run("doctor")
    script = f"trap 'echo stopped; exit 9' {number.name.removeprefix('SIG')}; echo started; while :; do sleep 0.1; done"
    process = machine.start("exec", "sh", "-c", script)
    assert process.stdout.readline() == "started\n"
    process.send_signal(number)
    out, _ = process.communicate(timeout=20)
    assert (out, process.returncode) == ("stopped\n", 9)


@pytest.mark.parametrize(
    ("requirements", "output"),
    [(["pytest>=1.2"], ""), (["pytest>=1.2", "no-such-package"], "python-"), (["pytest>=999.1"], "python-")],
)
def test_the_probe_finds_missing_and_old_packages(tmp_path, requirements, output):
    (tmp_path / "dolfinx.py").touch()
    command = [sys.executable, REPOSITORY / "tools" / "probe_python.py", "", *requirements]
    env = os.environ | {"PYTHONPATH": str(tmp_path)}
    result = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    assert result.stdout[:7] == output


@pytest.mark.parametrize(
    ("change", "lacking"),
    [
        ("sys.version_info = (3, 11)", "Python 3.12"),
        ("platform.machine = lambda: 'aarch64'", "Linux on x86_64"),
        ("platform.libc_ver = lambda: ('', '')", "glibc 2.34"),
        ("os.environ['CC'] = '/no/such/compiler'", "a C compiler"),
        ("sysconfig.get_path = lambda name: '/nowhere'", "Python.h"),
        ("probe_python.GMSH = ['libnowhere.so.1']", "libnowhere.so.1"),
    ],
)
def test_the_probe_says_what_the_wheels_lack(change, lacking):
    script = f"import os, platform, sys, sysconfig, probe_python; sys.version_info = (3, 13); {change}\n"
    script += "print(probe_python.missing())"
    env = {"PYTHONPATH": str(REPOSITORY / "tools"), "PATH": os.environ["PATH"]}
    result = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True)
    assert lacking in result.stdout


def test_conda_gets_the_same_python_packages():
    script = f"here={REPOSITORY}; . {REPOSITORY}/tools/environment.sh; pypi_requirements"
    wanted = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout.lower().split()
    listed = (REPOSITORY / "environment.yml").read_text().replace(" >=", ">=").split()
    assert [requirement for requirement in wanted if requirement not in listed] == []


def test_the_image_gets_the_packages_to_run_but_not_those_of_the_tests():
    script = f"here={REPOSITORY}; . {REPOSITORY}/tools/environment.sh; debian_packages run"
    packages = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert "python3-dolfinx-real" in packages
    assert "chromium" not in packages
    assert "#" not in packages
