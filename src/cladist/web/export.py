"""Files to take away: bills of materials, and families for other programs."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import orjson

from cladist.web.answers import Answer

if TYPE_CHECKING:
    from cladist.web.answers import State

#: Format -> suffix of the file, and what it is.
FORMATS: Final = {
    "cyclonedx": (".cdx.json", "application/vnd.cyclonedx+json"),
    "spdx": (".spdx.json", "application/spdx+json"),
    "newick": (".nwk", "text/plain; charset=utf-8"),
    "json": (".json", "application/json"),
    "graphml": (".graphml", "application/xml"),
}


def export(state: State, row: int, form: str) -> Answer:
    """Return a file about one model (cyclonedx, spdx) or its whole family (the others)."""
    name = state.index.id_of(row)
    suffix, media_type = FORMATS[form]
    if form in ("cyclonedx", "spdx"):
        from cladist.materials import bom

        found = bom(state.index.snapshot, name, format=form)
        body = orjson.dumps(found, option=orjson.OPT_INDENT_2)
    else:
        from cladist.exporting import export as write

        with tempfile.TemporaryDirectory(prefix="cladist-") as folder:
            path = Path(folder) / f"family{suffix}"
            write(state.index.snapshot, path, format=form, family=name)
            body = path.read_bytes()
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", name)[:100].strip("._") or "model"
    return Answer(body, media_type, headers={
        "content-disposition": f'attachment; filename="{plain}{suffix}"'})  # fmt: skip
