"""A seeded simulator of model hubs: known lineage, known mutations, realistic records."""

from cladist.sources.synthetic.hub import MARK, Dirt, SyntheticHub, Truth, simulate_hub
from cladist.sources.synthetic.source import SyntheticSource
from cladist.sources.synthetic.truth import write_truth
from cladist.sources.synthetic.write import (
    write_aliases,
    write_hub_stats,
    write_modelbiome,
    write_records,
    write_repositories,
)

__all__ = [
    "MARK",
    "Dirt",
    "SyntheticHub",
    "SyntheticSource",
    "Truth",
    "simulate_hub",
    "write_aliases",
    "write_hub_stats",
    "write_modelbiome",
    "write_records",
    "write_repositories",
    "write_truth",
]
