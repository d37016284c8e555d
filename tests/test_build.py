"""Sources -> snapshot: claims, matches, books, cuts, atomicity, determinism."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import orjson
import pytest
from material import BuildRecords, real

import cladist
from cladist.errors import EnvironmentProblemError, InputError, ModelNotFoundError
from cladist.snapshot import Snapshot, manifest_digest


def rows(hub: Snapshot, sql: str) -> list[Any]:
    found: list[Any] = cladist.query(hub, sql).to_pylist()
    return found


def claims(hub: Snapshot) -> list[tuple[str, ...]]:
    sql = (
        "SELECT c.model_id AS child, p.model_id AS parent, relation, match, method, parent_raw"
        " FROM claims k JOIN models c ON c.node = k.child JOIN models p ON p.node = k.parent"
        " ORDER BY ALL"
    )
    return [tuple(r.values()) for r in rows(hub, sql)]


def assert_books_balance(hub: Snapshot) -> None:
    counts = hub.counts
    assert counts["records_read"] == (
        counts["records_model"]
        + counts["records_edge"]
        + counts["duplicates"]
        + counts["records_rejected"]
    )
    assert cladist.validate(hub) == []


def tagged(model: str, *tags: str, **more: Any) -> dict[str, Any]:
    return {"id": model, "tags": list(tags), **more}


def test_build__bare_tag_repeated_by_typed_tag_is_one_claim(build_records: BuildRecords) -> None:
    hub = build_records([tagged("a/x"), tagged("b/y", "base_model:a/x", "base_model:adapter:a/x")])
    assert claims(hub) == [("b/y", "a/x", "adapter", "exact", "hub_tag", "a/x")]


def test_build__two_relations_are_two_claims_and_one_edge(build_records: BuildRecords) -> None:
    hub = build_records(
        [tagged("a/x"), tagged("b/y", "base_model:finetune:a/x", "base_model:merge:a/x")]
    )
    assert [c[2] for c in claims(hub)] == ["finetune", "merge"]
    assert rows(hub, "SELECT relation, relations, claims FROM edges") == [
        {"relation": "merge", "relations": ["finetune", "merge"], "claims": 2}
    ]


def test_build__tag_and_card_are_claims_of_their_own(build_records: BuildRecords) -> None:
    card = {"base_model": ["a/x"], "base_model_relation": "quantized"}
    hub = build_records([tagged("a/x"), tagged("b/y", "base_model:a/x", cardData=card)])
    assert [(c[2], c[4]) for c in claims(hub)] == [("quantized", "card"), ("unknown", "hub_tag")]
    assert rows(hub, "SELECT relation FROM edges") == [{"relation": "quantized"}]


def test_build__matches(build_records: BuildRecords) -> None:
    """Exact, legacy alias, alias file, case, repair, ghost: each said, each recorded."""
    parents = ["a/x", "gpt2", "old/name", "A/X2", "a/x/", "https://huggingface.co/a/x", "no/where"]
    children = [tagged(f"c/{i}", f"base_model:{p}") for i, p in enumerate(parents)]
    aliases = Path(os.devnull)
    hub = build_records([tagged("a/x"), tagged("a/x2"), tagged("openai-community/gpt2"), *children])
    found = {c[5]: (c[1], c[3]) for c in claims(hub)}
    assert found == {
        "a/x": ("a/x", "exact"),
        "gpt2": ("openai-community/gpt2", "alias"),
        "old/name": ("old/name", "ghost"),
        "A/X2": ("a/x2", "case"),
        "a/x/": ("a/x", "alias"),
        "https://huggingface.co/a/x": ("a/x", "alias"),
        "no/where": ("no/where", "ghost"),
    }
    reasons = {r["alias"]: r["reason"] for r in rows(hub, "SELECT alias, reason FROM aliases")}
    assert reasons["gpt2"] == "legacy"
    assert reasons["A/X2"] == "case"
    assert reasons["a/x/"] == "trailing_slash"
    assert reasons["https://huggingface.co/a/x"] == "url"
    assert hub.counts["ghosts"] == 2
    assert hub.counts["ghosts_before_aliases"] == 6
    assert aliases.exists()


def test_build__alias_file_and_chains(build_records: BuildRecords, tmp_path: Path) -> None:
    file = tmp_path / "aliases.csv"
    file.write_text("alias,model_id,reason\nold/a,mid/a,renamed\nmid/a,new/a,renamed\nl/1,l/2\n")
    hub = build_records(
        [tagged("new/a"), tagged("c/1", "base_model:old/a"), tagged("c/2", "base_model:l/1")],
        aliases=file,
    )
    assert [(c[1], c[3]) for c in claims(hub)] == [("new/a", "alias"), ("l/2", "ghost")]


def test_build__ambiguous_case_stays_a_ghost(build_records: BuildRecords) -> None:
    hub = build_records([tagged("a/x"), tagged("A/x"), tagged("c/1", "base_model:a/X")])
    assert claims(hub)[0][1:4] == ("a/X", "unknown", "ghost")


def test_build__declared_id_is_never_an_alias(build_records: BuildRecords) -> None:
    hub = build_records([tagged("gpt2"), tagged("c/1", "base_model:gpt2")])
    assert claims(hub)[0][1:4] == ("gpt2", "unknown", "exact")


def test_build__self_loops_as_written_and_by_resolution(build_records: BuildRecords) -> None:
    hub = build_records(
        [tagged("a/x", "base_model:a/x"), tagged("openai-community/gpt2", "base_model:gpt2")]
    )
    assert (hub.counts["self_loops"], hub.counts["self_loops_by_resolution"]) == (1, 1)
    assert hub.counts["pairs"] == 2
    assert hub.counts["edges"] == 0


def test_build__cycle_is_cut_by_dates(build_records: BuildRecords) -> None:
    old, new = "2023-01-01T00:00:00Z", "2024-01-01T00:00:00Z"
    hub = build_records(
        [tagged("a/old", "base_model:a/new", createdAt=old),
         tagged("a/new", "base_model:a/old", createdAt=new)]
    )  # fmt: skip
    assert rows(hub, "SELECT kind, gap_days FROM anomalies") == [
        {"kind": "younger_parent", "gap_days": 365.0}
    ]
    assert hub.counts["cut_pairs"] == 1
    assert hub.counts["claims"] == 2


def test_build__placeholders_and_paths_are_rejected_claims(build_records: BuildRecords) -> None:
    parents = ["None", "./checkpoint-100", "datasets/x/y", r"C:\models\x"]
    hub = build_records([tagged("c/1", *(f"base_model:{p}" for p in parents))])
    assert hub.counts["claims"] == 0
    assert hub.counts["rejects_by_reason"] == {
        "parent_local_path": 2, "parent_not_a_model": 1, "parent_placeholder": 1,
    }  # fmt: skip
    assert hub.counts["records_model"] == 1


def test_build__duplicates_newest_wins(build_records: BuildRecords) -> None:
    hub = build_records(
        [
            {"id": "a/x", "likes": 1, "lastModified": "2024-01-01T00:00:00Z"},
            {"id": "a/x", "likes": 2, "lastModified": "2024-03-01T00:00:00Z"},
            {"id": "a/x", "likes": 3},
        ]
    )
    assert rows(hub, "SELECT likes FROM models") == [{"likes": 2}]
    assert hub.counts["duplicates"] == 2
    assert_books_balance(hub)


def test_build__readings_of_several_sources_coalesce(tmp_path: Path) -> None:
    old, new = tmp_path / "old.jsonl", tmp_path / "new.jsonl"
    old.write_bytes(orjson.dumps({"id": "a/x", "likes": 1, "pipeline_tag": "fill-mask"}) + b"\n")
    new.write_bytes(orjson.dumps({"id": "a/x", "likes": 5}) + b"\n" + b'{"id": "b/y"}\n')
    dates = {"old.jsonl": "2024-01-01", "new.jsonl": "2025-01-01"}
    for order in ([old, new], [new, old]):
        hub = cladist.build(order, tmp_path / "x.snapshot", observed_at=dates)
        assert rows(hub, "SELECT likes, pipeline_tag FROM models WHERE model_id = 'a/x'") == [
            {"likes": 5, "pipeline_tag": "fill-mask"}
        ]
        assert hub.counts["readings_merged"] == 1
        assert hub.manifest["observed"] == ["2024-01-01", "2025-01-01"]
        assert_books_balance(hub)


def test_build__bad_values_are_kept_as_rejects(build_records: BuildRecords) -> None:
    hub = build_records(
        [
            {
                "id": "a/x",
                "createdAt": "not a date",
                "downloads": "many",
                "likes": -3,
                "tags": {"a": 1},
            }
        ]
    )
    assert rows(hub, "SELECT created_at, downloads, likes, tags FROM models") == [
        {"created_at": None, "downloads": None, "likes": None, "tags": None}
    ]
    reasons = hub.counts["rejects_by_reason"]
    assert {"invalid_created_at", "invalid_downloads", "invalid_likes"} <= set(reasons)
    assert sum(reasons.values()) == 4


def test_build__floor_date_means_on_or_before(build_records: BuildRecords) -> None:
    hub = build_records(
        [{"id": "a/x", "createdAt": "2022-03-02T23:29:04.000Z"},
         {"id": "a/y", "createdAt": "2022-03-03T00:00:00.000Z"}]
    )  # fmt: skip
    assert [r["created_at_is_floor"] for r in rows(hub, "SELECT * FROM models ORDER BY node")] == [
        True, False,
    ]  # fmt: skip


def test_build__languages_from_card_first_else_tags(build_records: BuildRecords) -> None:
    hub = build_records(
        [
            tagged("a/1", "en", cardData={"language": ["no", "English", "sv-SE"]}),
            tagged("a/2", "transformers", "jax", "tf", "t5", "cv", "io", "vit", "en",
                   "license:mit"),
            tagged("a/3", "trl", "art", "license:mit"),
            tagged("a/4", "no", "multilingual", "dataset:x"),
            tagged("a/5", cardData={"language": False}),
        ]
    )  # fmt: skip
    found = [r["language"] for r in rows(hub, "SELECT language FROM models ORDER BY model_id")]
    assert found == [["en", "no", "sv-SE"], ["en"], None, ["multilingual", "no"], ["no"]]


def test_build__licence_other_keeps_name_and_link(build_records: BuildRecords) -> None:
    card = {"license": "other", "license_name": "own", "license_link": "https://x.example/l"}
    hub = build_records([tagged("a/x", "license:other", cardData=card),
                         {"id": "a/y", "cardData": {"licence": "MIT"}}])  # fmt: skip
    assert rows(hub, "SELECT license, license_name, license_link FROM models ORDER BY node") == [
        {"license": ["other"], "license_name": "own", "license_link": "https://x.example/l"},
        {"license": ["mit"], "license_name": None, "license_link": None},
    ]


def test_build__same_input_same_bytes(build_records: BuildRecords, tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    cladist.simulate(400, source, seed=3, format="records")
    digests = []
    for name in ("one", "two"):
        hub = cladist.build(source, tmp_path / f"{name}.snapshot")
        assert manifest_digest(hub.manifest) == hub.digest
        digests.append({k: v["sha256"] for k, v in hub.manifest["files"].items()})
    assert digests[0] == digests[1]


def test_build__shuffled_records_give_the_same_graph(tmp_path: Path) -> None:
    """Rejects keep their line, so only they and the sources may differ."""
    source, other = tmp_path / "in.jsonl", tmp_path / "shuffled.jsonl"
    cladist.simulate(400, source, seed=3, format="records")
    lines = source.read_bytes().splitlines()
    other.write_bytes(b"\n".join(sorted(lines, key=hash)) + b"\n")
    first = cladist.build(source, tmp_path / "1.snapshot").manifest["files"]
    second = cladist.build(other, tmp_path / "2.snapshot").manifest["files"]
    for table in ("edges", "lineage", "anomalies", "aliases"):
        assert first[f"{table}.parquet"] == second[f"{table}.parquet"]


def test_build__refuses_to_replace_what_is_no_snapshot(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"id": "a/x"}\n')
    target = tmp_path / "precious"
    target.mkdir()
    (target / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="no snapshot"):
        cladist.build(source, target)
    assert (target / "thesis.txt").exists()


def test_build__killed_half_way_leaves_the_old_snapshot_and_resumes(tmp_path: Path) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "x.snapshot"
    source.write_text('{"id": "old/x"}\n')
    before = cladist.build(source, out).digest
    cladist.simulate(30_000, source, seed=1, format="records", cards=False, replace=True)
    command = [sys.executable, "-m", "cladist", "build", str(source), "--out", str(out), "-q"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    partial = tmp_path / "x.snapshot.partial"
    for _ in range(600):
        if any(partial.glob("stage-*/stage.json")):
            break
        time.sleep(0.02)
    process.kill()
    process.wait()
    assert cladist.open(out).digest == before
    stages = {p: p.stat().st_mtime_ns for p in partial.glob("stage-*/models.parquet")}
    seen: dict[Path, int] = {}

    def watch(step: str, done: int, total: int) -> None:
        if not seen:
            seen.update({p: p.stat().st_mtime_ns for p in partial.glob("stage-*/models.parquet")})

    hub = cladist.build(source, out, report=watch)
    assert hub.counts["models"] == 30_000
    assert seen == stages
    assert not partial.exists()


def test_build__stopped_while_it_marks_a_stage_begins_that_stage_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "x.snapshot"
    source.write_text('{"id": "a/x"}\n')

    def stopped(path: Path, data: bytes) -> None:
        path.touch()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", stopped)
        with pytest.raises(KeyboardInterrupt):
            cladist.build(source, out)
    assert cladist.build(source, out).counts["models"] == 1


def test_build__two_at_once_the_second_is_refused(tmp_path: Path) -> None:
    from cladist.ingest.workplace import workplace

    source = tmp_path / "in.jsonl"
    source.write_text('{"id": "a/x"}\n')
    with (
        workplace(tmp_path / "x.snapshot"),
        pytest.raises(EnvironmentProblemError, match="Another"),
    ):
        cladist.build(source, tmp_path / "x.snapshot")


@pytest.mark.parametrize("content", [b"", b"\n\n", b"[]", b'{"models": []}'])
def test_build__nothing_in_it(content: bytes, tmp_path: Path) -> None:
    source = tmp_path / "in.json"
    source.write_bytes(content)
    try:
        hub = cladist.build(source, tmp_path / "x.snapshot", source="records")
    except InputError as problem:
        assert problem.remedy
    else:
        assert hub.counts["models"] == 0
        assert_books_balance(hub)


def test_build__errors_name_the_option(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"id": "a/x"}\n')
    out = tmp_path / "x.snapshot"
    with pytest.raises(InputError, match=r"missing\.jsonl"):
        cladist.build(tmp_path / "missing.jsonl", out)
    with pytest.raises(InputError, match="2024-13-01"):
        cladist.build(source, out, observed_at="2024-13-01")
    with pytest.raises(InputError, match="elsewhere"):
        cladist.build(source, out, source={"elsewhere.jsonl": "records"})
    with pytest.raises(InputError, match="alias"):
        cladist.build(source, out, aliases=source)
    assert not out.exists()


@pytest.mark.real
@pytest.mark.slow
def test_build__census_counts(tmp_path: Path) -> None:
    """The independent count: 117,438 pairs, 603 self-loops, 2,026 ghosts, 4 cycles."""
    hub = cladist.build(real("hub_2024-07.parquet"), tmp_path / "x.snapshot")
    counts = hub.counts
    assert counts["models"] == 719_490
    assert counts["self_loops"] == 603
    assert counts["ghosts_before_aliases"] == 2_026
    rejected = sum(counts["rejects_by_reason"].values())
    # 136 pairs name a path or a placeholder; one pair became another's twin by an alias.
    assert (counts["pairs"] + rejected + 1, rejected) == (117_438, 136)
    assert counts["edges"] == counts["pairs"] - 603 - counts["self_loops_by_resolution"] - 4
    assert_books_balance(hub)


def test_build__old_and_present_id_both_declared(build_records: BuildRecords) -> None:
    """Exact first, and said; merged when asked."""
    records = [
        tagged("gpt2", likes=1, lastModified="2022-01-01"),
        tagged("openai-community/gpt2", likes=2, lastModified="2024-01-01"),
        tagged("c/1", "base_model:gpt2"),
    ]
    apart = build_records(records)
    assert claims(apart)[0][1:4] == ("gpt2", "unknown", "exact")
    assert apart.counts["aliased_records"] == 1
    joined = build_records(records, merge_aliased=True)
    assert claims(joined)[0][1:4] == ("openai-community/gpt2", "unknown", "alias")
    assert (joined.counts["models"], joined.counts["duplicates"]) == (2, 1)
    assert joined.counts["aliased_records"] == 0
    assert_books_balance(joined)


def test_build__lists_in_front_matter(build_records: BuildRecords) -> None:
    """Mappings and nulls in a list of data sets are no data sets; a null parent is rejected."""
    card = {"datasets": ["a/b", {"x": "https://y"}, None, 3], "base_model": ["o/p", None, {"q": 1}]}
    hub = build_records([tagged("a/x", cardData=card)])
    assert rows(hub, "SELECT datasets FROM models WHERE NOT is_ghost") == [
        {"datasets": ["3", "a/b"]}
    ]
    assert hub.counts["claims"] == 1
    assert sum(hub.counts["rejects_by_reason"].values()) == 2


def test_build__front_matter_of_another_type_is_rejected_not_lost(
    build_records: BuildRecords,
) -> None:
    card = {"license": {"a": 1}, "pipeline_tag": ["a"], "base_model_relation": ["merge"],
            "base_model": {"a": "b"}}  # fmt: skip
    hub = build_records([{"id": "o/x", "cardData": card}])
    reasons = hub.counts["rejects_by_reason"]
    assert reasons["card_list_expected"] == 1
    assert reasons["card_text_expected"] == 2
    assert sum(reasons.values()) == 4


def test_build__leaves_a_strangers_folder_alone(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"id": "a/x"}\n')
    other = tmp_path / "x.snapshot.partial"
    other.mkdir()
    (other / "mine.txt").write_text("precious")
    with pytest.raises(InputError, match="in the way"):
        cladist.build(source, tmp_path / "x.snapshot")
    assert (other / "mine.txt").read_text() == "precious"


def test_build__partial_dates_of_reading(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"id": "a/x"}\n')
    for date, day in (("2024", "2024-01-01"), ("2024-06", "2024-06-01")):
        hub = cladist.build(source, tmp_path / f"{date}.snapshot", observed_at=date)
        assert hub.manifest["observed"] == [day, day]


def test_own_ids_with_marks_are_rejected_not_cut(build_records: BuildRecords) -> None:
    """Cutting at a mark would make one model of two."""
    hub = build_records([{"id": "z/<b>one"}, {"id": "z/<i>two"}, {"id": "a/b"},
                         {"id": "https://huggingface.co/a/c/tree/main"}])  # fmt: skip
    assert hub.counts["models"] == 2
    assert hub.counts["records_rejected"] == 2
    assert hub.counts["rejects_by_reason"] == {"html": 2}
    assert hub.node("a/c") == 1
    with pytest.raises(ModelNotFoundError):
        hub.node("a/<script>b</script>")
