"""What the report holds: which analyses run, in which variants, and how their tables are shown.

An analysis that is not named here runs once with its defaults and shows every table, so that
one added to ``ANALYSES`` appears in the report by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from cladist.analyses import ANALYSES, Analysis

#: The traits whose transitions and order the report shows.
TRAITS: Final = ("license", "language", "pipeline_tag", "library_name")


@dataclass(frozen=True)
class Variant:
    """One way to run an analysis: what its files add to their names, and its options."""

    key: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


#: Analysis -> the variants that the report runs.
VARIANTS: Final[dict[str, tuple[Variant, ...]]] = {
    "shape": (Variant(), Variant("no-merges", {"merges": False})),
    "growth": (Variant("", {"top": 8}),),  # as many lines as there are colours
    "transitions": tuple(Variant(t.replace("_", "-"), {"trait": t}) for t in TRAITS),
    "drift": tuple(Variant(t.replace("_", "-"), {"trait": t}) for t in TRAITS),
    "similarity": (Variant(), Variant("as-published", {"definition": "laufer2025"})),
    "ordering": tuple(Variant(t.replace("_", "-"), {"trait": t}) for t in TRAITS),
}


@dataclass(frozen=True)
class Run:
    """One analysis in one variant."""

    analysis: Analysis
    variant: Variant

    @property
    def name(self) -> str:
        """The beginning of the names of its files: ``transitions-license``."""
        key = self.variant.key
        return f"{self.analysis.name}-{key}" if key else self.analysis.name

    @property
    def section(self) -> str:
        """The section of the page to which it belongs."""
        trait = self.variant.options.get("trait")
        return f"trait-{self.variant.key}" if trait else self.analysis.name

    def options(self, seed: int) -> dict[str, Any]:
        """Return the options to run with, the seed only where the analysis draws."""
        drawn = {"seed": seed} if "seed" in self.analysis.options() else {}
        return {**self.variant.options, **drawn}


def runs() -> list[Run]:
    """Return every run of the report, in the order of ``ANALYSES``."""
    return [Run(a, v) for a in ANALYSES.values() for v in VARIANTS.get(a.name, (Variant(),))]


#: The run behind the replication page, which is a page of its own.
REPLICATION: Final = Run(
    Analysis("replication", "", "replicate", "every published figure beside ours"), Variant()
)


#: Section -> its title and the words under it. Others are titled by their name.
SECTIONS: Final[dict[str, tuple[str, str]]] = {
    "summary": (
        "Summary",
        "What the models of the hub state about themselves. A share is of the models that state "
        "the field at all, since a field left out is not stated, which is not the same as none.",
    ),
    "shape": (
        "Families",
        "Who descends from whom, as claimed. Models joined by edges form a family, which merges "
        "may fuse; so both countings stand here.",
    ),
    "portraits": (
        "Portraits",
        "Four families drawn whole, from a large one to a small one: founders in the middle, each "
        "generation on a ring further out.",
    ),
    "growth": ("Growth", "When models appeared, and how the largest families gathered members."),
    "mutation": (
        "Mutation",
        "How much of a trait changes from parent to child, where both ends state it. How many "
        "edges are silent stands beside it.",
    ),
    "trait-license": ("Licence", "What licences turn into from parent to child."),
    "trait-language": ("Language", "What languages turn into from parent to child."),
    "trait-pipeline-tag": ("Task", "What tasks turn into from parent to child."),
    "trait-library-name": ("Library", "What libraries turn into from parent to child."),
    "numeric-drift": (
        "Numbers",
        "How cards, languages, sizes and downloads change from parent to child. A mean over edges "
        "is a statement about the parents with most children; beside it every lineage weighs the "
        "same.",
    ),
    "motifs": (
        "Kin",
        "How many relatives of each kind there are, counted exactly. A statement about pairs "
        "drawn from all of them is a statement about the few parents that carry most.",
    ),
    "similarity": (
        "Genetic similarity",
        "How alike relatives are, by their records and by their cards. The question is asked "
        "twice: of texts without what is inherited by construction, and as the paper asked it, "
        "with ids, dates and the tags that name the parent left in.",
    ),
    "kinship": (
        "Kinship",
        "Whether likeness follows kinship, how akin the parents of merges are, and whose "
        "descendants the hub's models are.",
    ),
    "license": (
        "Licence audit",
        "What the licences of ancestors ask of a model, and whether its label keeps it. Every "
        "finding rests on a clause; cladist audit MODEL shows it with its way and its source.",
    ),
    "concentration": (
        "Concentration",
        "How few accounts, families and models hold most of what there is. A statement about "
        "models is often a statement about few of them.",
    ),
    "attachment": (
        "Attachment",
        "Whether models with many children get the next one, and how readily: among all parents, "
        "among those of one month, of one task, of one clan.",
    ),
    "documentation": (
        "Documentation",
        "Model cards: whether there is one, how long it is, and whether a tool wrote it.",
    ),
}

#: Run or analysis -> title of its part within the section.
PARTS: Final = {
    "shape": "All edges",
    "shape-no-merges": "Without merge edges",
    "similarity": "Corrected",
    "similarity-as-published": "As published (Laufer, Oderinwale and Kleinberg 2025)",
    "transitions": "What gives way to what",
    "drift": "Which way it drifts",
    "ordering": "The order that the changes follow",
}


@dataclass(frozen=True)
class TableView:
    """How the page shows a table: its caption, and column -> header (all columns if empty)."""

    caption: str
    columns: Mapping[str, str] = field(default_factory=dict)


_VALUES: Final = {"value": "value", "edges": "edges", "pure": "with no other change"}

#: (analysis, table) -> how it is shown. Others are shown whole.
TABLES: Final[dict[tuple[str, str], TableView]] = {
    ("summary", "table"): TableView(
        "The commonest values of each field",
        {"field": "field", "rank": "rank", "value": "value", "count": "count",
         "stated": "of (stated)", "share_of_stated": "share", "share_of_all": "of_all_share"},
    ),
    ("summary", "fertility"): TableView(
        "Models that have children, by how they were made",
        {"relation": "relation", "edges": "edges", "fertile": "with children", "share": "share",
         "low": "low_share", "high": "high_share", "clusters_effective": "effective clans"},
    ),
    ("summary", "families"): TableView(
        "The ten largest families",
        {"founder": "founder", "size": "models", "founders": "founders",
         "founder_share": "founder's_share", "depth": "depth"},
    ),
    ("summary", "created"): TableView("Models by month of creation"),
    ("summary", "family_growth"): TableView("Members of the largest families by month"),
    ("summary", "totals"): TableView("Counts of the build"),
    ("summary", "distinct"): TableView("Number of different values of each field"),
    ("shape", "table"): TableView(
        "The largest families",
        {"label": "family", "size": "models", "founders": "founders",
         "founder_share": "founder's_share", "founder_is_ghost": "founder is a ghost",
         "depth": "depth", "width": "width", "max_out_degree": "most children",
         "leaf_share": "leaf_share", "virality": "virality"},
    ),
    ("shape", "sizes"): TableView("Families by size"),
    ("shape", "generations"): TableView("Models by generation"),
    ("shape", "children"): TableView("Models by number of children"),
    ("shape", "forest"): TableView("The forest in one row"),
    ("portraits", "table"): TableView(
        "The families drawn",
        {"rank": "rank", "founder": "founder", "size": "models", "depth": "depth"},
    ),
    ("portraits", "made"): TableView(
        "How parents and children were made",
        {"parent_made": "the parent", "child_made": "the child", "edges": "edges"},
    ),
    ("growth", "table"): TableView(
        "Models by month of creation",
        {"month": "month", "models": "models", "with_parent": "with a known parent",
         "cumulative": "cumulative"},
    ),
    ("growth", "families"): TableView("Members of the largest families by month"),
    ("growth", "undated"): TableView("Members without a date"),
    ("mutation", "table"): TableView(
        "Mutation rate with intervals, and the edges that are silent",
        {"trait": "trait", "relation": "relation", "rate": "rate", "low": "low", "high": "high",
         "n": "edges", "few_lineages": "lineages", "clusters_effective": "effective clans",
         "gain": "gain_share", "loss": "loss_share",
         "substitution": "substitution_share", "silent_parent": "parent silent",
         "silent_child": "child silent", "silent_both": "both silent"},
    ),
    ("mutation", "silence"): TableView("Who states a trait: both ends, one of them, neither"),
    ("mutation", "fates"): TableView("What becomes of the values that parents state most"),
    ("transitions", "kept_against"): TableView("Values kept, against those beside them"),
    ("transitions", "table"): TableView(
        "Pairs by number of changed edges",
        {"source": "parent states", "target": "child states", "count": "edges",
         "families": "families"},
    ),
    ("transitions", "loss"): TableView("Values lost", _VALUES),
    ("transitions", "gain"): TableView("Values gained", _VALUES),
    ("transitions", "retention"): TableView(
        "Values kept from parent to child, where the child states any",
        {"value": "value", "parent_size": "values of the parent", "kept": "kept",
         "dropped": "dropped", "share": "kept_share", "low": "low_share", "high": "high_share",
         "few_lineages": "lineages", "clusters_effective": "effective clans"},
    ),
    ("drift", "table"): TableView(
        "Net flows, and whether they have a direction",
        {"source": "parent states", "target": "child states", "verdict": "verdict",
         "net": "net", "total": "edges", "drift": "drift_share",
         "low": "low_share", "high": "high_share", "expected": "net by chance",
         "clusters": "clans", "largest_share": "largest clan_share", "q_flip": "q (flips)",
         "q_vote": "q (votes)"},
    ),
    ("drift", "inheritance"): TableView(
        "Edges that keep their values, against shuffled children",
        {"edges": "edges", "kept_share": "kept_share", "expected_share": "shuffled_share",
         "excess": "excess_share", "z": "z", "p": "p"},
    ),
    ("numeric-drift", "table"): TableView(
        "Change from parent to child, over edges and over clans",
        {"quantity": "quantity", "relation": "relation", "parent_mean": "parents' mean",
         "child_mean": "children's mean", "change": "change", "low": "low", "high": "high",
         "median": "median", "change_by_lineage": "mean of clans", "low_by_lineage": "low (clans)",
         "high_by_lineage": "high (clans)", "ratio": "ratio", "n": "edges",
         "few_lineages": "lineages", "clusters_effective": "effective clans"},
    ),
    ("ordering", "table"): TableView(
        "The order, with the support of each step to the next value",
        {"position": "position", "rank": "rank", "value": "value",
         "support": "support_share", "edges": "edges"},
    ),
    ("ordering", "matrix"): TableView(
        "Changed edges between the values",
        {"source": "parent states", "target": "child states", "count": "edges"},
    ),
    ("motifs", "table"): TableView(
        "Motifs, and how many parents carry them",
        {"motif": "motif", "shape": "shape", "count": "occurrences", "parents": "parents",
         "parents_effective": "effective parents", "largest_share": "largest_share",
         "largest": "largest parent"},
    ),
    ("motifs", "kin"): TableView(
        "Pairs of models by kin, each pair once",
        {"kin": "kin", "pairs": "pairs", "share_within": "within families_share"},
    ),
    ("similarity", "table"): TableView(
        "Similarity by position",
        {"motif": "motif", "pair": "pair", "text": "text",
         "metric": "metric", "weighting": "weighting", "mean": "mean", "low": "low",
         "high": "high", "n": "draws", "pairs": "pairs", "dropped": "without a text",
         "clusters_effective": "effective clans"},
    ),
    ("similarity", "siblings"): TableView(
        "Do siblings exceed parent and child?",
        {"text": "text", "metric": "metric", "weighting": "weighting", "verdict": "verdict",
         "difference": "siblings minus parent-child", "low": "low", "high": "high",
         "share_positive": "parents above 0_share", "matched": "matched strangers",
         "excess": "excess", "matched_parents": "parents with strangers", "q": "q",
         "parents": "parents"},
    ),
    ("kinship", "table"): TableView(
        "Rank correlation of likeness with kinship and with steps apart",
        {"text": "text", "metric": "metric", "against": "against", "rho": "rho", "low": "low",
         "high": "high", "n": "pairs", "clusters_effective": "effective clans",
         "few_lineages": "lineages"},
    ),
    ("kinship", "inbreeding"): TableView(
        "Merges by number of parents, and how akin these are",
        {"parents": "parents", "merges": "merges", "inbred": "with akin parents",
         "mean": "mean inbreeding", "largest": "largest"},
    ),
    ("kinship", "founders"): TableView(
        "Founders by what stems from them",
        {"founder": "founder", "models": "models", "contribution": "contribution",
         "share": "of all_share"},
    ),
    ("license", "table"): TableView(
        "Single edges: the child's label against its parent's terms",
        {"relation": "relation", "edges": "edges", "conflicts": "possible conflicts",
         "share": "share", "low": "low_share", "high": "high_share", "reviews": "to review",
         "unknown": "not known", "few_lineages": "lineages"},
    ),
    ("license", "pairs"): TableView(
        "Pairs of licences that stand against one another",
        {"source": "parent", "target": "child", "relation": "relation", "edges": "edges",
         "verdict": "verdict", "rules": "rules", "downloads": "downloads of the children"},
    ),
    ("license", "verdicts"): TableView(
        "Models by verdict, all ancestors counted",
        {"words": "verdict", "models": "models", "share": "share", "downloads": "downloads"},
    ),
    ("license", "affected"): TableView(
        "Most downloaded models with a possible conflict",
        {"model_id": "model", "label": "label", "inherited": "licences of ancestors",
         "downloads": "downloads"},
    ),
    ("license", "families"): TableView(
        "Families with most possible conflicts",
        {"founder": "family", "models": "models", "conflict": "possible conflicts",
         "share": "share"},
    ),
    ("license", "years"): TableView("Possible conflicts by year"),
    ("license", "statements"): TableView("Statements that are no plain id, and what they mean"),
    ("concentration", "table"): TableView(
        "How unequally it is shared",
        {"quantity": "of", "unit": "held by", "units": "units", "gini": "Gini",
         "gini_low": "low", "gini_high": "high", "effective": "alike units (1/HHI)",
         "half": "hold half", "top_1": "largest_share", "top_10": "ten_share",
         "top_1_percent": "one in a hundred_share"},
    ),
    ("concentration", "largest"): TableView(
        "Who holds most",
        {"quantity": "of", "unit": "held by", "rank": "rank", "name": "name", "value": "value",
         "share": "share"},
    ),
    ("concentration", "cohorts"): TableView("By year of creation"),
    ("attachment", "table"): TableView(
        "Exponents of attachment",
        {"within": "among parents of one", "exponent": "exponent", "low": "low", "high": "high",
         "verdict": "verdict", "n": "choices", "parents": "parents",
         "clusters_effective": "effective lineages"},
    ),
    ("documentation", "table"): TableView(
        "Cards by group and year of creation",
        {"group": "group", "models": "models", "known": "card known",
         "with_card": "with_card_share",
         "texts": "card texts", "generated": "generated_share",
         "median_length": "median length"},
    ),
    ("documentation", "sections"): TableView("Commonest headings"),
}  # fmt: skip

#: Analysis -> the table that the page prints beside the figures, where it is not the main one.
FOREMOST: Final = {"similarity": "siblings"}

#: Tables that only feed a chart: written as Parquet, not printed on the page.
CHART_ONLY: Final = frozenset({
    ("growth", "dated"), ("documentation", "years"), ("transitions", "pairs"),
    ("shape", "scatter"), ("drift", "drawn"),
    *(("kinship", f"{drawn}{kind}_{text}") for drawn in ("", "drawn_")
      for kind in ("kinship", "distance") for text in ("metadata", "card")),
    ("portraits", "nodes"), ("portraits", "marks"), ("ordering", "graph"),
    ("numeric-drift", "drawn"), ("license", "flows"), ("concentration", "lorenz"),
    ("concentration", "curve"), ("attachment", "kernel"), ("attachment", "drawn"),
})  # fmt: skip


def table_view(analysis: str, table: str, *, single: bool = False) -> TableView | None:
    """Return how the page shows a table, None if it does not."""
    if single and table in ("loss", "gain"):  # of one value, the pairs say it all
        return None
    if (analysis, table) in CHART_ONLY or (analysis == "summary" and table.startswith("top_")):
        return None
    fallback = table.replace("_", " ").capitalize() if table != "table" else "Result"
    return TABLES.get((analysis, table), TableView(fallback))
