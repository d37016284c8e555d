"""Folders of repositories: every layout, the configuration files, links and damage."""

from __future__ import annotations

import json
import os

import pytest

from cladist.errors import InputError
from cladist.sources.repositories import RepositoriesSource, adapter_parents, merge_parents

MERGEKIT = """
base_model: o/base
models:
  - model: o/one
    parameters: {weight: 1}
  - model: {model: {path: o/two}}
slices:
  - sources:
      - model: o/three+o/lora
      - model: o/one
"""


def put(root, place, text="---\nlicense: mit\n---\n"):
    path = root / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_layouts__give_the_id(gather, tmp_path):
    put(tmp_path, "org/name/README.md")
    put(tmp_path, "org__other/README.md")
    put(tmp_path, "org__flat.md")
    put(tmp_path, "org__dated.2024-10.md")
    put(tmp_path, "bare.md")
    put(tmp_path, ".hidden/x/README.md")
    put(tmp_path, "models--org--cached--x/snapshots/aaa/README.md")
    put(tmp_path, "models--org--cached--x/snapshots/bbb/README.md", "newer")
    put(tmp_path, "models--gpt2/snapshots/ccc/README.md")
    put(tmp_path, "models--gpt2/snapshots/ddd/README.md")
    put(tmp_path, "models--gpt2/refs/main", "ccc\n")
    found = gather(RepositoriesSource(tmp_path))
    assert {m["model_id"]: m["revision"] for m in found.models} == {
        "org/name": None, "org/other": None, "org/flat": None, "org/dated": None, "bare": None,
        "org/cached--x": "bbb", "gpt2": "ccc",
    }  # fmt: skip
    assert all(m["has_card"] for m in found.models)
    dated = {m["model_id"]: m["observed_at"] for m in found.models}
    assert dated["org/dated"] == "2024-10-01"
    single = gather(RepositoriesSource(tmp_path / "models--gpt2"))
    assert [(m["model_id"], m["revision"]) for m in single.models] == [("gpt2", "ccc")]


def test_configs__become_claims(gather, tmp_path):
    put(tmp_path, "o/ad/adapter_config.json", json.dumps({"base_model_name_or_path": "o/base"}))
    put(tmp_path, "o/me/README.md")
    put(tmp_path, "o/me/mergekit_config.yml", MERGEKIT)
    put(tmp_path, "o/bad/adapter_config.json", "{")
    put(tmp_path, "o/bad/mergekit_config.yaml", "[" * 100_000)
    found = gather(RepositoriesSource(tmp_path))
    assert {m["model_id"]: m["has_card"] for m in found.models} == {
        "o/ad": False, "o/me": True, "o/bad": False,
    }  # fmt: skip
    assert found.edges == [
        ("o/ad", "o/base", "adapter", "adapter_config"),
        *[("o/me", f"o/{p}", "merge", "mergekit_config") for p in ("base", "one", "two", "three")],
    ]
    assert found.reasons == {("claim", "broken_config"): 2}


def test_cards__that_are_no_utf8_or_too_large(gather, tmp_path, monkeypatch):
    monkeypatch.setattr("cladist.sources.repositories.CARD_LIMIT", 1000)
    put(tmp_path, "o__a.md", b"caf\xe9 \xff")
    put(tmp_path, "o__b.md", "x" * 2000)
    put(tmp_path, "o__c.md", "\ufeffa\0b")
    found = gather(RepositoriesSource(tmp_path))
    assert [m["card"] for m in found.models] == ["caf\ufffd \ufffd", None, "a\0b"]
    assert [m["has_card"] for m in found.models] == [True, True, True]
    assert found.reasons == {("value", "invalid_utf8"): 1, ("value", "card_too_large"): 1}


def test_links__that_lead_out_are_not_followed(gather, tmp_path):
    secret = put(tmp_path, "secret.txt", "secret")
    root = tmp_path / "repos"
    put(root, "o/a/README.md")
    (root / "o__link.md").symlink_to(secret)
    blob = put(root, "models--o--b/blobs/123", "blob")
    snapshot = root / "models--o--b" / "snapshots" / "r1"
    snapshot.mkdir(parents=True)
    (snapshot / "README.md").symlink_to(os.path.relpath(blob, snapshot))
    (snapshot / "adapter_config.json").symlink_to(secret)
    (root / "loop").symlink_to(root)
    found = gather(RepositoriesSource(root))
    assert {m["model_id"]: m["card"] for m in found.models} == {
        "o/b": "blob", "o/a": "---\nlicense: mit\n---\n",
    }  # fmt: skip
    assert not found.claims


def test_no_folder(tmp_path):
    with pytest.raises(InputError, match="no folder"):
        RepositoriesSource(put(tmp_path, "x.md")).files()


@pytest.mark.parametrize("text", ["[]", "3", "nonsense", "[" * 100_000])
def test_config_parsers__raise_only_what_is_caught(text):
    with pytest.raises((ValueError, InputError)):
        adapter_parents(text)
    with pytest.raises((ValueError, InputError)):
        merge_parents(text)


@pytest.mark.real
@pytest.mark.parametrize(("name", "count"), [("cards", 2469), ("raw/odd_cards", 158)])
def test_real_cards(gather, real, name, count):
    found = gather(RepositoriesSource(real / name))
    assert (len(found.models), found.rejects) == (count, [])
    assert all(m["card"] is not None for m in found.models)
