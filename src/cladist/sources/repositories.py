"""A folder of model repositories: cards and the configuration files that name parents."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from cladist.errors import InputError
from cladist.sources.batching import BatchBuilder
from cladist.sources.files import files_below, inside, locator, open_file
from cladist.sources.protocol import Progress, RawBatch, no_progress

_CARD: Final = "README.md"
_ADAPTER: Final = "adapter_config.json"
_MERGE: Final = ("mergekit_config.yml", "mergekit_config.yaml")
_CONFIGS: Final = (_ADAPTER, *_MERGE)
_READ: Final = (_CARD, *_CONFIGS)

CARD_LIMIT: Final = 20 << 20
_CONFIG_LIMIT: Final = 1 << 20
_BATCH: Final = 2_000

_CACHED: Final = re.compile(r"models--(?:(?P<org>.+?)--)?(?P<name>[^/]+)")
_DATED: Final = re.compile(r"\.\d{4}-\d{2}(?:-\d{2})?$")


@dataclass
class Repository:
    """One model: its id by its place, and those of its files that are read."""

    model_id: str
    place: str
    revision: str | None = None
    observed_at: str | None = None
    paths: dict[str, Path] = field(default_factory=dict)


class RepositoriesSource:
    """A folder of model repositories.

    Read are ``org/name/README.md``, ``org__name/README.md``, flat files ``org__name.md``, and
    the cache of ``huggingface_hub`` (``models--org--name/snapshots/<revision>/README.md``;
    ``refs/main`` says which revision, else the last one by name).

    Parameters
    ----------
    path
        The folder.
    observed_at
        When the repositories were fetched.
    """

    kind = "repositories"

    def __init__(self, path: Path, *, observed_at: str | None = None) -> None:
        self.path = Path(path)
        self.observed_at = observed_at

    @classmethod
    def detect(cls, path: Path, head: bytes) -> float:  # noqa: ARG003
        """Say how sure it is that ``path`` is a folder of repositories."""
        if not path.is_dir():
            return 0.0
        if _is_cached(path) or any(_is_cached(p) for p in path.iterdir()):
            return 0.95
        found = files_below(path)
        if any(p.name == _CARD or p.name in _CONFIGS for p in found):
            return 0.9
        cards = sum(p.suffix == ".md" for p in found)
        return 0.9 * cards / len(found) if found else 0.0

    def files(self) -> list[Path]:
        """Return the files that are read."""
        self._check()
        return [path for repo in self.repositories() for path in repo.paths.values()]

    def _check(self) -> None:
        if not self.path.is_dir():
            raise InputError(
                f"{self.path} is no folder of repositories.", "Name the folder that holds them."
            )

    def repositories(self) -> list[Repository]:
        """Return the repositories in the folder, in the order of their places."""
        if _is_cached(self.path):
            return list(_in_cache(self.path))
        return [*_in_cache(self.path), *_in_folders(self.path)]

    def batches(self, progress: Progress = no_progress) -> Iterator[RawBatch]:
        """Yield the repositories in the order of their places."""
        self._check()
        repositories = self.repositories()
        out = BatchBuilder()
        for number, repository in enumerate(repositories, 1):
            self._read(repository, out)
            if out.full or len(out.models) >= _BATCH:
                progress(number, len(repositories))
                yield out.flush()
        progress(len(repositories), len(repositories))
        if not out.empty:
            yield out.flush()

    def _read(self, repository: Repository, out: BatchBuilder) -> None:
        card = self._card(repository, out)
        out.models.append(
            (
                None, repository.place, repository.model_id, *[None] * 9, repository.revision, None,
                card is not None or _CARD in repository.paths, *[None] * 6, None, card, None,
                repository.observed_at or self.observed_at,
            )
        )  # fmt: skip
        out.characters += len(card or "")
        for name in _CONFIGS:
            if name in repository.paths:
                self._config(repository, name, out)

    def _card(self, repository: Repository, out: BatchBuilder) -> str | None:
        path = repository.paths.get(_CARD)
        data = None if path is None else _bytes(path, CARD_LIMIT, repository.place, out)
        if data is None:
            return None
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            bad = data[error.start : error.start + 40]
            out.reject(None, repository.place, "value", repr(bad), "invalid_utf8")
            return data.decode("utf-8-sig", "replace")

    def _config(self, repository: Repository, name: str, out: BatchBuilder) -> None:
        """Read the parents that a configuration file names."""
        place = f"{repository.place}/{name}"
        data = _bytes(repository.paths[name], _CONFIG_LIMIT, place, out)
        if data is None:
            return
        try:
            text = data.decode("utf-8-sig")
            parents = adapter_parents(text) if name == _ADAPTER else merge_parents(text)
        except (ValueError, RecursionError, InputError):
            shown = data[:500].decode("utf-8", "replace")
            out.reject(None, place, "claim", shown, "broken_config")
            return
        relation, method = (
            ("adapter", "adapter_config") if name == _ADAPTER else ("merge", "mergekit_config")
        )
        for parent in parents:
            out.claims.append(
                (None, repository.place, repository.model_id, parent, relation, method, None,
                 repository.observed_at or self.observed_at)
            )  # fmt: skip


def _bytes(path: Path, limit: int, place: str, out: BatchBuilder) -> bytes | None:
    """Read a file up to a limit; beyond it, or if it may not be read, there is a reject."""
    try:
        with open_file(path) as stream:
            data = stream.read(limit + 1)
    except (InputError, OSError) as error:
        out.reject(None, place, "value", type(error).__name__, "file_not_read")
        return None
    if len(data) > limit:
        out.reject(None, place, "value", data[:500].decode("utf-8", "replace"), "card_too_large")
        return None
    return data


def adapter_parents(text: str) -> list[str]:
    """Return the base model that ``adapter_config.json`` names.

    Raises
    ------
    ValueError
        If the text is no JSON object.
    """
    value = orjson.loads(text)
    if not isinstance(value, dict):
        raise ValueError("no JSON object")
    parent = value.get("base_model_name_or_path")
    return [parent] if isinstance(parent, str) and parent.strip() else []


def merge_parents(text: str) -> list[str]:
    """Return every model that ``mergekit_config.yml`` names, each once, in its order.

    Raises
    ------
    ValueError, InputError
        If the text is no YAML mapping.
    """
    from cladist.values.safeyaml import parse_yaml

    value = parse_yaml(text)
    if not isinstance(value, dict):
        raise ValueError("no mapping")
    found: dict[str, None] = {}
    stack: list[Any] = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, list):
            stack.extend(reversed(item))
        elif isinstance(item, dict):
            for name in ("base_model", "model"):
                for parent in _models(item.get(name)):
                    found.setdefault(parent)
            stack.extend(reversed([item.get(k) for k in ("models", "slices", "sources")]))
    return list(found)


def _models(value: object) -> list[str]:
    """Return the model in a field of mergekit: a text, or a mapping with its path."""
    if isinstance(value, dict):
        inner = value.get("model")
        value = inner.get("path") if isinstance(inner, dict) else inner or value.get("path")
    if not isinstance(value, str) or not value.strip():
        return []
    return [value.split("+", 1)[0].strip()]  # model+lora


def _in_cache(root: Path) -> Iterator[Repository]:
    """Find the models of a cache of ``huggingface_hub``; links to its blobs are followed."""
    folders = [root] if _is_cached(root) else root.iterdir()
    for folder in sorted(folders, key=lambda p: os.fsencode(p.name)):
        match = _CACHED.fullmatch(folder.name)
        revision = _revision(folder) if match and not folder.is_symlink() else None
        if match is None or revision is None:
            continue
        model_id = f"{match['org']}/{match['name']}" if match["org"] else match["name"]
        found = Repository(_utf8(model_id), locator(revision, root), _utf8(revision.name))
        for name in _READ:
            if inside(revision / name, root.resolve()):
                found.paths[name] = revision / name
        yield found


def _is_cached(folder: Path) -> bool:
    """Say whether a folder is one model of a cache."""
    return bool(_CACHED.fullmatch(folder.name)) and (folder / "snapshots").is_dir()


def _revision(folder: Path) -> Path | None:
    """Choose the snapshot that ``refs/main`` names, else the last by name."""
    snapshots = folder / "snapshots"
    if not snapshots.is_dir():
        return None
    names = {p.name: p for p in snapshots.iterdir() if p.is_dir() and not p.is_symlink()}
    try:
        main = (folder / "refs" / "main").read_text("utf-8")[:200].strip()
    except (OSError, UnicodeDecodeError):
        main = ""
    return names.get(main) or (names[max(names)] if names else None)


def _in_folders(root: Path) -> Iterator[Repository]:
    """Find repositories in folders, and cards in flat files."""
    found: dict[str, Repository] = {}
    for path in files_below(root):
        parts = path.relative_to(root).parts
        if _CACHED.fullmatch(parts[0]):
            continue
        if path.name in _READ and len(parts) > 1:
            place = locator(path.parent, root)
            repo = found.setdefault(place, Repository(_id(parts[:-1]), place))
            repo.paths[path.name] = path
        elif path.suffix == ".md" and path.name not in _READ:
            place = locator(path, root)
            found[place] = _flat(path, place)
        elif path.name in _READ:
            place = "."
            repo = found.setdefault(place, Repository(_id((root.resolve().name,)), place))
            repo.paths[path.name] = path
    yield from found.values()


def _flat(path: Path, place: str) -> Repository:
    """Return the repository of a card ``org__name.md``, or ``org__name.2024-10-31.md``."""
    stem = path.name.removesuffix(".md")
    dated = _DATED.search(stem)
    day = None if dated is None else dated.group()[1:]
    stem = _DATED.sub("", stem)
    observed_at = day if day is None or len(day) > 7 else f"{day}-01"
    return Repository(_id((stem,)), place, paths={_CARD: path}, observed_at=observed_at)


def _id(parts: tuple[str, ...]) -> str:
    """Return the id of a model by its place: ``org__name``, or the last two folders."""
    last = _utf8(parts[-1])
    if "__" in last:
        org, name = last.split("__", 1)
        return f"{org}/{name}" if org and name else last
    return "/".join(_utf8(part) for part in parts[-2:])


def _utf8(name: str) -> str:
    return os.fsencode(name).decode("utf-8", "replace")
