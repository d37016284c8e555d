"""The documentation is true: pages from the code are fresh, examples run, nothing is missing."""

from __future__ import annotations

import importlib.util
import inspect
import os
import re
from pathlib import Path
from typing import Any

import pytest
import typer

import cladist
from cladist import schema
from cladist.cli.app import app
from cladist.snapshot import Snapshot

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def generator() -> Any:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["commands.md", "columns.md", "analyses.md"])
def test_reference_pages__are_what_the_code_says(name: str) -> None:
    page = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert page == generator().PAGES[name](), "run make docs"


@pytest.mark.parametrize("name", sorted(cladist.__all__))
def test_public_names__are_documented(name: str) -> None:
    thing = getattr(cladist, name)
    if callable(thing):
        text = inspect.getdoc(thing) or ""
        assert text, name
        if inspect.isfunction(thing):
            for option in inspect.signature(thing).parameters:
                assert re.search(rf"\b{option}\b", text), (name, option)


def test_public_names__share_no_name_with_a_module() -> None:
    modules = {p.stem for p in (ROOT / "src" / "cladist").iterdir()}
    assert not modules.intersection(cladist.__all__)


def test_commands__have_help_and_stand_in_the_docs() -> None:
    group: Any = typer.main.get_command(app)
    text = "\n".join(p.read_text(encoding="utf-8") for p in PAGES)
    for name, command in group.commands.items():
        assert command.help, name
        assert f"cladist {name}" in text, name
        for option in command.params:
            assert getattr(option, "help", "") or option.name == "help", (name, option.name)


def test_columns__have_meanings() -> None:
    for table in schema.TABLES.values():
        assert set(table.order) <= set(table.names)
        for column in table.columns:
            assert column.meaning
            assert column.type in schema.SQL_TYPES
            assert column.null


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links__lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


def test_python_examples__run(simulated: Snapshot, tmp_path: Path,
                              monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    (tmp_path / "demo").mkdir()
    os.symlink(simulated.path, tmp_path / "demo" / "demo.snapshot")
    monkeypatch.chdir(tmp_path)
    for page in PAGES:
        for block in re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.S):
            exec(compile(block, page.name, "exec"), {})  # noqa: S102 - our own examples


def test_console_examples__name_commands_and_options_that_exist() -> None:
    group: Any = typer.main.get_command(app)
    for page in PAGES:
        text = page.read_text(encoding="utf-8").replace("\\\n", " ")
        for line in re.findall(r"^\$ cladist (\S+)(.*)$", text, re.M):
            name, rest = line
            if name.startswith("-"):
                continue
            command = group.commands[name]
            known = {o for p in command.params for o in (*p.opts, *p.secondary_opts)}
            for option in re.findall(r"(?<![\w-])(--?[a-z][a-z-]*)", rest.partition("#")[0]):
                assert option in known, (page.name, name, option)


def test_documented_reasons__cover_what_readers_say() -> None:
    """Every reason that the normaliser gives is named in the page on sources or columns."""
    text = "\n".join((ROOT / "docs" / n).read_text() for n in ("sources.md", "columns.md"))
    from cladist.sources.batching import REASONS

    for reason in REASONS:
        assert f"`{reason}`" in text
