"""The command line by hand: what it prints, where, and with which exit code."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from material import BuildRecords

import cladist
from cladist.analyses import ANALYSES
from cladist.cli import run
from cladist.snapshot import Snapshot

COUNTS = {
    "models", "ghosts", "claims", "pairs", "edges", "edges_by_relation", "claims_by_relation",
    "claims_by_method", "self_loops", "self_loops_by_resolution", "cut_pairs", "cards", "aliases",
    "ghosts_before_aliases", "records_read", "records_model", "records_edge", "duplicates",
    "records_rejected", "readings_merged", "aliased_records", "rejects",
    "rejects_by_reason", "simulated",
}  # fmt: skip


@pytest.fixture
def hub(simulated: Snapshot) -> str:
    return str(simulated.path)


def told(capfd: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> Any:
    assert run(list(arguments)) == code, capfd.readouterr().err
    return json.loads(capfd.readouterr().out)


def failed(capfd: pytest.CaptureFixture[str], *arguments: str, code: int = 2) -> str:
    assert run(list(arguments)) == code
    out, err = capfd.readouterr()
    assert out == ""
    assert "Traceback" not in err
    return err


def test_build_info_validate(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    source, out = tmp_path / "in.jsonl", str(tmp_path / "x.snapshot")
    source.write_text('{"id": "a/x"}\n{"id": "b/y", "tags": ["base_model:a/x"]}\n{"no": 1}\n')
    counts = told(capfd, "build", str(source), "--out", out, "--json")
    assert set(counts) == COUNTS
    assert (counts["models"], counts["edges"], counts["records_rejected"]) == (2, 1, 1)
    assert told(capfd, "info", out, "--json")["counts"] == counts
    assert told(capfd, "validate", out, "--json")["valid"] is True
    assert run(["info", out]) == 0
    assert "missing_id 1" in capfd.readouterr().out
    with (tmp_path / "x.snapshot" / "edges.parquet").open("ab") as file:
        file.write(b"tampered")
    problems = told(capfd, "validate", out, "--json", code=2)["problems"]
    assert problems == ["edges.parquet: content differs from the manifest's digest"]


@pytest.mark.parametrize("name", list(ANALYSES))
def test_analyze__json_shape(name: str, hub: str, capfd: pytest.CaptureFixture[str]) -> None:
    result = told(capfd, "analyze", name, hub, "--json")
    keys = {"analysis", "definition", "parameters", "n", "notes", "table", "tables", "provenance"}
    assert keys <= set(result)
    assert result["analysis"] == name
    assert result["provenance"]["snapshot_digest"]


def test_analyze__documented_columns(hub: str, capfd: pytest.CaptureFixture[str]) -> None:
    row = told(capfd, "analyze", "mutation", hub, "--trait", "task", "--json")["table"][0]
    assert {"trait", "relation", "rate", "low", "high", "n", "gain", "loss", "substitution",
            "silent_parent", "silent_child", "silent_both"} <= set(row)  # fmt: skip
    row = told(capfd, "analyze", "transitions", hub, "--trait", "license", "--json")["table"][0]
    assert {"source", "target", "count"} <= set(row)
    result = told(capfd, "analyze", "ordering", hub, "--top", "5", "--json")
    assert {"position", "value", "support"} <= set(result["table"][0])
    assert {"objective", "bound", "optimal", "net_traffic", "total_traffic", "forward_share",
            "pairs_compatible", "pairs_total", "directedness",
            "unique"} <= set(result["parameters"])  # fmt: skip


@pytest.mark.parametrize("form", ["table", "csv", "md", "json"])
def test_analyze__text_formats(form: str, hub: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["analyze", "shape", hub, "--format", form, "--top", "3"]) == 0
    out, err = capfd.readouterr()
    assert "size" in out
    assert err == ""


def test_analyze__parquet_to_a_file_and_to_a_pipe(hub: str, tmp_path: Path) -> None:
    out = tmp_path / "t.parquet"
    assert run(["analyze", "shape", hub, "--format", "parquet", "--out", str(out)]) == 0
    assert "founder" in pq.read_schema(out).names
    command = [sys.executable, "-m", "cladist", "analyze", "shape", hub, "--format", "parquet"]
    piped = subprocess.run(command, capture_output=True, check=True).stdout
    assert piped == out.read_bytes()


def test_analyze__list(capfd: pytest.CaptureFixture[str]) -> None:
    assert {a["name"] for a in told(capfd, "analyze", "list", "--json")} == set(ANALYSES)


def test_trace(hub: str, simulated: Snapshot, capfd: pytest.CaptureFixture[str]) -> None:
    sql = (
        "SELECT m.model_id FROM lineage l JOIN models m USING (node) WHERE generation >= 2"
        " AND children > 0 ORDER BY descendants DESC, node LIMIT 1"
    )
    model = cladist.query(simulated, sql)["model_id"][0].as_py()
    found = told(capfd, "trace", model, "-s", hub, "--json")
    assert {"model", "ancestors", "parents", "children", "descendants", "family",
            "generation"} <= set(found)  # fmt: skip
    assert found["model"] == model
    assert found["generation"] >= 2
    assert len(found["ancestors"]) >= 2
    assert found["n_children"] == len(found["children"])
    assert set(found["family"]) == {"founder", "size"}
    for page in (f"https://huggingface.co/{model}/", f"hf.co/{model}/tree/main"):
        assert run(["trace", page, "-s", hub]) == 0
    out = capfd.readouterr().out
    assert "SIMULATED" in out
    assert max(map(len, out.splitlines())) <= 200


def test_trace__depth_cuts_what_is_shown_and_not_what_is_known(
    hub: str, simulated: Snapshot, capfd: pytest.CaptureFixture[str]
) -> None:
    query = "SELECT model_id FROM lineage JOIN models USING (node) WHERE generation > 1 LIMIT 1"
    (model,) = simulated.lookup.execute(query).fetchone()
    whole, cut = (cladist.trace(simulated, model, depth=d) for d in (None, 0))
    assert cut["ancestors"] == []
    for name in ("generation", "family", "clan", "parents"):
        assert cut[name] == whole[name]
    assert run(["trace", model, "-s", hub, "--depth", "0"]) == 0
    text = capfd.readouterr().out
    assert text.count("(further up than --depth 0)") == len(whole["parents"]) > 0
    assert "a founder" not in text


def test_trace__children_are_counted_by_the_relation_asked_for(simulated: Snapshot) -> None:
    query = """SELECT model_id, unnest(relations) AS relation, count(*) AS n FROM edges
        JOIN models ON node = parent GROUP BY 1, 2 ORDER BY n DESC LIMIT 5"""
    for model, relation, n in simulated.lookup.execute(query).fetchall():
        found = cladist.trace(simulated, model, relation=relation, limit=1)
        assert found["n_children"] == sum(found["children_by_relation"].values()) == n
        assert len(cladist.trace(simulated, model, relation=relation)["children"]) == n


def test_sql__errors_keep_their_lines(hub: str, capfd: pytest.CaptureFixture[str]) -> None:
    err = failed(capfd, "sql", hub, "SELECT nope FROM models")
    assert "\\n" not in err
    assert "\n  Candidate bindings:" in err
    err = failed(capfd, "sql", hub, "SELEC 1")
    line, caret = err.splitlines()[1:3]
    assert line.index("SELEC") == caret.index("^")


def test_trace__unknown_model_names_the_nearest(
    hub: str, simulated: Snapshot, capfd: pytest.CaptureFixture[str]
) -> None:
    model = cladist.query(simulated, "SELECT model_id FROM models WHERE NOT is_ghost LIMIT 1")
    err = failed(capfd, "trace", model["model_id"][0].as_py() + "x", "-s", hub)
    assert model["model_id"][0].as_py() in err


def test_sql__reads_only_the_tables(
    hub: str, simulated: Snapshot, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    rows = told(capfd, "sql", hub, "SELECT count(*) AS n FROM models", "--json")
    assert rows == [{"n": simulated.counts["models"] + simulated.counts["ghosts"]}]
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    for query in (
        f"SELECT * FROM read_csv('{secret}')",
        f"SELECT * FROM '{secret}'",
        "SELECT * FROM read_text('/etc/passwd')",
        f"COPY models TO '{hub}/models.parquet'",
        f"COPY (SELECT 1) TO '{tmp_path}/x'",
        "DROP VIEW models",
        "SELECT 1; SELECT 2",
        "ATTACH 'x.db'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "SELECT * FROM glob('/etc/*')",
        "PRAGMA database_list",
        "not sql at all",
        "",
    ):
        failed(capfd, "sql", hub, query)
    assert cladist.validate(simulated) == []
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("suffix", ["x.graphml", "x.json", "x.nwk", "x.csv"])
def test_export(suffix: str, hub: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["export", hub, "--out", str(tmp_path / suffix)]) == 0
    assert (tmp_path / suffix).exists()
    assert "edges" in capfd.readouterr().err


def test_export__one_family_and_relations(hub: str, simulated: Snapshot, tmp_path: Path) -> None:
    model = cladist.query(simulated, "SELECT model_id FROM models JOIN lineage USING (node)"
                          " ORDER BY descendants DESC LIMIT 1")["model_id"][0].as_py()  # fmt: skip
    found = cladist.export(simulated, tmp_path / "f.json", family=model)
    graph = json.loads((tmp_path / "f.json").read_text())
    size = cladist.trace(simulated, model)["family"]["size"]
    assert found["models"] == len(graph["nodes"]) == size
    only = cladist.export(simulated, tmp_path / "a.json", relations="adapter")
    assert 0 < only["edges"] < simulated.counts["edges"]


def test_simulate__every_format_builds_to_the_same_models(tmp_path: Path) -> None:
    direct = cladist.simulate(300, tmp_path / "d.snapshot", seed=5)["counts"]
    for form, name in (("records", "r.jsonl"), ("hub_stats", "h.parquet"), ("modelbiome", "m.csv")):
        cladist.simulate(300, tmp_path / name, seed=5, format=form)
        hub = cladist.build(tmp_path / name, tmp_path / f"{form}.snapshot")
        assert hub.manifest["sources"][0]["kind"] == form
        assert hub.counts["models"] == direct["models"] == 300
        assert hub.counts["simulated"] is True
    assert direct["simulated"] is True


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["analyze", "mutation"],
        ["analyze", "nonsense", "HUB"],
        ["analyze", "mutation", "HUB", "--trait", "nonsense"],
        ["analyze", "mutation", "HUB", "--format", "pdf"],
        ["analyze", "mutation", "HUB", "--seed", "-1"],
        ["analyze", "mutation", "HUB", "--replicates", "0"],
        ["info", "/nowhere.snapshot"],
        ["info", "/"],
        ["trace", "no id at all"],
        ["trace", "a/b", "-s", "/nowhere"],
        ["export", "HUB", "--out", "x.unknown"],
        ["simulate", "--models", "-5", "--out", "x.snapshot"],
        ["simulate", "--format", "nonsense", "--out", "x"],
        ["build", "--out", "x.snapshot"],
        ["build", "/nowhere.jsonl", "--out", "x.snapshot"],
        ["build", "HUB/manifest.json", "--source", "hub_stats", "--out", "x.snapshot"],
        ["build", "HUB/models.parquet", "--source", "nonsense", "--out", "x.snapshot"],
    ],
)
def test_bad_usage__exit_2_and_words(
    arguments: list[str],
    hub: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    err = failed(capfd, *(a.replace("HUB", hub) for a in arguments))
    assert err.strip()


def test_analyze__zero_replicates_is_told(hub: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert "eplicates" in failed(capfd, "analyze", "mutation", hub, "--replicates", "0")


def test_hostile_ids__reach_the_terminal_escaped(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source, out = tmp_path / "in.jsonl", str(tmp_path / "x.snapshot")
    evil = "\x1b]0;owned\x07<script>alert(1)</script>\u202e"
    record = {"id": "a/x", "tags": [f"license:{evil}"], "pipeline_tag": evil}
    source.write_text(json.dumps(record) + "\n" + json.dumps({"id": evil}) + "\n")
    assert run(["build", str(source), "--out", out]) == 0
    for arguments in (["info", out], ["trace", "a/x", "-s", out], ["analyze", "summary", out],
                      ["sql", out, "SELECT * FROM rejects"],
                      ["analyze", "summary", out, "--format", "md"]):  # fmt: skip
        assert run(arguments) == 0
        text = capfd.readouterr().out
        assert "\x1b" not in text
        assert "\u202e" not in text


def test_help__is_quick_and_every_command_has_words() -> None:
    command = [sys.executable, "-X", "importtime", "-m", "cladist", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    heavy = ("duckdb", "ibis", "pyarrow", "numpy", "scipy", "altair", "pandas", "langcodes")
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert not loaded.intersection(heavy)
    for name in ("build", "info", "validate", "trace", "analyze", "report", "export", "simulate",
                 "demo", "sql"):  # fmt: skip
        assert name in done.stdout
        assert run([name, "--help"]) == 0


def test_trace__imports_neither_ibis_nor_scipy(hub: str, simulated: Snapshot) -> None:
    model = cladist.query(simulated, "SELECT model_id FROM models LIMIT 1")["model_id"][0].as_py()
    command = [sys.executable, "-X", "importtime", "-m", "cladist", "trace", model, "-s", hub]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert not loaded.intersection({"ibis", "scipy", "altair", "pandas"})


def test_closed_pipe__is_quiet(hub: str) -> None:
    command = f"{sys.executable} -m cladist sql {hub} 'SELECT * FROM models' --json | head -c 10"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False
    )
    assert done.stderr in ("", "SIMULATED: not data of a real hub.\n")
    assert done.returncode == 0


def test_interrupt__exit_130(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "cladist", "simulate", "--models", "3000000", "--out",
               str(tmp_path / "x.snapshot"), "-q"]  # fmt: skip
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    time.sleep(2.5)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err


def test_interrupt__that_a_library_made_an_error_of_its_own(
    hub: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """DuckDB raises RuntimeError("Query interrupted") for it."""

    def query(*_: object, **__: object) -> None:
        try:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(5)
        except BaseException:
            raise RuntimeError("Query interrupted") from None

    monkeypatch.setattr("cladist.snapshot.open_snapshot", query)
    assert "Interrupted." in failed(capfd, "info", hub, code=130)


def test_output_to_a_full_disk__exit_3(hub: str) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with open("/dev/full", "wb") as full:
        command = [sys.executable, "-m", "cladist", "sql", hub, "SELECT 1", "--json"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 3
    assert "Traceback" not in done.stderr


def test_internal_error__exit_70(
    hub: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr("cladist.snapshot.open_snapshot", broken)
    monkeypatch.delenv("CLADIST_DEBUG", raising=False)
    assert "planted" in failed(capfd, "info", hub, code=70)


def test_version(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capfd.readouterr().out.startswith("cladist ")


@pytest.mark.parametrize("model", ["", " ", "x" * 100_000, "a/b\x00", "../../etc", "-s", "'; --"])
def test_trace__odd_ids_are_told_at_once(model: str, hub: str,
                                         capfd: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    err = failed(capfd, "trace", "-s", hub, "--", model)
    assert "is not in the snapshot" in err
    assert len(err) < 3000


def test_files__take_their_form_from_their_name_and_are_never_cut(
    hub: str, simulated: Snapshot, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    rows = simulated.counts["models"] + simulated.counts["ghosts"]
    query = "SELECT model_id FROM models"
    for name in ("ids.csv", "ids.json", "ids.parquet", "ids.txt", "ids.md"):
        assert run(["sql", hub, query, "--out", str(tmp_path / name)]) == 0
    assert len((tmp_path / "ids.csv").read_text().splitlines()) == rows + 1
    assert len(json.loads((tmp_path / "ids.json").read_text())) == rows
    assert pq.read_metadata(tmp_path / "ids.parquet").num_rows == rows
    assert len((tmp_path / "ids.txt").read_text().splitlines()) >= rows
    assert len((tmp_path / "ids.md").read_text().splitlines()) >= rows
    assert len(told(capfd, "sql", hub, query, "--json")) == rows


@pytest.mark.parametrize(
    "arguments",
    [
        ["export", "HUB", "--out", "HUB", "--format", "parquet"],
        ["export", "HUB", "--out", "HUB/claims.parquet", "--format", "graphml"],
        ["sql", "HUB", "SELECT 1", "--out", "HUB/models.parquet"],
        ["analyze", "shape", "HUB", "--out", "HUB/x.json"],
    ],
)
def test_nothing_writes_into_a_snapshot(arguments: list[str], hub: str, simulated: Snapshot,
                                        capfd: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    assert "snapshot" in failed(capfd, *(a.replace("HUB", hub) for a in arguments))
    assert cladist.validate(simulated) == []


def test_damaged_snapshot__exit_2_and_the_remedy(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    cladist.simulate(50, tmp_path / "x.snapshot", seed=1)
    models = tmp_path / "x.snapshot" / "models.parquet"
    models.write_bytes(models.read_bytes()[:100])
    for arguments in (["sql", "X", "SELECT * FROM models"], ["trace", "a/b", "-s", "X"],
                      ["analyze", "summary", "X"]):  # fmt: skip
        err = failed(capfd, *(a.replace("X", str(tmp_path / "x.snapshot")) for a in arguments))
        assert "validate" in err


@pytest.mark.parametrize("option", [["--top", "-1"], ["--top", "0"]])
def test_analyze__top_below_one(option: list[str], hub: str,
                                capfd: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    assert "--top" in failed(capfd, "analyze", "shape", hub, *option)


@pytest.mark.parametrize("name", ["x.graphml", "x.json", "x.nwk", "x.csv"])
def test_export__an_empty_snapshot(name: str, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"no": 1}\n')
    hub = cladist.build(tmp_path / "in.jsonl", tmp_path / "x.snapshot")
    assert cladist.export(hub, tmp_path / name)["models"] == 0


def test_name_that_is_no_text_is_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    name = os.fsdecode(os.fsencode(tmp_path) + b"/a\xff.snapshot")
    err = failed(capfd, "simulate", "--models", "5", "--out", name)
    assert "not valid UTF-8" in err


def test_analyze__pictures_say_that_they_are_simulated_and_files_what_they_can_hold(
    hub: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "motifs.svg"
    assert run(["analyze", "motifs", hub, "--out", str(out)]) == 0
    text = out.read_text()
    assert "SIMULATED DATA: " in text
    assert "seed" not in text  # motifs are counted, not drawn
    capfd.readouterr()
    refused = failed(capfd, "analyze", "motifs", hub, "--out", str(tmp_path / "motifs.pdf"))
    assert "ends in '.pdf'" in refused
    assert not (tmp_path / "motifs.pdf").exists()
    assert "not printed" in failed(capfd, "analyze", "motifs", hub, "--chart", "motifs", "--json")
    for name in ("y.csv", "y.gif", "y"):
        refused = failed(capfd, "analyze", "motifs", hub, "--chart", "motifs",
                         "--out", str(tmp_path / name))  # fmt: skip
        assert "No picture" in refused
        assert "End it in .svg or .png." in refused
        assert not (tmp_path / name).exists()


def test_analyze__an_empty_chart_is_refused_by_name_as_without(
    build_records: BuildRecords, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    lone, out = str(build_records([{"id": "a/lone"}]).path), tmp_path / "order.svg"
    for asked in (["--chart", "order"], []):
        refused = failed(capfd, "analyze", "ordering", lone, *asked, "--out", str(out))
        assert "There is nothing to draw" in refused
        assert not out.exists()


@pytest.mark.parametrize("joined", ["all,merge", "merge, no-merges", "all,all"])
def test_relations__a_set_is_not_joined_with_others(
    hub: str, joined: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert "cannot be joined with others" in failed(
        capfd, "analyze", "mutation", hub, "--relations", joined
    )


def test_engine__that_is_none(hub: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert "local[2]" in failed(capfd, "analyze", "motifs", hub, "--engine", "postgres")
