"""Messages and bytes read off the index map are those that go through MPI."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.serial

_HERE = Path(__file__).parent
_RANKS = 3


def test_scatters_send_what_the_index_map_says(tmp_path):
    spy = tmp_path / "spy.so"
    subprocess.run(["mpicc", "-O1", "-shared", "-fPIC", "-o", str(spy), str(_HERE / "spy.c")], check=True)
    command = ["mpirun", "-n", str(_RANKS), "env", f"LD_PRELOAD={spy}", sys.executable, str(_HERE / "spied_scatter.py")]
    # a test under pytest may have loaded MPI already: its variables would make mpirun a part of that job
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("OMPI_COMM", "PMIX_", "PRTE_JOB"))}

    done = subprocess.run(command, capture_output=True, text=True, check=False, env=clean, timeout=120)

    assert done.returncode == 0, done.stderr
    assert done.stdout.count("as counted") == _RANKS
