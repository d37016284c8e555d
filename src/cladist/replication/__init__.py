"""Every published figure of the paper beside ours, in both definitions."""

from __future__ import annotations

from cladist.replication.comparison import replicate

__all__ = ["replicate"]
