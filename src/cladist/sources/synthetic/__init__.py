"""A seeded simulator of model hubs: known lineage, known mutations, realistic records."""

from cladist.sources.synthetic.dirt import Dirt
from cladist.sources.synthetic.folders import check_folders, write_repositories
from cladist.sources.synthetic.hub import MARK, SyntheticHub, Truth, simulate_hub
from cladist.sources.synthetic.options import read_options
from cladist.sources.synthetic.source import SyntheticSource
from cladist.sources.synthetic.truth import TRUTH_FILES, write_truth
from cladist.sources.synthetic.write import (
    write_aliases,
    write_hub_stats,
    write_modelbiome,
    write_records,
)

__all__ = [
    "MARK",
    "TRUTH_FILES",
    "Dirt",
    "SyntheticHub",
    "SyntheticSource",
    "Truth",
    "check_folders",
    "read_options",
    "simulate_hub",
    "write_aliases",
    "write_hub_stats",
    "write_modelbiome",
    "write_records",
    "write_repositories",
    "write_truth",
]
