"""Mutated records and cards: never a crash, the books balance, nothing is silently dropped."""

from __future__ import annotations

import copy
import gzip
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from material import REAL

import cladist
from cladist.errors import CladistError

HOSTILE: list[Any] = [
    None, True, False, -1, 0, 1e308, 10**30, "", " ", "\x00", "\ud800", "../../etc/passwd",
    "<script>alert(1)</script>", "\x1b[31mred\x1b[0m", "'; DROP TABLE models; --", "\u202eevil",
    "a" * 5000, [], {}, [[]], [None], [{"a": [1]}], {"x": None}, "NaN", "Infinity",
    "=cmd|' /C calc'!A0", "base_model:", "base_model:adapter:", "base_model:merge:a/b,c/d",
    "0001-01-01T00:00:00Z", "9999-99-99", "[" * 400 + "]" * 400, ["en", 1, None, {"no": False}],
]  # fmt: skip

BOMBS = [
    "---\na: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
    "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
    "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n---\n",
    "---\nlanguage: " + "[" * 100_000 + "\n---\n",
    "---\n" + "- " * 100_000 + "x\n---\n",
    "---\nx: !!python/object/apply:os.system ['echo hacked']\nlicense: mit\n---\n",
    "---\nlanguage: no\nbase_model:\n- a/b\n- null\n- 3\n- {x: y}\n---\n# Title\n",
    "---\r\nlicense: mit\r\nbase_model: gpt2\r\n",
    "\ufeff\n\n---\nlicense:\n---\n",
    "---\n? ? ? ? x\n---\n",
]


def base_records(tmp_path: Path) -> list[dict[str, Any]]:
    """Real records of three ages of the API where they are, simulated ones always."""
    source = tmp_path / "base.jsonl"
    cladist.simulate(200, source, seed=11, format="records")
    records = [orjson.loads(line) for line in source.read_bytes().splitlines()]
    for name in ("api_model_full/q_sample", "infos_2022", "radar"):
        folder = REAL / "raw" / name
        paths = sorted(folder.glob("*.json"))[:40] if folder.is_dir() else []
        records += [orjson.loads(path.read_bytes()) for path in paths]
    return records


def mutated_record(record: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    record = copy.deepcopy(record)
    for _ in range(rng.randint(1, 4)):
        if not record:
            break
        key = rng.choice(list(record))
        kind = rng.randrange(5)
        if kind == 0:
            del record[key]
        elif kind == 1:
            record[key] = copy.deepcopy(rng.choice(HOSTILE))
        elif kind == 2 and isinstance(record[key], list):
            record[key].insert(rng.randint(0, len(record[key])), copy.deepcopy(rng.choice(HOSTILE)))
        elif kind == 3 and isinstance(record[key], dict) and record[key]:
            record[key][rng.choice(list(record[key]))] = copy.deepcopy(rng.choice(HOSTILE))
        else:
            fields = "base_model cardData card siblings baseModels safetensors language"
            record[rng.choice(fields.split())] = copy.deepcopy(rng.choice(HOSTILE))
    return record


def mutated_bytes(data: bytes, rng: random.Random) -> bytes:
    raw = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(raw)) if raw else 0
        kind = rng.randrange(4)
        if kind == 0 and raw:
            raw[at] = rng.randrange(256)
        elif kind == 1:
            raw[at:at] = rng.choice([b"\x00", b"\xff\xfe", b"{", b'"', b"]", b"\\u0000", b"---"])
        elif kind == 2:
            del raw[at : at + rng.randint(1, 30)]
        else:
            raw = raw[: max(at, 1)]
    return bytes(raw).replace(b"\n", b" ")


def dumped(record: dict[str, Any]) -> bytes:
    import json

    return json.dumps(record).encode("utf-8", "surrogatepass")


def lines(tmp_path: Path, rng: random.Random, count: int) -> Iterator[bytes]:
    base = base_records(tmp_path)
    for _ in range(count):
        line = dumped(mutated_record(rng.choice(base), rng))
        yield mutated_bytes(line, rng) if rng.random() < 0.4 else line


def assert_sound(hub: cladist.Snapshot, read: int | None = None) -> None:
    counts = hub.counts
    parts = ("records_model", "records_edge", "duplicates", "records_rejected")
    assert counts["records_read"] == sum(counts[p] for p in parts)
    if read is not None:
        assert counts["records_read"] == read
    assert sum(counts["rejects_by_reason"].values()) == counts["rejects"]
    assert cladist.validate(hub) == []


