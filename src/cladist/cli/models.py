"""The subcommands about one model or two: asked of a snapshot, or of the live Hub."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cladist.cli.asking import (
    DeepOption,
    FreshOption,
    ModelArgument,
    SnapshotOption,
    asked,
    at_the_hub,
)
from cladist.cli.output import (
    PAGES,
    JsonOption,
    OutOption,
    colored,
    emit,
    emit_json,
    width,
)
from cladist.errors import InputError


def trace(
    model: ModelArgument,
    snapshot: SnapshotOption = "",
    depth: Annotated[int | None, typer.Option(help="Generations of ancestors to show.")] = None,
    down: Annotated[
        int | None, typer.Option(help="Live: generations of descendants to ask for; all if unset.")
    ] = None,
    limit: Annotated[int | None, typer.Option(help="Children to show (all in JSON).")] = None,
    relation: Annotated[
        str | None, typer.Option(help="Only children by this relation: finetune, adapter ...")
    ] = None,
    sort: Annotated[
        str, typer.Option(help="Order of the children: downloads, likes, created or modified.")
    ] = "downloads",
    deep: DeepOption = False,
    fresh: FreshOption = False,
    whole: Annotated[
        bool, typer.Option("--whole", help="Live: wait for the rate limit, leave nothing out.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Tell where a model comes from: ancestors, parents, children, family.

    From a snapshot, or live from the Hub without one.
    """
    shown = 10 if limit is None and not json else limit
    with asked(
        snapshot, [model], depth=depth, descendants=True, down=down, relation=relation, sort=sort,
        deep=deep, fresh=fresh, whole=whole, partial=True,
    ) as (hub, live):  # fmt: skip
        # Loaded here and below, not before: by now a live look-up loaded it while it waited.
        from cladist.tracing import trace as look_up

        found = look_up(hub, model, depth=depth, limit=shown, relation=relation, sort=sort)
        found = found if live is None else live.annotate(found)
    if json:
        emit_json(found)
    else:
        from cladist.views.trace import trace_text

        emit(trace_text(found, width=width()))


def compare(
    a: Annotated[
        str,
        typer.Argument(
            metavar="A", callback=at_the_hub, help="Model id, alias, or its page's URL."
        ),
    ],
    b: Annotated[str, typer.Argument(metavar="B", callback=at_the_hub, help="The other model.")],
    snapshot: SnapshotOption = "",
    full: Annotated[bool, typer.Option("--full", help="Show unchanged stretches whole.")] = False,
    json: JsonOption = False,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write an HTML page (or JSON) there.")
    ] = None,
    deep: DeepOption = False,
    fresh: FreshOption = False,
) -> None:
    """Tell how two models are related and what changed: traits, record and card.

    From a snapshot, or live from the Hub without one.
    """
    form = "json" if json else PAGES.get("" if out is None else out.suffix.lower())
    if form is None or (json and out is not None and out.suffix.lower() not in ("", ".json")):
        raise InputError(
            f"The name {str(out)!r} does not go with {'--json' if json else 'a comparison'}.",
            f"End it in {'.json' if json else '.html, .txt or .json'}.",
        )
    with asked(snapshot, [a, b], cards=True, deep=deep, fresh=fresh) as (hub, live):
        from cladist.comparing import compare as look_up

        found = look_up(hub, a, b)
        found = found if live is None else found | {"live": live.facts()}
    if form == "json":
        emit_json(found, out)
    elif form == "html":
        from cladist.views.compare_html import compare_page

        emit(compare_page(found), out)
    else:
        from cladist.views.compare import compare_text

        emit(compare_text(found, full=full, color=colored() and out is None), out)


def audit(
    model: Annotated[
        str,
        typer.Argument(
            callback=at_the_hub,
            help="Model id, alias, or the URL of its page; with --all a snapshot.",
        ),
    ] = "",
    snapshot: SnapshotOption = "",
    everything: Annotated[
        bool, typer.Option("--all", help="Audit a whole snapshot instead of one model.")
    ] = False,
    policy: Annotated[
        Path | None, typer.Option(help="TOML: allow, deny, review, exceptions.")
    ] = None,
    fail_on: Annotated[
        str,
        typer.Option(
            help="Exit 1 from this severity on: conflict, review, unknown, obligation, never."
        ),
    ] = "conflict",
    format: Annotated[  # noqa: A002
        str,
        typer.Option(help="text, json, html, md, sarif; with --all table, csv, json, parquet, md."),
    ] = "text",
    deep: DeepOption = False,
    fresh: FreshOption = False,
    json: JsonOption = False,
    out: OutOption = None,
) -> None:
    """Audit a licence: what the ancestors oblige us to, and whether the label keeps it.

    From a snapshot, or live from the Hub without one. Exit 0 if nothing reaches --fail-on, 1 if
    something does. Not legal advice.
    """
    from cladist.cli.audits import audited_hub, audited_model, one_form
    from cladist.policy import FAIL_ON, reaches, read_policy

    if everything and model and not snapshot:
        model, snapshot = "", model
    if everything == bool(model) or (everything and not snapshot):
        raise InputError(
            "Name one model, or a snapshot with --all.",
            "Write: cladist audit MODEL, or MODEL -s X.snapshot, or --all X.snapshot",
        )
    if fail_on not in FAIL_ON:
        raise InputError.not_among("--fail-on", fail_on, FAIL_ON)
    given = read_policy(policy) if policy is not None else None
    form = one_form(format, everything=everything, json=json, out=out)
    if everything:
        found, verdict = audited_hub(snapshot, given, form, out)
    else:
        with asked(snapshot, [model], deep=deep, fresh=fresh) as (hub, live):
            found, verdict = audited_model(hub, live, model, given, form)
    emit(found, out)
    if reaches(verdict, fail_on):
        raise typer.Exit(1)


def bom(
    model: ModelArgument,
    snapshot: SnapshotOption = "",
    format: Annotated[  # noqa: A002
        str, typer.Option(help="cyclonedx (1.7), cyclonedx-1.6, or spdx (3.0.1).")
    ] = "cyclonedx",
    deep: DeepOption = False,
    fresh: FreshOption = False,
    out: OutOption = None,
) -> None:
    """Write a bill of materials with the pedigree filled in, up to the founders.

    From a snapshot, or live from the Hub without one.
    """
    with asked(snapshot, [model], deep=deep, fresh=fresh) as (hub, _):
        from cladist.materials import bom as make

        made = make(hub, model, format=format)
    emit_json(made, out)
