"""Start the test server by hand: ``make hub``."""

from __future__ import annotations

import argparse
from pathlib import Path

from hubserver.app import Conduct, Hub
from hubserver.data import HubData, family, from_records, simulated
from hubserver.faults import KINDS, Fault
from hubserver.serving import serve


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m hubserver", description=__doc__)
    parser.add_argument("--port", type=int, default=8422)
    parser.add_argument("--models", type=int, default=2000, help="models of the simulated hub")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--family", type=int, help="one family of so many models instead")
    parser.add_argument("--records", type=Path, help="real records (JSON Lines or Parquet) instead")
    parser.add_argument("--limit", type=int, help="how many of the records")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before every answer")
    parser.add_argument("--quota", type=int, default=0, help="requests in 5 minutes; 0 is no limit")
    parser.add_argument("--fault", action="append", default=[], metavar="KIND[:EVERY]",
                        help=f"such as 500:10, one in ten; {', '.join(KINDS)}")  # fmt: skip
    given = parser.parse_args()
    if given.records:
        data = from_records(given.records, given.limit)
    elif given.family:
        data = family(given.family, given.seed)
    else:
        data = simulated(given.models, given.seed)
    limits = dict.fromkeys(("api", "resolvers"), (given.quota, 300)) if given.quota else {}
    try:
        faults = [Fault(kind, every=int(every or 1), times=10**9)
                  for kind, _, every in (f.partition(":") for f in given.fault)]  # fmt: skip
    except ValueError as problem:
        parser.error(f"--fault: {problem}")
    hub = Hub(data, Conduct(faults=faults, latency=given.latency, limits=limits))
    print(f"{len(data.records):,} models at http://127.0.0.1:{given.port}, until Ctrl-C. Try:\n")
    print(f"  export HF_ENDPOINT=http://127.0.0.1:{given.port}")
    large, deep, parent = examples(data)
    print(f"  cladist trace {large}")
    for command in ("trace", "audit", "bom"):
        print(f"  cladist {command} {deep}")
    print(f"  cladist compare {parent} {deep}")
    print("  cladist fetch --api --cards all --out hub.snapshot\n", flush=True)
    serve(hub, given.port)


def examples(data: HubData) -> tuple[str, str, str]:
    """Return the model with most children, the one with most ancestors, and a parent of that."""
    parents = {m: [t.split(":", 1)[1] for t in r["tags"] if t.startswith("base_model:")
                   and t.count(":") == 1] for m, r in data.records.items()}  # fmt: skip

    def above(model: str) -> int:
        seen, level = {model}, [model]
        while level:
            level = [p for m in level for p in parents.get(m, []) if p not in seen]
            seen.update(level)
        return len(seen)

    children = {m: len(data.tagged(f"base_model:{m}")) for m in data.records}
    deep = max(data.records, key=above)
    parent = next((p for p in parents[deep] if p in data.records), deep)
    return max(children, key=lambda m: children[m]), deep, parent


if __name__ == "__main__":
    main()
