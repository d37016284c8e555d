"""``cladist compare``: relationship, traits, alignments; terminal, HTML and JSON; hostile cards."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from material import BuildRecords

import cladist
from cladist.cli import run
from cladist.errors import ModelNotFoundError
from cladist.snapshot import Snapshot
from cladist.views.compare import compare_text
from cladist.views.compare_html import compare_page

EVIL = "<script>alert(1)</script>\x1b[2J\u202eevil\x00 **x**\n" + "long" * 200


@pytest.fixture
def hub(build_records: BuildRecords) -> Snapshot:
    """o/p with children o/a and o/b, o/g under o/b; o/s alone; o/m merges o/p and o/s."""
    return build_records(
        [
            {"id": "o/p", "tags": ["license:mit", "en"], "likes": 3},
            {"id": "o/a", "tags": ["license:mit", "fr", "base_model:o/p"]},
            {"id": "o/b", "tags": ["license:gpl", "base_model:o/p"]},
            {"id": "o/g", "tags": ["base_model:o/b", "base_model:gone/ghost"]},
            {"id": "o/s"},
            {"id": "o/m", "tags": ["base_model:merge:o/p", "base_model:merge:o/s"]},
        ]
    )


@pytest.mark.parametrize(
    ("a", "b", "sentence"),
    [
        ("o/p", "o/a", "o/p is a parent of o/a."),
        ("o/a", "o/p", "o/a is a child of o/p."),
        ("o/a", "o/b", "o/a and o/b are full siblings through o/p."),
        ("o/a", "o/m", "o/a and o/m are half siblings through o/p."),
        ("o/a", "o/g", "o/a is an aunt or uncle of o/g, through o/p."),
        ("o/p", "o/g", "o/p is a grandparent of o/g."),
        ("o/p", "o/s", "o/p and o/s share no known ancestor; both are parents of o/m."),
        ("o/a", "o/s", "o/a and o/s share no known ancestor; merges have joined their families."),
        ("o/a", "o/a", "o/a is compared with itself."),
    ],
)
def test_sentences(hub: Snapshot, a: str, b: str, sentence: str) -> None:
    assert cladist.compare(hub, a, b)["relationship"]["sentence"] == sentence


def test_kinship_and_traits(hub: Snapshot) -> None:
    found = cladist.compare(hub, "o/a", "o/b")
    assert found["relationship"]["kinship"] == 0.25
    assert found["relationship"]["path"] == ["o/a", "o/p", "o/b"]
    traits = {r["trait"]: r for r in found["traits"]}
    assert traits["license"]["state"] == "changed"
    assert traits["language"]["state"] == "only a"
    assert cladist.compare(hub, "o/g", "o/p")["relationship"]["kinship"] == 0.125


def test_ghost_and_unknown_model(hub: Snapshot) -> None:
    found = cladist.compare(hub, "o/g", "gone/ghost")
    assert found["metadata"] is None
    assert found["notes"][0].startswith("gone/ghost has no record of its own in this snapshot")
    with pytest.raises(ModelNotFoundError):
        cladist.compare(hub, "o/a", "no/such-model")


@pytest.fixture
def evil(tmp_path: Path) -> Snapshot:
    for name, text in (("a", EVIL), ("b", EVIL.replace("evil", "good") + "<b>")):
        folder = tmp_path / "cards" / "o" / name
        folder.mkdir(parents=True)
        matter = f"---\nlicense: '<i>{name}'\n---\n"
        (folder / "README.md").write_text(matter + text, encoding="utf-8")
    return cladist.build(tmp_path / "cards", tmp_path / "evil.snapshot")


def test_hostile_cards__reach_neither_terminal_nor_page(evil: Snapshot) -> None:
    found = cladist.compare(evil, "o/a", "o/b")
    assert found["card"]["substitutions"] >= 1
    for color in (True, False):
        text = compare_text(found, color=color, full=True)
        plain = re.sub(r"\x1b\[(31|32|2|1|0)m", "", text) if color else text
        assert not re.search("[\x00-\x08\x0b-\x1f\u202e]", plain)
    page = compare_page(found)
    assert "<script" not in page
    assert "<b>" not in page
    assert "<i>a" not in page
    assert "&lt;script&gt;" in page
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e]", page)
    assert "Content-Security-Policy" in page


def test_command(
    hub: Snapshot,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = str(hub.path)
    assert run(["compare", "o/a", "o/b", "-s", path]) == 0
    out = capfd.readouterr().out
    assert "full siblings" in out
    assert "\x1b" not in out
    assert run(["compare", "o/a", "o/b", "-s", path, "--json"]) == 0
    assert json.loads(capfd.readouterr().out) == json.loads(
        json.dumps(cladist.compare(hub, "o/a", "o/b"))
    )
    page = tmp_path / "diff.html"
    assert run(["compare", "o/a", "o/b", "-s", path, "--out", str(page)]) == 0
    assert page.read_text("utf-8").startswith("<!doctype html>")
    assert run(["compare", "o/a", "o/zzz", "-s", path]) == 2
    assert "not in the snapshot" in capfd.readouterr().err


def test_command__imports_neither_ibis_nor_scipy(hub: Snapshot) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "cladist", "compare", "o/a", "o/b", "-s",
               str(hub.path)]  # fmt: skip
    told = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    loaded = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in told.splitlines()}
    assert not loaded & {"ibis", "scipy", "pandas"}
