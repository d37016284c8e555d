"""The explorer under load: start, memory, and the slowest of what twenty readers wait for.

    python benchmarks/bench_explorer.py X.snapshot [--clients 20] [--seconds 15] [--workers 1 2]

Starts ``cladist serve`` in a process of its own and asks it from another, over one connection a
reader, without pauses: the hardest case, as people pause. Every question is timed at the reader.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import numpy as np

from cladist.lineage.lineage import Lineage
from cladist.snapshot import open_snapshot

#: Seconds after the first answer until its processes are up.
SETTLED = 3


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("snapshot")
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--workers", type=int, nargs="*", default=[2], help="as given to serve")
    given = parser.parse_args()
    subprocess.run([sys.executable, "-m", "cladist", "serve", given.snapshot, "--index-only"],
                   check=True)  # fmt: skip
    kinds = questions(given.snapshot)
    for workers in given.workers:
        print(f"--workers {workers}")
        measure(given, kinds, workers)


def measure(
    given: argparse.Namespace, kinds: dict[str, Callable[[np.random.Generator], str]], workers: int
) -> None:
    """Start a server, ask it, print what it took, stop it."""
    server, port, started = start(given.snapshot, workers)
    try:
        print(f"start to the first answer: {started:.2f} s")
        time.sleep(SETTLED)
        for name, make in kinds.items():
            times = asyncio.run(load(port, make, given.clients, given.seconds))
            told = [f"{np.percentile(times, q):8.1f}" for q in (50, 95, 99, 100)]
            print(f"{name:34}{len(times) / given.seconds:8.0f}/s", *told, "ms (50, 95, 99 %, max)")
        print(
            f"memory of the server and its workers, mapped pages counted once: "
            f"{memory(server.pid):.2f} GiB"
        )
    finally:
        server.terminate()
        server.wait()


def start(snapshot: str, workers: int) -> tuple[subprocess.Popen[str], int, float]:
    """Start the server; return it, its port, and the seconds until it answered."""
    began = time.perf_counter()
    server = subprocess.Popen(
        [sys.executable, "-m", "cladist", "serve", snapshot, "--port", "0", "--no-browser", "-q",
         "--workers", str(workers)],
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    if server.stderr is None:
        raise RuntimeError
    for line in server.stderr:
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", line)
        if found:
            port = int(found[1])
            asyncio.run(once(port, "hub"))
            return server, port, time.perf_counter() - began
    raise RuntimeError(server.wait())


def questions(snapshot: str) -> dict[str, Callable[[np.random.Generator], str]]:
    """Return what is asked: a name, and a maker of random questions."""
    hub = open_snapshot(snapshot)
    ids = hub.lookup.execute("SELECT model_id FROM models ORDER BY node").fetchall()
    lineage = Lineage.load(hub.arrays)
    related = np.flatnonzero(lineage.family_size > 1)
    clans, sizes = np.unique(lineage.clan, return_counts=True)
    largest = clans[np.argsort(-sizes)[:300]]

    def of(nodes: np.ndarray, rng: np.random.Generator) -> str:
        return quote(ids[int(rng.choice(nodes))][0])

    def search(rng: np.random.Generator) -> str:
        name = ids[int(rng.integers(len(ids)))][0]
        typed = name[: rng.integers(1, len(name) + 1)] if rng.random() < 0.5 else \
            name.rpartition("/")[2][1 : rng.integers(4, 12)]  # fmt: skip
        return "search?q=" + quote(typed)

    def forest(rng: np.random.Generator) -> str:
        by = rng.choice(["pipeline_tag", "license", "relation"])
        kept = rng.choice(["", "&license=permissive", "&stated=1", "&from=2023-01"])
        return f"forest?by={by}&unit={rng.choice(['family', 'clan'])}{kept}"

    return {
        "search, a word never typed before": search,
        "model page": lambda rng: "model/" + of(related, rng),
        "lanes of the 300 largest clans": lambda rng: f"lanes/{of(largest, rng)}?scope=clan",
        "nodes of a clan (Arrow)": lambda rng: f"nodes/{of(related, rng)}?scope=subtree",
        "forest, 24 kinds": forest,
    }


async def load(
    port: int, make: Callable[[np.random.Generator], str], clients: int, seconds: float
) -> list[float]:
    """Let many readers ask one after the other; return all times in milliseconds."""
    end = time.perf_counter() + seconds
    times: list[float] = []

    async def reader(seed: int) -> None:
        rng = np.random.default_rng(seed)
        streams = await asyncio.open_connection("127.0.0.1", port, limit=1 << 26)
        while time.perf_counter() < end:
            path = make(rng)
            began = time.perf_counter()
            await ask(*streams, port, path)
            times.append((time.perf_counter() - began) * 1000)
        streams[1].close()

    await asyncio.gather(*(reader(seed) for seed in range(clients)))
    return times


async def ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int, path: str
) -> bytes:
    """Ask one question over an open connection."""
    writer.write(f"GET /api/v1/{path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n"
                 "accept-encoding: gzip\r\n\r\n".encode())  # fmt: skip
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    if not head.startswith("http/1.1 200"):
        raise RuntimeError(path + "\n" + head)
    length = re.search(r"content-length: (\d+)", head)
    return await reader.readexactly(int(length[1]) if length else 0)


async def once(port: int, path: str) -> object:
    """Ask one question over a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 26)
    body = await ask(reader, writer, port, path)
    writer.close()
    import gzip

    return json.loads(gzip.decompress(body))


def memory(pid: int) -> float:
    """Return the memory of a process and its children in GiB, shared pages split (Linux)."""
    found = 0
    for each in (str(pid), *Path(f"/proc/{pid}/task/{pid}/children").read_text().split()):
        text = Path(f"/proc/{each}/smaps_rollup").read_text()
        found += sum(int(n) for n in re.findall(r"^Pss: +(\d+)", text, re.MULTILINE))
    return found / 2**20


if __name__ == "__main__":
    main()
