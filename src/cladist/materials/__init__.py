"""A bill of materials of one model, with its whole pedigree."""

from __future__ import annotations

from cladist.materials.documents import FORMATS, bom

__all__ = ["FORMATS", "bom"]
