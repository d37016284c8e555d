"""Bills of materials: valid by the official schemas, references that exist, the whole pedigree."""

from __future__ import annotations

import io
import json
import random
from functools import lru_cache
from typing import Any

import pytest
from cyclonedx.model.bom import Bom
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from material import BuildRecords
from spdx_python_model import v3_0_1 as spdx
from test_audit import model, random_hub

import cladist
from cladist.cli import run
from cladist.errors import InputError, ModelNotFoundError

SCHEMAS = {"cyclonedx": SchemaVersion.V1_7, "cyclonedx-1.6": SchemaVersion.V1_6}
FULL = "0123456789abcdef0123456789abcdef01234567"


@lru_cache
def validator(form: str) -> JsonStrictValidator:
    return JsonStrictValidator(SCHEMAS[form])


def checked(document: dict[str, Any], form: str) -> dict[str, Any]:
    text = json.dumps(document)
    told = document["dependencies"]
    assert validator(form).validate_str(text) is None
    refs = [document["metadata"]["component"]["bom-ref"]]
    refs += [c["bom-ref"] for c in document.get("components", [])]
    assert len(set(refs)) == len(refs)
    assert {d["ref"] for d in told} == set(refs)
    assert {p for d in told for p in d.get("dependsOn", [])} <= set(refs)
    # Through the library's parser and out again: nothing of what it knows is lost.
    again = Bom.from_json(document)
    assert {str(c.bom_ref) for c in again.components} == set(refs[1:])
    assert {str(d.ref): sorted(str(p.ref) for p in d.dependencies)
            for d in again.dependencies} == {
        d["ref"]: sorted(d.get("dependsOn", [])) for d in told
    }  # fmt: skip
    pedigree = document["metadata"]["component"].get("pedigree", {})
    read = again.metadata.component.pedigree
    assert len(read.ancestors if read else ()) == len(pedigree.get("ancestors", ()))
    assert len(read.variants if read else ()) == len(pedigree.get("variants", ()))
    return document


def read(document: dict[str, Any]) -> spdx.SHACLObjectSet:
    found = spdx.SHACLObjectSet()
    spdx.JSONLDDeserializer().read(io.BytesIO(json.dumps(document).encode()), found)
    assert not found.missing_ids - {
        "https://spdx.org/rdf/3.0.1/terms/ExpandedLicensing/NoAssertion"
    }
    # The official model checks types, required properties and values on the way out as well.
    again = spdx.JSONLDSerializer().serialize_data(found)
    assert _by_id(again) == _by_id(document)
    return found


def _by_id(document: dict[str, Any]) -> dict[str, Any]:
    return {e.get("spdxId") or e["@id"]: e for e in document["@graph"]}


FAMILY = [
    {"id": "m/root", "tags": ["license:llama3", "dataset:squad"], "sha": FULL,
     "pipeline_tag": "text-generation"},
    model("x/tune", "apache-2.0", "m/root", pipeline_tag="text-generation"),
    model("x/merge", "other", "x/tune", "gone/ghost", "m/root", relation="merge"),
    model("q/gguf", "apache-2.0", "x/merge", relation="quantized"),
]  # fmt: skip


@pytest.mark.parametrize("form", list(SCHEMAS))
def test_cyclonedx__by_hand(build_records: BuildRecords, form: str):
    hub = build_records(FAMILY)
    document = checked(cladist.bom(hub, "x/merge", format=form), form)
    root = document["metadata"]["component"]
    assert root["type"] == "machine-learning-model"
    assert root["purl"] == "pkg:huggingface/x/merge"
    ancestors = {a["name"]: a for a in root["pedigree"]["ancestors"]}
    assert set(ancestors) == {"tune", "ghost", "root"}
    assert "merge of" in root["pedigree"]["notes"]
    assert "also of m/root" in ancestors["tune"]["pedigree"]["notes"]
    assert [v["name"] for v in root["pedigree"]["variants"]] == ["gguf"]
    parts = {c["name"]: c for c in document["components"]}
    assert parts["root"]["modelCard"]["modelParameters"] == {
        "task": "text-generation", "datasets": [{"type": "dataset", "name": "squad"}],
    }  # fmt: skip
    assert parts["root"]["purl"] == f"pkg:huggingface/m/root@{FULL}"
    assert parts["root"]["licenses"][0]["license"]["name"] == "llama3"
    assert parts["root"]["licenses"][0]["license"]["url"].startswith("https://")
    assert parts["tune"]["licenses"][0]["license"]["id"] == "Apache-2.0"
    assert "licenses" not in parts["ghost"]
    depends = {d["ref"]: d.get("dependsOn", []) for d in document["dependencies"]}
    assert len(depends[root["bom-ref"]]) == 3


