"""Measure cladist as whole processes: build, analyses, report, cold look-ups; and the usual way.

Run by ``make bench``. Simulates its own data under ``bench-data/``; ``--real FILE`` adds a real
dump in the columns of the Hub's list call. Prints Markdown tables: seconds are wall-clock, memory
is the peak of the process. Nothing here judges; docs/performance.md holds a run.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
CLADIST = [sys.executable, "-m", "cladist"]

IN_PROCESS = """
import json, sys, time
import cladist
from cladist.analyses import ANALYSES
hub = cladist.open(sys.argv[1])
hub.table("models").count().execute()  # imports and connection, once
told = {}
for name in sys.argv[2].split(","):
    start = time.perf_counter()
    result = ANALYSES[name].run(hub)
    told[name] = time.perf_counter() - start
    if name == "mutation":
        row = result.table.to_pylist()[0]
        told["rate"] = [row["rate"], row["low"], row["high"]]
print(json.dumps(told))
"""


@dataclass(frozen=True)
class Run:
    """One finished process."""

    seconds: float
    peak_mib: float
    output: str


def run(*command: str | Path) -> Run:
    """Run a command to its end and take its time and peak memory."""
    start = time.perf_counter()
    process = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, text=True)
    output = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} failed with {process.returncode}")
    scale = 1024 if platform.system() == "Linux" else 1024 * 1024
    return Run(time.perf_counter() - start, usage.ru_maxrss / scale, output)


def row(what: str, done: Run, note: str = "") -> None:
    """Print one row of a table."""
    print(f"| {what} | {done.seconds:.1f} s | {done.peak_mib:,.0f} MiB | {note} |", flush=True)


def simulated(models: int, data: Path) -> Path:
    """Simulate a Parquet dump once."""
    path = data / f"hub-{models}.parquet"
    if not path.exists():
        run(*CLADIST, "simulate", "--models", str(models), "--seed", "1", "--no-cards",
            "--format", "hub_stats", "--out", path, "-q")  # fmt: skip
    return path


def whole(source: Path, data: Path) -> Path:
    """Measure build, analyses, report and a cold look-up of the largest star."""
    snapshot = data / f"{source.stem}.snapshot"
    built = run(*CLADIST, "build", source, "--out", snapshot, "--json", "-q")
    counts = json.loads(built.output)
    print(f"\n{source.name}: {counts['models']:,} models, {counts['edges']:,} edges\n")
    print("| step | wall | peak memory | |\n|---|---|---|---|")
    row("`cladist build`", built)
    names = "summary,shape,growth,mutation,transitions,ordering,documentation"
    analyses = run(sys.executable, "-c", IN_PROCESS, snapshot, names)
    each = json.loads(analyses.output)
    each.pop("rate")
    parts = ", ".join(f"{k} {v:.1f}" for k, v in each.items())
    row("all analyses, one process", analyses, parts)
    row("`cladist report`", run(*CLADIST, "report", snapshot, "--out", data / "report", "-q"))
    query = (
        "SELECT model_id FROM models JOIN lineage USING (node) ORDER BY descendants DESC LIMIT 1"
    )
    star = json.loads(run(*CLADIST, "sql", snapshot, query, "--json").output)[0]["model_id"]
    looks = [run(*CLADIST, "trace", star, "-s", snapshot) for _ in range(5)]
    row("`cladist trace`, cold, the model with most descendants",
        sorted(looks, key=lambda r: r.seconds)[2], "median of 5")  # fmt: skip
    return snapshot


def compared(models: int, data: Path) -> None:
    """Measure structure and the licence mutation rate against the conventional way."""
    source = simulated(models, data)
    snapshot = data / f"{source.stem}.snapshot"
    usual = run(sys.executable, HERE / "conventional.py", source)
    theirs = json.loads(usual.output)
    built = run(*CLADIST, "build", source, "--out", snapshot, "-q", "--json")
    ours_run = run(sys.executable, "-c", IN_PROCESS, snapshot, "shape,mutation")
    ours = json.loads(ours_run.output)
    print(f"\nThe conventional way (pandas, NetworkX) on {models:,} simulated models, same run\n")
    print("| what | conventional | cladist | ratio |\n|---|---|---|---|")
    rows = (
        ("read and build the graph", theirs["build"], built.seconds),
        ("structure (families, depth, descendants)", theirs["structure"], ours["shape"]),
        ("mutation: theirs licence, i.i.d.; ours five traits by relation, three bootstraps",
         theirs["mutation"], ours["mutation"]),
    )  # fmt: skip
    for what, slow, fast in rows:
        print(f"| {what} | {slow:.2f} s | {fast:.2f} s | {slow / fast:.1f} |")
    peak = max(built.peak_mib, ours_run.peak_mib)
    print(f"| peak memory | {usual.peak_mib:,.0f} MiB | {peak:,.0f} MiB "
          f"| {usual.peak_mib / peak:.1f} |")  # fmt: skip


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=1_860_411)
    parser.add_argument("--compare", type=int, default=400_000)
    parser.add_argument("--real", type=Path)
    options = parser.parse_args()
    data = HERE.parent / "bench-data"
    data.mkdir(exist_ok=True)
    print(f"{os.cpu_count()} processors, Python {platform.python_version()}")
    if options.real:
        whole(options.real, data)
    whole(simulated(options.models, data), data)
    compared(options.compare, data)


if __name__ == "__main__":
    main()
