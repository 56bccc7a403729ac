"""A ball grid array on a board, cycled to the settled cycle, with its weakest joint zoomed: how long it takes.

`./planish exec python3 -m benchmarks.board_cycling` runs 30 x 30 balls of Anand solder, a quarter of them, from 0 to
100 degC, three cycles (`--most 6`: up to six, until they have settled), with a place of a round joint that follows
every increment. `--balls 4 --most 1` tries that it works; `--ranks 2` shares the whole and the place over two.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_CASE = """title: ball grid array of {balls} x {balls} on a board
geometry:
  outline: {{shape: rectangle, size: [{board} mm, {board} mm]}}
  symmetry: quarter
  layers:
    - {{name: board, thickness: 1.6 mm, material: fr4}}
{joints}
    - name: substrate
      thickness: 0.36 mm
      regions: [{{name: package, shape: {{rectangle: [{package} mm, {package} mm]}}, material: bt-core}}]
    - name: mould
      thickness: 0.7 mm
      regions:
        - {{name: die, shape: {{rectangle: [{die} mm, {die} mm]}}, material: silicon}}
        - name: rim
          shape: {{rectangle: [{package} mm, {package} mm], hole: [{die} mm, {die} mm]}}
          material: emc-generic
mesh: {{in_plane_size: 2 mm}}
process:
  stress_free_temperature: 25 degC
  steps:
    - repeat:
        times: {most}{until}
        steps:
          - {{name: heat, temperature: 100 degC, rate: 10 K/min}}
          - {{name: hot, duration: 10 min}}
          - {{name: cool, temperature: 0 degC, rate: 10 K/min}}
          - {{name: cold, duration: 10 min}}
analysis: {{deflection: small}}
life:
  joints: [{{part: ball heads/ball}}, {{part: ball feet/ball}}]
submodels:
  - name: joint
    at: weakest joint
    of: ball heads/ball
    size: [0.96 mm, 0.96 mm]
    mesh: {{in_plane_size: 0.2 mm}}
    layers:
      - {{name: board, thickness: 1.6 mm, material: fr4}}
{round}
      - {{name: substrate, thickness: 0.36 mm, material: bt-core}}
"""
_ROWS = (("ball feet", 25), ("balls", 300), ("ball heads", 25))  # um
_ROUND = 0.4514  # mm: the area of a ball of 0.4 x 0.4 mm


def case(balls: int, most: int) -> str:
    """The case of so many balls along a side, and cycles at most."""
    joints, drawn = [], []
    for name, thickness in _ROWS:
        grid = f"grid: {{count: [{balls}, {balls}], pitch: [1 mm, 1 mm]}}, material: sac305-anand"
        square = f"{{name: ball, shape: {{rectangle: [0.4 mm, 0.4 mm]}}, {grid}}}"
        disc = f"{{name: ball, shape: {{circle: {_ROUND} mm}}, material: sac305-anand}}"
        joints.append(f"    - {{name: {name}, thickness: {thickness} um, regions: [{square}]}}")
        drawn.append(f"      - {{name: {name}, thickness: {thickness} um, regions: [{disc}]}}")
    return _CASE.format(
        balls=balls,
        board=1.5 * balls,
        package=balls + 1,
        die=balls / 2,
        most=most,
        until="\n        until: settled" if most > 1 else "",
        joints="\n".join(joints),
        round="\n".join(drawn),
    )


def main() -> None:
    """Run it alone, and print what it took and found."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--balls", type=int, default=30)
    parser.add_argument("--most", type=int, default=3)
    parser.add_argument("--ranks", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "case.yaml").write_text(case(given.balls, given.most), encoding="utf-8")
        command = [sys.executable, "-m", "solver", "run", folder, "--no-pictures", "-n", str(given.ranks)]
        begun = time.perf_counter()
        subprocess.run(command, check=True, env=os.environ | {"OMP_NUM_THREADS": "1"})
        took, used = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
        summary = json.loads((Path(folder) / "results" / "summary.json").read_text(encoding="utf-8"))
    print(f"{took / 60:.1f} min, {(used.ru_utime + used.ru_stime) / 60:.1f} min of processors")
    print(f"{len(summary['steps'])} steps; settled: {summary.get('settled_cycles')}")
    place = summary["steps"][-1]["submodels"]["joint"]
    print(f"joint at ({place['at_x_mm']:.4g}, {place['at_y_mm']:.4g}) mm: {place['cells']} cells, {place['cycle']}")


if __name__ == "__main__":
    main()