@pytest.mark.parametrize("seed", range(4))
def test_records__mutated_lines_never_crash_and_the_books_balance(
    seed: int, tmp_path: Path
) -> None:
    """2,400 mutated records in four files; every non-blank line is accounted for."""
    rng = random.Random(seed)
    content = [line for line in lines(tmp_path, rng, 600) if line.strip()]
    source = tmp_path / "fuzz.jsonl"
    source.write_bytes(b"\n".join(content) + b"\n")
    hub = cladist.build(source, tmp_path / "x.snapshot", source="records")
    assert_sound(hub, len(content))
    assert hub.counts["records_rejected"] > 0
    for name in ("summary", "shape", "mutation", "documentation"):
        cladist.ANALYSES[name].run(hub)


def test_repositories__mutated_cards_never_crash(tmp_path: Path) -> None:
    """600 mutated cards, bombs among them, as a folder of repositories."""
    rng = random.Random(5)
    folder = tmp_path / "repositories"
    base = [b.encode("utf-8") for b in BOMBS]
    real = REAL / "raw" / "odd_cards"
    base += [p.read_bytes() for p in sorted(real.glob("*.md"))] if real.is_dir() else []
    for i in range(600):
        place = folder / f"org{i % 7}" / f"model-{i}"
        place.mkdir(parents=True)
        card = base[i] if i < len(base) else rng.choice(base)
        data = bytearray(card)
        for _ in range(rng.randint(0, 5) if i >= len(BOMBS) else 0):
            at = rng.randrange(len(data)) if data else 0
            data[at:at] = rng.choice(
                [b"\x00", b"\xff", b"---\n", b"\t", b"*a ", b"&a ", b": ", b"\r"]
            )
        (place / "README.md").write_bytes(bytes(data))
        if i % 5 == 0:
            config = b'{"base_model_name_or_path": "org1/model-1", "peft_type": "LORA"}'
            (place / "adapter_config.json").write_bytes(mutated_bytes(config, rng))
        if i % 7 == 0:
            (place / "mergekit_config.yml").write_bytes(
                mutated_bytes(b"models:\n  - model: org2/model-2\n  - model: a/b\n", rng)
            )
    hub = cladist.build(folder, tmp_path / "x.snapshot")
    assert_sound(hub)
    assert hub.counts["records_read"] >= 600


@pytest.mark.parametrize("seed", range(3))
def test_modelbiome__mutated_csv_never_crashes(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    source = tmp_path / "hub.csv"
    cladist.simulate(150, source, seed=seed, format="modelbiome")
    rows = source.read_bytes().splitlines()
    mixed = [rows[0], *(mutated_bytes(r, rng) if rng.random() < 0.5 else r for r in rows[1:])]
    source.write_bytes(b"\n".join(mixed) + b"\n")
    assert_sound(cladist.build(source, tmp_path / "x.snapshot", source="modelbiome"))


@pytest.mark.parametrize("kind", ["records", "hub_stats", "modelbiome", "tabular"])
def test_damaged_files__an_error_that_says_what_to_do_or_rejects(kind: str, tmp_path: Path) -> None:
    """Truncation at 12 places of each kind of file: a remedy or balanced books, no traceback."""
    rng = random.Random(1)
    source = tmp_path / {"hub_stats": "m.parquet", "records": "m.jsonl.gz"}.get(kind, "m.csv")
    form = "modelbiome" if kind == "tabular" else kind
    cladist.simulate(60, source, seed=2, format=form)
    whole = source.read_bytes()
    if kind == "records":
        assert gzip.decompress(whole)
    columns = tmp_path / "map.toml"
    columns.write_text('[columns]\nmodel_id = "model_id"\nlikes = "likes"\n')
    for i in range(12):
        source.write_bytes(whole[: rng.randrange(len(whole))])
        options: dict[str, Any] = {"columns": columns} if kind == "tabular" else {}
        try:
            hub = cladist.build(source, tmp_path / f"{i}.snapshot", source=kind, **options)
        except CladistError as problem:
            assert problem.remedy
            assert source.name in problem.message
        else:
            assert_sound(hub)
