"""The one entry to bills of materials: a model in, a document out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cladist.errors import InputError
from cladist.materials.material import material
from cladist.provenance import software

if TYPE_CHECKING:
    from cladist.snapshot import Snapshot

#: Formats of documents.
FORMATS: Final = ("cyclonedx", "cyclonedx-1.6", "spdx")


def bom(hub: Snapshot, model: str, *, format: str = "cyclonedx") -> dict[str, Any]:  # noqa: A002
    """Return the bill of materials of a model, ancestors and all.

    Parameters
    ----------
    hub
        The snapshot.
    model
        Model id, alias, or the address of its page.
    format
        ``cyclonedx`` (1.7), ``cyclonedx-1.6`` or ``spdx`` (3.0.1, JSON-LD).

    Returns
    -------
    dict
        The document as JSON values; the same snapshot gives the same document.

    Raises
    ------
    InputError
        If there is no such format.
    ModelNotFoundError
        If the snapshot does not know the model.
    """
    if format not in FORMATS:
        raise InputError.not_among("Format", format, FORMATS)
    found = material(hub, model)
    if format == "spdx":
        from cladist.materials import spdx

        return spdx.document(found, software=software())
    from cladist.materials import cyclonedx

    version = "1.6" if format.endswith("1.6") else "1.7"
    return cyclonedx.document(found, version=version, software=software())
