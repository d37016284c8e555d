"""The licence audit: golden lineages, the whole hub against one model, policies, hostile input."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from material import BuildRecords

import cladist
from cladist.auditing import audit
from cladist.cli import run
from cladist.errors import InputError, ModelNotFoundError
from cladist.hub_audit import audit_all, gravest
from cladist.license_findings import count_findings
from cladist.licenses.catalog import find
from cladist.licenses.rules import SEVERITIES
from cladist.licensing import KNOWN, NAMES, audit_hub, has
from cladist.policy import apply_policy, reaches, read_policy
from cladist.snapshot import Snapshot
from cladist.traits.edges import lineage_of
from cladist.views.audit import audit_markdown, audit_page, audit_text
from cladist.views.sarif import audit_sarif


def model(id_: str, licence: str | None = None, *parents: str, relation: str | None = "finetune",
          **more: Any) -> dict[str, Any]:  # fmt: skip
    tags = [f"license:{licence}"] if licence else []
    bare = f"base_model:{relation}:" if relation else "base_model:"
    return {"id": id_, "tags": [*tags, *(f"{bare}{p}" for p in parents),
                                *more.pop("tags", [])], **more}  # fmt: skip


def rules(found: dict[str, Any]) -> dict[str, str]:
    return {f["rule"]: f["severity"] for f in found["findings"]}


def test_golden__llama_3_labelled_apache_by_a_tool(build_records: BuildRecords):
    hub = build_records([
        model("meta-llama/Meta-Llama-3-8B", "llama3"),
        model("x/tuned", "apache-2.0", "meta-llama/Meta-Llama-3-8B", tags=["unsloth"]),
    ])  # fmt: skip
    found = audit(hub, "x/tuned")
    assert found["verdict"] == "conflict"
    assert found["verdict_words"] == "possible conflict"
    finding = found["findings"][0]
    assert finding["rule"] == "no_sublicense"
    assert (finding["parent"], finding["child"]) == ("meta-llama/Meta-Llama-3-8B", "x/tuned")
    assert finding["clause"].startswith("1.a")
    assert finding["url"].startswith("https://")
    assert "default that unsloth writes" in finding["explanation"]
    assert found["declared"]["tool_default"] == "unsloth"
    prefix = next(o for o in found["obligations"] if o["obligation"] == "name_prefix")
    assert prefix["met"] is False
    assert "violation" not in json.dumps(found).lower()


@pytest.mark.parametrize(
    ("name", "met"),
    [("x/Llama-3-tuned", True), ("x/Llama_3_x", True), ("x/llama-3-x", None),
     ("x/Llama3-tuned", None), ("x/Meta-Llama-3", None), ("x/Tuned", False)],
)  # fmt: skip
def test_golden__name_prefix(build_records: BuildRecords, name: str, met: bool | None):
    hub = build_records([model("m/base", "llama3"), model(name, "llama3", "m/base")])
    items = {o["obligation"]: o["met"] for o in audit(hub, name)["obligations"]}
    assert items["name_prefix"] is met


def test_golden__nothing_stated_in_the_middle_neither_clears_nor_raises(
    build_records: BuildRecords,
):
    hub = build_records([
        model("m/root", "llama3.1"),
        model("x/middle", None, "m/root", relation="merge"),
        model("y/leaf", "apache-2.0", "x/middle", relation="quantized"),
    ])  # fmt: skip
    leaf, middle = audit(hub, "y/leaf"), audit(hub, "x/middle")
    conflict = next(f for f in leaf["findings"] if f["severity"] == "conflict")
    assert conflict["path"] == ["m/root", "x/middle", "y/leaf"]
    assert (conflict["parent"], conflict["child"]) == ("x/middle", "y/leaf")
    assert rules(leaf)["ancestor_unknown"] == "unknown"
    assert middle["verdict"] == "review"
    assert rules(middle)["license_missing"] == "unknown"
    assert "conflict" not in rules(middle).values()


def test_golden__first_edge_that_breaks_a_term_is_named(build_records: BuildRecords):
    hub = build_records([
        model("m/nc", "cc-by-nc-4.0"),
        model("x/1", "cc-by-nc-4.0", "m/nc"),
        model("x/2", "mit", "x/1"),
        model("x/3", "mit", "x/2"),
    ])  # fmt: skip
    finding = next(f for f in audit(hub, "x/3")["findings"] if f["severity"] == "conflict")
    assert (finding["parent"], finding["child"]) == ("x/1", "x/2")
    assert [e["verdict"] for e in audit(hub, "x/3")["edges"]] == ["obligation", "conflict",
                                                                   "obligation"]  # fmt: skip


def test_golden__merges(build_records: BuildRecords):
    hub = build_records([
        model("a/apache", "apache-2.0"), model("a/nc", "cc-by-nc-4.0"), model("a/gpl", "gpl-3.0"),
        model("a/gemma", "gemma"), model("a/llama", "llama3"),
        model("m/1", "apache-2.0", "a/apache", "a/nc", relation="merge"),
        model("m/2", "cc-by-nc-4.0", "a/apache", "a/nc", relation="merge"),
        model("m/3", "gpl-3.0", "a/gpl", "a/gemma", relation="merge"),
        model("m/4", "llama3", "a/llama", "a/apache", relation="merge"),
        model("t/1", "llama3", "a/llama"), model("t/2", "apache-2.0", "t/1"),
        model("c/3", "gpl-3.0", "m/3"),
    ])  # fmt: skip
    assert audit(hub, "m/1")["verdict"] == "conflict"
    assert audit(hub, "m/2")["verdict"] == "obligation"
    met = rules(audit(hub, "m/3"))
    assert met["merge_restrictions_copyleft"] == "conflict"
    assert rules(audit(hub, "m/4"))["merge_no_training"] == "review"
    assert "merge_no_training" not in rules(audit(hub, "t/2"))  # nothing was merged
    assert rules(audit(hub, "c/3"))["merge_restrictions_copyleft"] == "conflict"


def test_golden__other_with_and_without_a_name_and_a_ghost(build_records: BuildRecords):
    hub = build_records([
        {"id": "q/named", "tags": ["license:other"],
         "cardData": {"license": "other", "license_name": "qwen-research"}},
        model("q/bare", "other"),
        model("x/1", "apache-2.0", "q/named"), model("x/2", "apache-2.0", "q/bare"),
        model("x/3", "apache-2.0", "gone/away"),
    ])  # fmt: skip
    assert rules(audit(hub, "x/1"))["noncommercial"] == "review"  # general knowledge only
    for name in ("x/2", "x/3"):
        found = audit(hub, name)
        assert rules(found) == {"ancestor_unknown": "unknown"}
        assert found["verdict"] == "unknown"


def test_golden__a_text_that_changed_since(build_records: BuildRecords):
    hub = build_records([
        model("g/base", "grok2-community"),
        model("x/old", "mit", "g/base", createdAt="2025-09-01T00:00:00.000Z"),
        model("x/new", "mit", "g/base", createdAt="2026-01-01T00:00:00.000Z"),
    ])  # fmt: skip
    for name, said in (("x/old", True), ("x/new", False)):
        found = [f for f in audit(hub, name)["findings"] if f["rule"] == "text_changed"]
        assert bool(found) is said
        if said:
            assert "2025-11-04" in found[0]["explanation"]


def random_hub(seed: int, size: int = 90) -> list[dict[str, Any]]:
    draw = random.Random(seed)
    yi = {"id": "01-ai/Yi-34B", "tags": ["license:apache-2.0"]}
    labels = ["apache-2.0", "mit", "llama3", "llama3.1", "gemma", "cc-by-nc-4.0", "gpl-3.0",
              "cc-by-nd-4.0", "openrail++", "other", None, "cc-by-sa-4.0", "unknown",
              "qwen-research", "gpl", "openrail", "gpl-2.0", "grok2-community", "odbl", "exaone",
              "tencent-hunyuan-community"]  # fmt: skip
    records = [yi]
    for i in range(1, size):
        parents = draw.sample(range(i), min(i, draw.choice([0, 1, 1, 1, 2, 3])))
        relation = draw.choice(["finetune", "adapter", "quantized", "merge", None])
        made = draw.choice([None, "2023-12-01T00:00:00.000Z", "2026-01-01T00:00:00.000Z"])
        records.append(model(
            f"m/{i:03}{draw.choice(['', '', '-GGUF', '-lora-x'])}", draw.choice(labels),
            *(records[p]["id"] for p in parents), relation=relation, createdAt=made,
            library_name=draw.choice([None, "peft", "transformers"]),
            tags=draw.choice([[], [], ["gguf"], ["lora"], ["unsloth"]]),
        ))  # fmt: skip
    return records


@pytest.mark.parametrize("seed", range(4))
def test_the_whole_hub_and_the_walk_of_each_model_agree(build_records: BuildRecords, seed: int):
    hub = build_records(random_hub(seed))
    whole = audit_hub(hub)
    sets, verdicts = whole.sets, whole.verdict
    reach = np.array([has(np.bitwise_or.reduce(sets, axis=0), i) for i in range(KNOWN)])
    ids = cladist.query(hub, "SELECT model_id FROM models ORDER BY node")["model_id"].to_pylist()
    told: Counter[tuple[str, str, str]] = Counter()
    for node, name in enumerate(ids):
        found = audit(hub, name)
        assert SEVERITIES[verdicts[node]] == found["verdict"], name
        inherited = [find(NAMES[i]) for i in np.flatnonzero(reach[:, node])]
        with_terms = {entry.text for entry in inherited if entry.terms}
        assert with_terms == {o["license"] for o in found["obligations"]}
        for f in found["findings"]:
            if f["severity"] not in ("conflict", "review"):
                continue
            if not f["rule"].startswith("merge_"):  # told once, where it happened first
                told[f["rule"], f["severity"], f["label"]] += 1
    assert len(whole.labels.code) == len(ids)
    table = count_findings(whole, lineage_of(hub), np.zeros(len(ids), dtype=np.int64))
    counted: Counter[tuple[str, str, str]] = Counter()
    for row in table.to_pylist():
        if row["label"] is not None:
            counted[row["rule"], row["severity"], row["label"]] += row["models"]
    assert counted == told


def test_simulated__whole_hub_and_walk_agree(simulated: Snapshot):
    verdicts = audit_hub(simulated).verdict
    lineage = lineage_of(simulated)
    children = np.flatnonzero(np.asarray(lineage.n_parents) > 0)[::23]
    ids = cladist.query(simulated, "SELECT model_id FROM models ORDER BY node")["model_id"]
    for node in children.tolist():
        found = audit(simulated, ids[node].as_py())
        assert SEVERITIES[verdicts[node]] == found["verdict"]


@pytest.mark.parametrize("seed", range(6))
def test_one_more_parent_never_makes_it_milder(build_records: BuildRecords, seed: int):
    draw = random.Random(seed)
    labels = ["apache-2.0", "llama3", "gemma", "cc-by-nc-4.0", "gpl-3.0", "mit", "cc-by-sa-4.0"]
    bases = [model(f"b/{i}", label) for i, label in enumerate(labels)]
    parents = draw.sample(range(len(labels)), 4)
    label = draw.choice(labels)
    merges = [model(f"m/{k}", label, *(f"b/{p}" for p in parents[:k]), relation="merge")
              for k in range(1, 5)]  # fmt: skip
    again = model("m/turned", label, *(f"b/{p}" for p in parents[::-1]), relation="merge")
    hub = build_records([*bases, *merges, again])
    found = [audit(hub, f"m/{k}") for k in range(1, 5)]
    grave = [SEVERITIES.index(f["verdict"]) for f in found]
    assert grave == sorted(grave)
    terms = [{(o["license"], o["obligation"]) for o in f["obligations"]} for f in found]
    assert all(a <= b for a, b in itertools.pairwise(terms))
    turned = audit(hub, "m/turned")
    assert {(f["rule"], f["license"]) for f in turned["findings"]} == {
        (f["rule"], f["license"]) for f in found[-1]["findings"]
    }
    assert turned["verdict"] == found[-1]["verdict"]


def test_deep_chains_and_hostile_licences(build_records: BuildRecords, capfd):
    deep = [model("c/00000", "cc-by-nc-4.0")]
    deep += [model(f"c/{i:05}", None, f"c/{i - 1:05}") for i in range(1, 10_000)]
    deep.append(model("c/last", "mit", "c/09999"))
    evil = [model("e/1", "x" * 100_000), model("e/2", "mit\x1b[31m<script>", "e/1"),
            model("e/3", "apache-2.0", "e/2")]  # fmt: skip
    hub = build_records([*deep, *evil])
    found = audit(hub, "c/last")
    assert len(found["findings"][0]["path"]) == 10_001
    assert found["verdict"] == "conflict"
    text = audit_text(audit(hub, "e/3"))
    assert "\x1b" not in text
    markdown = audit_markdown(audit(hub, "e/3"))
    assert "<script" not in markdown
    page = audit_page(audit(hub, "e/3"))
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert audit_page(found).count('class="finding conflict"') == 1
    out = hub.path.parent / "audit.html"
    assert run(["audit", "c/last", "-s", str(hub.path), "-o", str(out)]) == 1
    assert out.read_text().startswith("<!doctype html>")
    with pytest.raises(ModelNotFoundError):
        audit(hub, "no/such")
    assert run(["audit", "no/such", "-s", str(hub.path)]) == 2
    assert "Traceback" not in capfd.readouterr().err


def test_the_way_is_a_tree__with_a_verdict_on_each_edge(build_records: BuildRecords):
    hub = build_records([
        model("m/root", "llama3.1"), model("m/apache", "apache-2.0"),
        model("x/middle", None, "m/root", "m/apache", relation="merge"),
        model("x/other", "llama3.1", "m/root"),
        model("y/leaf-GGUF", "apache-2.0", "x/middle", "x/other", relation=None),
    ])  # fmt: skip
    found = audit(hub, "y/leaf-GGUF")
    edges = {(e["child"], e["parent"]): e for e in found["edges"]}
    # By itself the edge tells nothing, since x/middle is silent: the finding stands on it.
    assert edges["y/leaf-GGUF", "x/middle"]["verdict"] in ("unknown", "conflict")
    assert edges["y/leaf-GGUF", "x/other"]["verdict"] == "conflict"
    assert edges["y/leaf-GGUF", "x/other"]["kind"] == "copy"
    assert edges["x/middle", "m/root"]["verdict"] == "review"
    text = audit_text(found, width=80)
    assert max(map(len, text.splitlines())) <= 80
    assert "  ✗ from (its record says: a copy) x/other · llama3.1: possible conflict" in text
    assert "\n    ? merge of m/root · llama3.1" in text
    assert "(see above)" in text
    assert "Clause: llama3.1, 1.a; preamble (read in full text)" in text
    assert "☐ display the words asked for: Built with Llama (1.b.i)" in text
    for shown in (text, audit_markdown(found), audit_page(found)):
        assert "ot legal advice" in shown
        assert "violation" not in shown.lower()


def test_form__an_adapter_alone_and_a_copy_where_the_relation_is_not_stated(
    build_records: BuildRecords,
):
    hub = build_records([
        model("m/llama", "llama3"), model("m/nd", "cc-by-nd-4.0"),
        model("x/full", "apache-2.0", "m/llama", relation=None),
        model("x/peft", "apache-2.0", "m/llama", relation=None, library_name="peft"),
        model("x/a-lora", "apache-2.0", "m/llama", relation=None),
        model("x/explora", "apache-2.0", "m/llama", relation=None),
        model("x/merged", "apache-2.0", "x/peft"),
        model("x/gguf", "mit", "m/nd", relation=None, tags=["gguf"]),
        model("x/tuned", "mit", "m/nd", relation=None),
    ])  # fmt: skip
    grave = {name: audit(hub, name)["verdict"] for name in (
        "x/full", "x/peft", "x/a-lora", "x/explora", "x/merged", "x/gguf", "x/tuned")}  # fmt: skip
    assert grave == {"x/full": "conflict", "x/peft": "review", "x/a-lora": "review",
                     "x/explora": "conflict", "x/merged": "conflict", "x/gguf": "review",
                     "x/tuned": "conflict"}  # fmt: skip
    notes = {o["obligation"]: o["note"] for o in audit(hub, "x/peft")["obligations"]}
    assert "an adapter alone" in notes["notice_text"]
    assert notes["display"] == ""


def test_golden__names_that_do_not_begin_as_asked_are_findings(build_records: BuildRecords):
    hub = build_records([
        model("m/Llama-base", "llama3.1"),
        model("x/talk", "llama3.1", "m/Llama-base"),
        model("x/Llama-talk", "llama3.1", "m/Llama-base"),
        model("x/talk-copy", "llama3.1", "m/Llama-base", relation="quantized"),
    ])  # fmt: skip
    found = audit(hub, "x/talk")
    assert rules(found) == {"name_prefix": "obligation"}
    assert found["verdict_words"] == "obligations to keep, 1 not met"
    assert found["findings"][0]["clause"] == "1.b.i; 5.a"
    assert "☒ begin the name" in audit_text(found)
    assert rules(audit(hub, "x/Llama-talk")) == {}
    assert rules(audit(hub, "x/talk-copy")) == {}  # not plainly a model made with it


def test_golden__a_model_whose_owner_replaced_the_licence(build_records: BuildRecords):
    hub = build_records([
        model("01-ai/Yi-34B", "apache-2.0", createdAt="2023-11-01T00:00:00.000Z"),
        model("x/old", "apache-2.0", "01-ai/Yi-34B", createdAt="2024-01-01T00:00:00.000Z"),
        model("x/new", "apache-2.0", "01-ai/Yi-34B", createdAt="2025-01-01T00:00:00.000Z"),
        model("x/undated", "apache-2.0", "01-ai/Yi-34B"),
    ])  # fmt: skip
    assert rules(audit(hub, "x/old")) == {"text_changed": "review"}
    assert rules(audit(hub, "x/undated")) == {"text_changed": "review"}
    assert audit(hub, "x/new")["verdict"] == "obligation"
    assert audit(hub, "x/new")["obligations"][0]["license"] == "apache-2.0"


def test_declared_and_concluded_are_never_mixed(build_records: BuildRecords):
    hub = build_records([
        model("m/nc", "cc-by-nc-4.0", tags=["dataset:squad"]),
        model("x/1", "MIT License", "m/nc", relation="merge", tags=["mergekit"]),
        model("x/2", None, "m/nc", relation="merge", tags=["mergekit"]),
    ])  # fmt: skip
    found = audit(hub, "x/1")
    assert found["declared"]["resolved"] == "mit"
    assert {o["license"] for o in found["obligations"]} == {"cc-by-nc-4.0"}
    assert found["inherited"] == [{"license": "cc-by-nc-4.0", "ancestors": 1}]
    assert all(o["path"] == ["m/nc", "x/1"] for o in found["obligations"])
    assert found["datasets"] == [{"dataset": "squad", "model": "m/nc"}]
    silent = next(f for f in audit(hub, "x/2")["findings"] if f["rule"] == "license_missing")
    assert "as mergekit writes cards" in silent["explanation"]


def test_sarif_has_what_readers_ask_for(build_records: BuildRecords):
    hub = build_records([
        model("m/nc", "cc-by-nc-4.0"), model("x/1", "mit", "m/nc"), model("x/2", "mit", "x/1"),
    ])  # fmt: skip
    sarif = audit_sarif(audit(hub, "x/2"), "0.1.0")
    assert sarif["version"] == "2.1.0"
    told = sarif["runs"][0]
    named = [r["id"] for r in told["tool"]["driver"]["rules"]]
    assert set(named) == {r["ruleId"] for r in told["results"]}
    assert all(named[r["ruleIndex"]] == r["ruleId"] for r in told["results"])
    result = told["results"][0]
    assert result["level"] == "error"
    places = [p["physicalLocation"]["artifactLocation"]["uri"] for p in result["locations"]]
    assert places == ["https://huggingface.co/x/1", "https://huggingface.co/x/2"]
    assert "2(a)(1); 1(i), https://creativecommons.org" in result["message"]["text"]
    again = audit_sarif(audit(hub, "x/2"), "0.2.0")["runs"][0]["results"][0]
    assert again["partialFingerprints"] == result["partialFingerprints"]
    assert "Not legal advice" in told["properties"]["disclaimer"]


POLICY = """
deny = ["cc-by-nc-4.0"]
review = ["gemma"]