def test_spdx__by_hand(build_records: BuildRecords):
    found = read(cladist.bom(build_records(FAMILY), "x/merge", format="spdx"))
    names = {p.name for p in found.foreach_type(spdx.ai_AIPackage)}
    assert names == {"x/merge", "x/tune", "m/root", "gone/ghost"}
    lineage = [
        (r.from_.name, r.to[0].name, r.comment)
        for r in found.foreach_type(spdx.Relationship)
        if r.relationshipType == spdx.RelationshipType.ancestorOf
    ]
    assert sorted(lineage) == [
        ("gone/ghost", "x/merge", "merge"), ("m/root", "x/merge", "merge"),
        ("m/root", "x/tune", "finetune"), ("x/tune", "x/merge", "merge"),
    ]  # fmt: skip
    declared = {
        r.from_.name: r.to[0].simplelicensing_licenseExpression
        for r in found.foreach_type(spdx.Relationship)
        if r.relationshipType == spdx.RelationshipType.hasDeclaredLicense
    }
    trained = [
        (r.from_.name, [d.name for d in r.to]) for r in found.foreach_type(spdx.Relationship)
        if r.relationshipType == spdx.RelationshipType.trainedOn
    ]  # fmt: skip
    assert trained == [("m/root", ["squad"])]
    suppliers = {p.name: p.suppliedBy.name for p in found.foreach_type(spdx.ai_AIPackage)
                 if p.suppliedBy}  # fmt: skip
    assert suppliers["m/root"] == "m"
    concluded = [r for r in found.foreach_type(spdx.Relationship)
                 if r.relationshipType == spdx.RelationshipType.hasConcludedLicense]  # fmt: skip
    assert len(concluded) == 4
    assert declared == {"x/tune": "Apache-2.0", "m/root": "LicenseRef-llama3",
                        "x/merge": "LicenseRef-other"}  # fmt: skip


@pytest.mark.parametrize("seed", range(2))
def test_random_lineages_are_valid_and_the_same_again(build_records: BuildRecords, seed: int):
    records = random_hub(seed, 60)
    hub = build_records(records)
    for name in random.Random(seed).sample([r["id"] for r in records], 4):
        for form in SCHEMAS:
            first = checked(cladist.bom(hub, name, format=form), form)
            assert first == cladist.bom(hub, name, format=form)
        told = cladist.bom(hub, name, format="spdx")
        read(told)
        assert told == cladist.bom(hub, name, format="spdx")


def test_hostile_names_and_long_chains(build_records: BuildRecords):
    deep = [model("c/0000", "mit")]
    deep += [model(f"c/{i:04}", None, f"c/{i - 1:04}") for i in range(1, 300)]
    evil = [{"id": "e/1", "tags": ["license:other"], "pipeline_tag": "<script>",
             "cardData": {"license": "other", "license_name": "x\x1b[31m y<b>",
                          "license_link": "javascript:alert(1)"}},
            {"id": "e/0", "tags": ["license:other", "dataset:<b>", "dataset:../../x"],
             "cardData": {"license": "other", "license_name": "y" * 100_000,
                          "license_link": "https://x y<>{|}\\^`\"'\u202e"}},
            model("e/2", "gpl-3.0", "e/1", "e/0", relation="merge")]  # fmt: skip
    hub = build_records([*deep, *evil])
    for form in SCHEMAS:
        document = checked(cladist.bom(hub, "c/0020", format=form), form)
        assert len(document["components"]) == 20
        text = json.dumps(checked(cladist.bom(hub, "e/2", format=form), form))
        assert "javascript:" not in text
        assert '"GPL-3.0"' in text  # as the Hub says it: neither "only" nor "or later"
    long = cladist.bom(hub, "c/0299")  # more than the library writes at once
    refs = {c["bom-ref"] for c in long["components"]}
    assert len(refs) == 299
    assert {d["ref"] for d in long["dependencies"]} == refs | {"pkg:huggingface/c/0299"}
    assert sum(len(d.get("dependsOn", ())) for d in long["dependencies"]) == 299
    read(cladist.bom(hub, "c/0020", format="spdx"))
    read(cladist.bom(hub, "e/2", format="spdx"))


def test_command_and_errors(build_records: BuildRecords, tmp_path, capfd):
    hub = build_records(FAMILY)
    out = tmp_path / "bom.json"
    assert run(["bom", "x/merge", "-s", str(hub.path), "-o", str(out)]) == 0
    checked(json.loads(out.read_text()), "cyclonedx")
    assert run(["bom", "x/merge", "-s", str(hub.path), "--format", "pdf"]) == 2
    assert "cyclonedx" in capfd.readouterr().err
    with pytest.raises(InputError):
        cladist.bom(hub, "x/merge", format="")
    with pytest.raises(ModelNotFoundError):
        cladist.bom(hub, "no/such")
