"""Whom a look-up asks: the snapshot that is named, or the live Hub."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cladist.cli.output import progress, say
from cladist.errors import InputError

if TYPE_CHECKING:
    from cladist.hub.live import Live
    from cladist.snapshot import Snapshot


def at_the_hub(model: str) -> str:
    """Return the address of a page at ``HF_ENDPOINT`` as that of the Hub, other texts as given."""
    endpoint = os.environ.get("HF_ENDPOINT", "").rstrip("/")
    if endpoint and model.startswith(endpoint + "/"):
        return "https://huggingface.co" + model.removeprefix(endpoint)
    return model


ModelArgument = Annotated[
    str, typer.Argument(callback=at_the_hub, help="Model id, alias, or the URL of its page.")
]
SnapshotOption = Annotated[
    str,
    typer.Option(
        "--snapshot", "-s", metavar="X.snapshot", show_default=False,
        help="Snapshot to look in; without it the live Hub is asked.",
    ),
]  # fmt: skip
DeepOption = Annotated[
    bool,
    typer.Option(
        "--deep", help="Live: read configuration files and the headers of weights as well."
    ),
]
FreshOption = Annotated[
    bool, typer.Option("--fresh", help="Live: ask again for what the cache holds.")
]


@contextmanager
def asked(
    snapshot: str, models: Sequence[str], **options: Any
) -> Iterator[tuple[Snapshot, Live | None]]:
    """Open the snapshot, or walk the live Hub; options are those of ``look_live``.

    Raises
    ------
    InputError
        If an option of the live Hub is given together with a snapshot.
    """
    if snapshot:
        for name in ("deep", "fresh", "whole"):
            if options.get(name):
                raise InputError(
                    f"--{name} asks the live Hub, and a snapshot is given.", "Leave one away."
                )
        from cladist.snapshot import open_snapshot

        yield open_snapshot(snapshot), None
        return
    from cladist.hub.live import look_live

    for model in models:
        if os.path.isfile(os.path.join(model, "manifest.json")):
            raise InputError(
                f"{model!r} is a snapshot, and a model is asked for.",
                f"Name a model of it, and: -s {model}",
            )

    with progress() as report:
        context = look_live(models, report=report, tell=say, meanwhile=_spare_pandas, **options)
        live = context.__enter__()
    try:
        yield live.hub, live
    finally:
        context.__exit__(None, None, None)


class _Refused:
    """Finds no pandas, wherever it is."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:  # noqa: ARG004
        if name == "pandas":
            raise ModuleNotFoundError("pandas is not needed here", name=name)


def _spare_pandas() -> None:
    """Let PyArrow do without pandas in this process, where no answer is a data frame.

    PyArrow loads pandas at the first list that it is given, to see whether it is a Series: half a
    second of a live look-up. It asks once; whoever imports pandas later gets it.
    """
    import pyarrow as pa

    if "pandas" in sys.modules:
        return
    sys.meta_path.insert(0, _Refused)
    try:
        pa.array([""])
    finally:
        sys.meta_path.remove(_Refused)