[[exceptions]]
model = "x/1"
license = "cc-by-nc-4.0"
reason = "we asked the owner"
expires = 2027-01-31
"""


def test_policy__denies_excepts_and_expires(build_records: BuildRecords, tmp_path: Path):
    hub = build_records([
        model("m/nc", "cc-by-nc-4.0"), model("m/gemma", "gemma"),
        model("x/1", "mit", "m/nc"), model("x/2", "gemma", "m/gemma"),
        model("x/3", "cc-by-nc-4.0", "m/nc"),
    ])  # fmt: skip
    path = tmp_path / "policy.toml"
    path.write_text(POLICY)
    policy = read_policy(path)
    before, after = dt.date(2027, 1, 31), dt.date(2027, 2, 1)
    kept = apply_policy(audit(hub, "x/1"), policy, today=before)
    assert kept["verdict"] == "obligation"
    assert kept["verdict_words"] == "obligations to keep"
    assert not reaches(kept["verdict"], "conflict")
    late = apply_policy(audit(hub, "x/1"), policy, today=after)
    assert late["verdict"] == "conflict"
    assert "exception_expired" in rules(late)
    assert rules(apply_policy(audit(hub, "x/3"), policy))["policy_denied"] == "conflict"
    assert rules(apply_policy(audit(hub, "x/2"), policy))["policy_review"] == "review"
    command = ["audit", "x/1", "-s", str(hub.path)]
    assert run(command) == 1
    assert run([*command, "--fail-on", "never"]) == 0
    assert run([*command, "--policy", str(path)]) in (0, 1)  # until the exception expires


def test_policy__allows_nothing_that_is_not_known(build_records: BuildRecords, tmp_path: Path):
    hub = build_records([
        model("m/wtfpl", "wtfpl"), model("x/1", "mit", "m/wtfpl"), model("x/2", None, "x/1"),
        model("x/3", "mit", "x/2"),
    ])  # fmt: skip
    path = tmp_path / "policy.toml"
    path.write_text('allow = ["mit", "apache-2.0"]')
    policy = read_policy(path)
    # A licence without terms is inherited all the same.
    assert rules(apply_policy(audit(hub, "x/1"), policy)) == {"policy_denied": "conflict"}
    silent = apply_policy(audit(hub, "x/2"), policy)
    assert [f["license"] for f in silent["findings"] if f["rule"] == "policy_denied"] == [
        "wtfpl", None,
    ]  # fmt: skip
    assert rules(apply_policy(audit(hub, "x/3"), policy))["policy_review"] == "review"


@pytest.mark.parametrize(
    "text", ["allow = 3", "nonsense = []", 'deny = ["no-such"]', "x",
             "[[exceptions]]\nmodel = 'a/b'",
             "[[exceptions]]\nmodel='a'\nreason='b'\nexpires='soon'",
             "[[exceptions]]\nmodel='a'\nreason='b'\nexpires=2027-01-31T00:00:00",
             "[[exceptions]]\nmodel='a'\nreason='b'\nrule='non-commercial'",
             "[[exceptions]]\nmodel='a'\nreason='b'\nlicense=3",
             "exceptions = 3"],
)  # fmt: skip
def test_policy__that_is_none(tmp_path: Path, text: str):
    path = tmp_path / "p.toml"
    path.write_text(text)
    with pytest.raises(InputError):
        read_policy(path)


def test_all__a_policy_and_its_exceptions_over_a_whole_hub(
    build_records: BuildRecords, tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    hub = build_records([
        model("m/gemma", "gemma"), model("x/1", "gemma", "m/gemma"), model("x/2", "mit"),
        model("x/3", "mit", "gone/ghost"), model("y/4", "mit", "m/gemma"),
    ])  # fmt: skip
    path = tmp_path / "policy.toml"
    path.write_text('deny = ["gemma"]\n[[exceptions]]\nmodel = "*/1"\nreason = "asked"\n')
    told = audit_all(hub, policy=read_policy(path))
    assert told.tables["policy"].to_pylist() == [
        {"license": "gemma", "judged": "deny", "declared": 2, "inherited": 2}
    ]
    counts = {r["verdict"]: r["models"] for r in told.tables["verdicts"].to_pylist()}
    # m/gemma and y/4 are denied, x/1 is excepted, x/3 has a ghost above it.
    assert counts == {"conflict": 2, "review": 0, "unknown": 1, "obligation": 1, "ok": 2}
    assert gravest(told) == "conflict"
    snapshot = str(hub.path)
    assert run(["audit", "--all", snapshot]) == 1
    assert "Not legal advice" in capfd.readouterr().out
    assert run(["audit", "--all", "-s", snapshot, "--fail-on", "never"]) == 0
    capfd.readouterr()
    assert run(["audit", "--all", snapshot, "--json"]) == 1
    assert json.loads(capfd.readouterr().out)["table"][0]["source"] == "gemma"
    assert run(["audit", "--all", snapshot, "--format", "sarif"]) == 2
    out = tmp_path / "findings.parquet"
    assert run(["audit", "--all", snapshot, "-o", str(out), "--fail-on", "never"]) == 0
    assert pq.read_table(out).num_rows == 1


def test_exit_codes__one_means_findings_alone(build_records: BuildRecords, tmp_path, capfd):
    hub = str(build_records([model("m/nc", "cc-by-nc-4.0"), model("x/1", "mit", "m/nc")]).path)
    for words, code in (
        (["x/1", "-s", hub], 1), (["m/nc", "-s", hub], 0), ([], 2), (["--all"], 2),
        (["x/1", "-s", str(tmp_path / "none")], 2), (["no/such", "-s", hub], 2),
        (["x/1", "-s", hub, "--fail-on", "sometimes"], 2), (["x/1", "--all", "-s", hub], 2),
        (["x/1", "-s", hub, "--format", "pdf"], 2), (["x/1", "-s", hub, "--policy", "none"], 2),
        (["x/1", "-s", hub, "--json", "--format", "html"], 2),
        (["x/1", "-s", hub, "-o", str(tmp_path / "no" / "x.html")], 3),
    ):  # fmt: skip
        assert run(["audit", *words]) == code, words
        assert "Traceback" not in capfd.readouterr().err


def test_analysis__by_hand(build_records: BuildRecords):
    hub = build_records([
        model("m/nc", "cc-by-nc-4.0", downloads=5), model("m/mit", "mit"),
        model("x/1", "mit", "m/nc", downloads=7), model("x/2", "cc-by-nc-4.0", "m/nc"),
        model("x/3", "apache-2.0", "m/mit"), model("x/4", None, "m/nc"),
        model("y/1", "mit", "x/1", downloads=9),
    ])  # fmt: skip
    told = cladist.license_audit(hub)
    whole = told.table.to_pylist()[0]
    assert (whole["edges"], whole["conflicts"], whole["unknown"]) == (4, 1, 1)
    assert whole["share"] == 0.25
    verdicts = {r["verdict"]: r["models"] for r in told.tables["verdicts"].to_pylist()}
    assert verdicts == {"conflict": 2, "review": 1, "unknown": 0, "obligation": 2, "ok": 0}
    affected = told.tables["affected"].to_pylist()
    assert [r["model_id"] for r in affected] == ["y/1", "x/1"]
    assert affected[0]["inherited"] == ["cc-by-nc-4.0", "mit"]
    assert told.tables["families"].to_pylist() == [
        {"founder": "m/nc", "models": 4, "conflict": 2, "share": 0.5, "downloads": 16}
    ]
    pair = told.tables["pairs"].to_pylist()[0]
    assert (pair["source"], pair["target"], pair["edges"], pair["downloads"]) == (
        "cc-by-nc-4.0", "mit", 1, 7,
    )  # fmt: skip
    assert pair["rules"] == ["noncommercial"]
    assert pair["share"] == 0.5  # of two edges from it to a label that is known
    assert whole["share_of_downloads"] == 7 / 16  # the children's: 7, 0, 0 and 9
    found = told.tables["findings"].to_pylist()
    assert [(r["rule"], r["severity"], r["source"], r["label"], r["models"], r["example"])
            for r in found] == [
        ("noncommercial", "conflict", "cc-by-nc-4.0", "mit", 2, "y/1"),
        ("noncommercial", "review", "cc-by-nc-4.0", "unstated", 1, "x/4"),
    ]  # fmt: skip
    assert told.tables["drift"].to_pylist() == [
        {"source": "non-commercial", "target": "permissive", "forward": 1, "backward": 0,
         "net": 1, "net_share": 1.0},
    ]  # fmt: skip


def test_analysis__without_claims(build_records: BuildRecords):
    told = cladist.license_audit(build_records([model("a/b", "mit")]))
    assert told.n == 0
    assert "No model has a known parent" in told.notes[0]
