"""A simulated hub as a source: no file between the simulator and the snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from cladist.errors import InputError
from cladist.sources.columns import Rows, connect, flat, json_text
from cladist.sources.hub_stats import has_card, raw_columns
from cladist.sources.protocol import Progress, RawBatch, no_progress
from cladist.sources.synthetic.hub import SyntheticHub, simulate_hub
from cladist.sources.synthetic.rows import row_blocks


class SyntheticSource:
    """Simulates a hub and hands its records over, as reading its Parquet file would.

    Parameters
    ----------
    path
        Not used: there is nothing to read.
    models, seed, options
        As for :func:`~cladist.sources.synthetic.hub.simulate_hub`.
    hub
        A hub that was simulated before, in place of these.
    card_text
        Whether to hand over the text of the cards (the Hub's list has only their front matter).
    """

    kind = "synthetic"

    def __init__(
        self,
        path: Path | None = None,
        *,
        models: int = 20_000,
        seed: int = 1,
        hub: SyntheticHub | None = None,
        card_text: bool = True,
        **options: Any,
    ) -> None:
        if hub is not None and options:
            raise InputError("A hub that is simulated already takes no options.",
                             "Give either hub=... or the options of simulate_hub.")  # fmt: skip
        self.path = path
        self.hub = simulate_hub(models, seed, **options) if hub is None else hub
        self.card_text = card_text

    @classmethod
    def detect(cls, path: Path, head: bytes) -> float:  # noqa: ARG003 - the protocol's names
        """Say 0: no file is a simulation to be run."""
        return 0.0

    def files(self) -> list[Path]:
        """Return nothing: the content depends on no file."""
        return []

    def digest(self) -> str:
        """Return the SHA-256 of the options, from which everything follows."""
        told = {**self.hub.truth.options, "card_text": self.card_text}
        return sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()

    def batches(self, progress: Progress = no_progress) -> Iterator[RawBatch]:
        """Yield the records as they are listed, duplicates last."""
        total = len(self.hub.rows)
        done = 0
        con = connect()
        for block in row_blocks(self.hub, card_text=self.card_text and self.hub.cards is not None):
            own = {name: flat(block[name]) for name in block.column_names}
            lines = pa.array(range(done + 1, done + block.num_rows + 1), pa.int64())
            raw = raw_columns(con, own)
            reader = Rows(con, raw, lines)
            record = {name: column for name, column in own.items() if name != "card"}
            models = reader.models(
                has_card=has_card(con, own, raw.get("card")), metadata=json_text(con, record)
            )
            done += block.num_rows
            yield RawBatch(models, rejects=reader.rejects())
            progress(done, total)
