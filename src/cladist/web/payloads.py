"""The payloads of ``/api/v1/``: one dataclass each, a sentence on every field.

The same contract stands as types in ``ui/src/api.ts``; a test holds both against one another.
Columns are lists of equal length or NumPy arrays; a NaN in one is null. The payloads about
single models are in :mod:`cladist.web.model_payloads`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated as A  # noqa: N817 - it stands before every field
from typing import Any

from numpy.typing import NDArray

#: Columns of a table; the array forms are what the server computes with.
Ints = list[int] | NDArray[Any]
Texts = list[str]
Flags = list[bool] | NDArray[Any]
Reals = list[float] | NDArray[Any]
MaybeInts = list[int | None] | NDArray[Any]

#: Months count from 0 = March 2022.
FLOOR = -1
UNDATED = -2


@dataclass(frozen=True)
class Value:
    """One value of what is coloured."""

    key: A[str, "the value in the data; also 'other' and 'unstated'"]
    label: A[str, "in words"]
    palette: A[str, "place in a palette: relation.finetune, license.permissive, series.3, neutral"]
    count: A[int, "models that have it; in the forest families"]


@dataclass(frozen=True)
class Accounts:
    """Every model of the scope in exactly one of these."""

    shown: A[int, "models that are a mark of their own"]
    aggregated: A[int, "models counted inside a mark, a bar, a cell or 'hidden'"]
    filtered: A[int, "models that the filter leaves out"]
    total: A[int, "the sum"]


@dataclass(frozen=True)
class ErrorBody:
    """What went wrong, and what to do."""

    status: A[int, "HTTP status"]
    code: A[str, "one word for programs: bad_parameter, not_found, host_not_allowed ..."]
    message: A[str, "one sentence for people"]
    remedy: A[str, "what to do; empty if there is nothing"]
    nearest: A[Texts, "ids that resemble the one that was not found"]


@dataclass(frozen=True)
class ErrorPayload:
    """The one shape of every answer that is not 200, 202 or 304."""

    error: A[ErrorBody, "the error"]


@dataclass(frozen=True)
class MonthSpan:
    """First and last month of what is shown."""

    first: A[int, "first month, 0 or later"]
    last: A[int, "last month; before the first if nothing is dated"]


@dataclass(frozen=True)
class LanguageCount:
    """A language and how many models state it."""

    key: A[str, "BCP 47 code"]
    count: A[int, "models"]


@dataclass(frozen=True)
class AnalysisOption:
    """One option of an analysis."""

    name: A[str, "name, as on the command line"]
    default: A[Any, "what holds if it is left away"]
    choices: A[Texts | None, "all values; null if it is free"]
    help: A[str, "one sentence"]


@dataclass(frozen=True)
class AnalysisEntry:
    """One analysis that the server runs."""

    name: A[str, "name"]
    sentence: A[str, "what it measures"]
    forms: A[Texts, "definitions: standard, laufer2025"]
    options: A[list[AnalysisOption], "its options"]


@dataclass(frozen=True)
class HubPayload:
    """GET /api/v1/hub: what is served."""

    name: A[str, "name of the snapshot"]
    digest: A[str, "digest over its content"]
    version: A[str, "version of cladist"]
    models: A[int, "models with a record of their own"]
    ghosts: A[int, "models only referred to"]
    claims: A[int, "statements of descent"]
    edges: A[int, "child-parent pairs after cuts"]
    families: A[int, "families of two and more"]
    in_families: A[int, "models in them"]
    alone: A[int, "models without a known relative"]
    largest_family: A[int, "members of the largest family"]
    observed: A[Texts, "ISO dates of the first and last reading of the sources"]
    census_until: A[str | None, "ISO date after which the data are a sample; null if not known"]
    coverage: A[str | None, "what the sources cover, in words"]
    family: A[str | None, "founder of the one family of a static site; null where all are there"]
    simulated: A[bool, "a simulator made it"]
    has_cards: A[bool, "it holds texts of cards"]
    months: A[MonthSpan, "months in which its models were created"]
    by: A[Texts, "what pictures can be coloured by"]
    languages: A[list[LanguageCount], "stated languages, commonest first"]
    analyses: A[list[AnalysisEntry], "what /analysis/{name} runs"]


@dataclass(frozen=True)
class FoundModel:
    """One model found."""

    model: A[str, "id"]
    author: A[str | None, "account that owns it"]
    downloads: A[int | None, "30 days, at the reading of the snapshot"]
    descendants: A[int, "distinct known descendants"]
    family_size: A[int, "members of its family"]
    is_ghost: A[bool, "named only, no record of its own"]
    matched: A[str, "id, alias, prefix or text"]
    alias: A[str | None, "the old id that fits what was typed"]


@dataclass(frozen=True)
class FoundAuthor:
    """One author found."""

    author: A[str, "account"]
    models: A[int, "its models"]


@dataclass(frozen=True)
class FoundTag:
    """One tag found."""

    tag: A[str, "tag as the Hub spells it"]
    models: A[int, "models that carry it"]


@dataclass(frozen=True)
class SearchPayload:
    """GET /api/v1/search: completion over ids, old ids, authors and tags."""

    q: A[str, "the question as it was understood"]
    models: A[list[FoundModel], "exact fits first, then the most downloaded"]
    authors: A[list[FoundAuthor], "authors that begin so, those with most models first"]
    tags: A[list[FoundTag], "tags that begin so, the commonest first"]
    nearest: A[Texts, "where nothing is found: ids that resemble the question, most alike first"]


@dataclass(frozen=True)
class ForestMarks:
    """Families of at least ``least`` members, a row each, largest first."""

    node: A[Ints, "founder"]
    model: A[Texts, "id of the founder"]
    size: A[Ints, "members that pass the filter"]
    full_size: A[Ints, "all members"]
    month: A[Ints, "month of founding; -1 on or before 2 March 2022, -2 unknown"]
    hollow: A[Flags, "the founder is undated: month is that of the earliest dated member"]
    value: A[Ints, "commonest value that members that pass state: a place in values"]
    downloads: A[MaybeInts, "of all members together; null if of none known"]
    founders: A[Ints, "members without parents"]
    founder_share: A[Reals, "share of the other members that descend from the founder"]
    is_ghost: A[Flags, "the founder is a ghost"]


@dataclass(frozen=True)
class ForestCells:
    """Smaller families, counted by month, size and value."""

    month: A[Ints, "month of founding"]
    size: A[Ints, "members that pass the filter; 1 only under a filter"]
    families: A[Ints, "families in the cell"]
    value: A[Ints, "commonest value that their members state"]


@dataclass(frozen=True)
class MonthCounts:
    """Models by month of creation."""

    month: A[Ints, "month"]
    models: A[Ints, "models"]


@dataclass(frozen=True)
class ForestPayload:
    """GET /api/v1/forest: all families by date of founding and members."""

    unit: A[str, "family or clan"]
    by: A[str, "what colours stand for"]
    values: A[list[Value], "the values, in the order of the legend"]
    filter: A[str, "the filter in words, empty if none"]
    least: A[int, "families of at least this many members are marks"]
    marks: A[ForestMarks, "families that are a mark each"]
    cells: A[ForestCells, "the other families"]
    alone: A[MonthCounts, "models without a known relative that pass the filter"]
    families: A[int, "marks and families in cells"]
    accounts: A[Accounts, "all models accounted for"]


@dataclass(frozen=True)
class GrowthPayload:
    """GET /api/v1/growth: members of each mark by month of birth."""

    mark: A[Ints, "index into the marks of /forest with the same parameters, ascending"]
    month: A[Ints, "month, ascending within a mark; -1 and -2 first"]
    models: A[Ints, "members born then that pass the filter"]
    alone: A[MonthCounts, "models without a known relative"]


@dataclass(frozen=True)
class LaneBars:
    """Models counted on a lane by month and value."""

    month: A[Ints, "month"]
    value: A[Ints, "place in values"]
    models: A[Ints, "models"]


@dataclass(frozen=True)
class LaneUndated:
    """Models counted on a lane that have no date, by value."""

    value: A[Ints, "place in values"]
    models: A[Ints, "models"]


@dataclass(frozen=True)
class Lane:
    """One line: a model that has children, and the models counted on it."""

    node: A[int, "node of the model"]
    model: A[str, "its id"]
    parent: A[int, "index of the lane that it branches off, -1 for a root"]
    depth: A[int, "indent"]
    month: A[int, "start: birth, or its earliest dated child's month if hollow"]
    hollow: A[bool, "the model is undated"]
    size: A[int, "models of its subtree in the scope, itself included, whatever the filter"]
    own: A[int, "models counted on this lane that pass the filter, itself included"]
    bars: A[LaneBars, "dated models but the lane's own"]
    undated: A[LaneUndated, "undated models but the lane's own"]
    is_ghost: A[bool, "named only"]
    expandable: A[bool, "asking with its node in expand shows more lanes"]


@dataclass(frozen=True)
class Bundle:
    """Second-parent links from one lane to another."""

    from_: A[int, "index of the parents' lane"]
    to: A[int, "index of the children's lane"]
    links: A[int, "how many"]
    month: A[int, "median month of the dated children, -2 if none is dated"]


@dataclass(frozen=True)
class LaneOption:
    """What another detail would show."""

    s: A[int, "least size of a lane"]
    lanes: A[int, "lanes then"]


@dataclass(frozen=True)
class Hidden:
    """Clans too small for a lane; their models count as aggregated."""

    clans: A[int, "clans"]
    models: A[int, "their models that pass the filter"]


@dataclass(frozen=True)
class LanesPayload:
    """GET /api/v1/lanes/{id}: lines over time, the children of a lane latest-born nearest."""

    s: A[int, "least size of a lane"]
    s_options: A[list[LaneOption], "other choices"]
    by: A[str, "what colours stand for"]
    values: A[list[Value], "the values, in the order of the legend"]
    filter: A[str, "the filter in words, empty if none"]
    lanes: A[list[Lane], "lanes from the top down"]
    bundles: A[list[Bundle], "second-parent links between lanes, most links first"]
    within: A[int, "second-parent links inside one lane"]
    outside: A[int, "second-parent links to models without a lane or outside the scope"]
    hidden: A[Hidden, "clans that are not drawn"]
    bar_max: A[int, "most models in a month on a lane"]
    accounts: A[Accounts, "all models of the scope accounted for"]


@dataclass(frozen=True)
class NodeLinks:
    """Second parents inside the scope, as rows."""

    child: A[Ints, "row of the child"]
    parent: A[Ints, "row of the parent"]


@dataclass(frozen=True)
class NodeRows:
    """The models of a scope, depth first."""

    node: A[Ints, "node"]
    model: A[Texts, "id"]
    parent: A[Ints, "row of the primary parent, -1 for a root"]
    day: A[MaybeInts, "days since 2 March 2022; 0 or less: back-filled; null: undated"]
    relation: A[Ints, "relation to the primary parent: a place in relations"]
    value: A[Ints, "place in values"]
    passes: A[Flags, "passes the filter"]
    downloads: A[MaybeInts, "30 days; null if unknown"]
    descendants: A[Ints, "in the primary tree of the scope"]
    is_ghost: A[Flags, "named only"]
    stated: A[Flags, "a source states the relation"]


@dataclass(frozen=True)
class NodesPayload:
    """GET /api/v1/nodes/{id}: every model of a scope; Arrow, or JSON with format=json."""

    by: A[str, "what colours stand for"]
    values: A[list[Value], "the values, in the order of the legend"]
    filter: A[str, "the filter in words, empty if none"]
    accounts: A[Accounts, "all models of the scope accounted for"]
    links: A[NodeLinks, "second parents"]
    rows: A[NodeRows, "the models"]
    relations: A[Texts, "words of the column relation"]
