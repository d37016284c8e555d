"""Measure the live Hub on loopback: requests a second of a fetch, its memory, a trace with latency.

Usage: python benchmarks/bench_hub.py [--models 5000] [--kills 20]

The server runs in a process of its own, on the other core; its share of the time is in the figures.
``--kills N`` besides kills a fetch with -9 at N random moments, resumed each time, and compares the
digest of its snapshot with that of an undisturbed one.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PORT = 8433
ENDPOINT = f"http://127.0.0.1:{PORT}"


def environment(home: Path) -> dict[str, str]:
    """Return the environment of processes that ask the test server only."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("HF_")}
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")])
    return kept | {"PYTHONPATH": path, "HF_ENDPOINT": ENDPOINT, "HF_HOME": str(home)}


def conduct(**given: Any) -> dict[str, Any]:
    """Change the server's conduct, and return what it was asked."""
    request = urllib.request.Request(  # noqa: S310
        f"{ENDPOINT}/__conduct", json.dumps(given).encode(), method="POST"
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        found: dict[str, Any] = json.load(answer)
    return found


def serve(env: dict[str, str], *options: str) -> subprocess.Popen[bytes]:
    """Start the server and wait until it answers."""
    server = subprocess.Popen([sys.executable, "-m", "hubserver", "--port", str(PORT), *options],
                              env=env, stdout=subprocess.DEVNULL)  # fmt: skip
    for _ in range(600):
        try:
            conduct()
            return server
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server does not start")


def measured(env: dict[str, str], *arguments: str) -> tuple[float, float, float, str]:
    """Run cladist; return seconds, CPU seconds, peak MiB and standard output."""
    start = time.monotonic()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen([sys.executable, "-m", "cladist", *arguments], env=env,
                                   stdout=out, stderr=subprocess.DEVNULL)  # fmt: skip
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - start
        out.seek(0)
        text = out.read().decode()
    if process.returncode:
        raise SystemExit(f"cladist {' '.join(arguments)} ended with {process.returncode}")
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, text


def fetches(env: dict[str, str], place: Path, models: int) -> None:
    """Fetch all with cards: requests a second while requests are sent, and peak memory."""
    for limit in (models // 4, models):
        out = place / f"{limit}.snapshot"
        rows = []
        for _ in range(3):
            options = ("--limit", str(limit), "--cards", "all", "--replace", "--out", str(out))
            seconds, cpu, memory, text = measured(env, "fetch", *options, "--json")
            told = json.loads(text)
            rate = told["requests"] / told["sending"]
            rows.append((rate, told["requests"], seconds, cpu, memory))
        rate, requests, seconds, cpu, memory = max(rows)
        print(
            f"fetch {limit:,} with cards: {requests:,} requests, {rate:,.0f} a second until the "
            f"last answer; {seconds:.1f} s in all, {cpu:.1f} s CPU, peak {memory:.0f} MiB"
        )


def traces(env: dict[str, str], family: str) -> None:
    """Trace the largest family with 50 ms added to every answer, nothing cached."""
    conduct(latency=0.05)
    times = []
    for number in range(3):
        fresh = env | {"HF_HOME": env["HF_HOME"] + f"-{number}"}
        seconds, cpu, _, text = measured(fresh, "trace", family, "--json")
        found = json.loads(text)
        live = found["live"]
        times.append((seconds, cpu, live["requests"], found["descendants"], live["walk_seconds"]))
    seconds, cpu, requests, descendants, walk = min(times)
    conduct(latency=0.0)
    print(f"trace with 50 ms latency: {descendants:,} descendants, {requests:,} requests, "
          f"walk {walk:.2f} s, process {seconds:.2f} s, {cpu:.2f} s CPU")  # fmt: skip


def kills(env: dict[str, str], place: Path, number: int) -> None:
    """Kill a fetch at random moments until it is whole; compare it with an undisturbed one."""
    conduct(clock=1_750_000_000.0)
    calm, out = place / "calm.snapshot", place / "killed.snapshot"
    options = ["fetch", "--api", "--cards", "all", "--quiet", "--out"]
    _, _, _, _ = measured(env, *options, str(calm))
    draws = random.Random(1)  # noqa: S311
    conduct(latency=0.03)
    done = 0
    while done < number and not out.exists():
        process = subprocess.Popen(
            [sys.executable, "-m", "cladist", *options, str(out)], env=env,
            stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        before = conduct()["requests"]
        while process.poll() is None and conduct()["requests"] == before:
            time.sleep(0.02)
        time.sleep(0.05 + draws.random())
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            done += 1
        process.wait()
    conduct(latency=0.0)
    if not out.exists():
        measured(env, *options, str(out))
    digests = [json.loads((p / "manifest.json").read_bytes())["digest"] for p in (calm, out)]
    same = "the same digest" if digests[0] == digests[1] else "ANOTHER DIGEST"
    print(f"killed with -9 {done} times and resumed: {same} as undisturbed")
    if digests[0] != digests[1]:
        raise SystemExit(1)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-hub-") as folder:
        place = Path(folder)
        env = environment(place / "home")
        server = serve(env, "--models", str(given.models))
        try:
            if given.kills:
                kills(env, place, given.kills)
                return
            fetches(env, place, given.models)
        finally:
            server.kill()
            server.wait()
        server = serve(env, "--family", "1000")
        try:
            traces(env, "family/founder")
        finally:
            server.kill()
            server.wait()


if __name__ == "__main__":
    main()
