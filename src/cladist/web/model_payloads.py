"""The payloads of ``/api/v1/`` about one model or family, two models, and an analysis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated as A  # noqa: N817 - it stands before every field
from typing import Any

from cladist.web.payloads import MonthSpan, Texts, Value


@dataclass(frozen=True)
class ModelFacts:
    """What is known of one model."""

    node: A[int, "its number in the snapshot"]
    model: A[str, "id"]
    author: A[str | None, "account that owns it"]
    created_at: A[str | None, "ISO date of creation"]
    created_at_is_floor: A[bool | None, "the date was back-filled: on or before"]
    downloads: A[int | None, "30 days, at the reading of the snapshot"]
    likes: A[int | None, "likes"]
    pipeline_tag: A[str | None, "task as the Hub spells it"]
    library_name: A[str | None, "library as the Hub spells it"]
    license: A[Texts | None, "licences as stated; null if none is stated"]
    license_name: A[str | None, "name given with the licence 'other'"]
    license_family: A[str, "key of the palette; 'unstated' if none is stated"]
    language: A[Texts | None, "BCP 47 codes"]
    parameters: A[int | None, "number of parameters"]
    is_ghost: A[bool, "named only, no record of its own"]
    generation: A[int, "longest known path from a founder"]
    children: A[int, "known children"]
    descendants: A[int, "distinct known descendants"]


@dataclass(frozen=True)
class Relative(ModelFacts):
    """A model in a table, with its relation to a parent."""

    relation: A[str, "to the parent through which it is listed; 'unknown' also for founders"]
    stated: A[bool, "a source states the relation"]
    parent: A[str | None, "id of that parent; null for a founder"]


@dataclass(frozen=True)
class MembersPayload:
    """GET /api/v1/members|children|siblings/{id}: a page of a table of models."""

    total: A[int, "rows that fit the question and the filter"]
    offset: A[int, "number of the first row given"]
    rows: A[list[Relative], "the page"]


@dataclass(frozen=True)
class FamilyRef:
    """The family that a model or a scope belongs to."""

    model: A[str, "its founder"]
    size: A[int, "members"]
    founders: A[int, "members without parents"]
    founder_share: A[float, "share of the other members that descend from the founder"]
    founder_is_ghost: A[bool, "the founder is named only"]
    mixed: A[bool, "under half of the members descend from the founder"]


@dataclass(frozen=True)
class ClanRef:
    """One clan: the models whose primary parents lead to one founder."""

    model: A[str, "its founder"]
    size: A[int, "members"]


@dataclass(frozen=True)
class MoreClans:
    """Clans beyond those listed."""

    clans: A[int, "clans"]
    models: A[int, "their models"]


@dataclass(frozen=True)
class Facets:
    """What the models of a scope are: six commonest values, other, not stated."""

    relation: A[list[Value], "relation to the primary parent"]
    license: A[list[Value], "licence family"]
    pipeline_tag: A[list[Value], "task"]


@dataclass(frozen=True)
class FamilyPayload:
    """GET /api/v1/family/{id}: one family, one clan, or one model's subtree."""

    model: A[str, "founder, or the model whose subtree it is"]
    node: A[int, "its node"]
    scope: A[str, "family, clan or subtree"]
    size: A[int, "models"]
    children: A[int, "of the root, by primary parent"]
    breeders: A[int, "models of the scope that have children in it"]
    depth: A[int, "deepest generation below the root, by primary parents"]
    merges: A[int, "second-parent links inside the scope"]
    family: A[FamilyRef, "the family"]
    clan: A[ClanRef, "the clan of the root"]
    clans: A[list[ClanRef], "clans of the family, largest first, at most 50"]
    clans_more: A[MoreClans, "the other clans"]
    view: A[str, "rings, lanes or tree: the form for its shape"]
    months: A[MonthSpan, "months in which its models were created"]
    facets: A[Facets, "what its models are"]
    root: A[ModelFacts, "facts of the root"]


@dataclass(frozen=True)
class Claim:
    """One statement of descent."""

    parent: A[str, "id of the parent"]
    relation: A[str, "relation as stated; 'unknown' if none"]
    parent_raw: A[str, "the parent as the source wrote it"]
    match: A[str, "how that was matched: exact, alias, case or ghost"]
    method: A[str, "how it was read: hub_tag, card ..."]
    method_words: A[str, "the same in words"]
    confidence: A[float, "0 to 1; a convention that orders claims"]
    source: A[str, "name of the source"]
    observed_at: A[str | None, "ISO date of the reading"]


@dataclass(frozen=True)
class TraitChange:
    """One trait of a parent and a child."""

    trait: A[str, "column of the snapshot"]
    parent: A[Texts | None, "its values there; null if not stated"]
    child: A[Texts | None, "its values here; null if not stated"]
    kind: A[str, "kept, changed, gained, lost or silent (neither states it, or a ghost)"]


@dataclass(frozen=True)
class ModelEdge:
    """One edge among the ancestors and the model."""

    child: A[str, "id of the child"]
    parent: A[str, "id of the parent"]
    relation: A[str, "the best supported relation"]
    relations: A[Texts, "every relation that a claim states"]
    methods: A[Texts, "every method by which it is claimed"]
    confidence: A[float, "the highest of its claims"]
    claims: A[list[Claim], "what the sources say"]
    changes: A[list[TraitChange], "traits of parent and child"]
    primary: A[bool, "the parent is the child's primary parent"]
    verdict: A[str, "licences at this edge: ok, obligation, review, unknown or conflict"]


@dataclass(frozen=True)
class AliasRef:
    """An old or variant id."""

    alias: A[str, "the id"]
    reason: A[str, "renamed, legacy, case ..."]


@dataclass(frozen=True)
class ModelFamily:
    """The family of a model."""

    model: A[str, "its founder"]
    size: A[int, "members"]
    mixed: A[bool, "under half of the members descend from the founder"]
    founders: A[int, "members without parents"]


@dataclass(frozen=True)
class Ancestor(ModelFacts):
    """One ancestor."""

    distance: A[int, "fewest steps up from the model"]


@dataclass(frozen=True)
class Cut:
    """A pair that the lineage leaves out."""

    parent: A[str, "id of the parent"]
    kind: A[str, "self_loop, self_loop_by_resolution, younger_parent or feedback"]


@dataclass(frozen=True)
class ChildCounts:
    """The children of a model."""

    total: A[int, "known children"]
    by_relation: A[dict[str, int], "relation -> children"]
    unstated_license: A[int, "children that state no licence"]


@dataclass(frozen=True)
class DownloadReading:
    """One dated reading of downloads."""

    observed_at: A[str, "ISO date"]
    downloads: A[int, "30 days before it"]


@dataclass(frozen=True)
class CardFacts:
    """What is known of the card."""

    length: A[int | None, "characters; null if the snapshot holds no text"]
    is_generated: A[bool | None, "it says that a tool wrote it"]
    has_text: A[bool, "/card/{id} gives it"]


@dataclass(frozen=True)
class ModelPayload:
    """GET /api/v1/model/{id}: everything about one model."""

    facts: A[ModelFacts, "its facts"]
    tags: A[Texts, "tags as the Hub gave them"]
    datasets: A[Texts | None, "training data sets"]
    arxiv: A[Texts | None, "arXiv ids"]
    gated: A[str | None, "false, auto or manual"]
    revision: A[str | None, "commit of the repository"]
    last_modified: A[str | None, "ISO date of the last change"]
    observed_at: A[str | None, "ISO date of the newest reading"]
    aliases: A[list[AliasRef], "old and variant ids"]
    family: A[ModelFamily, "its family"]
    clan: A[ClanRef, "its clan"]
    line: A[list[ModelFacts], "main line by primary parents, founder first, the model last"]
    ancestors: A[list[Ancestor], "all of them, nearest first, at most 500"]
    ancestors_total: A[int, "how many there are"]
    edges: A[list[ModelEdge], "among the ancestors listed and the model"]
    cut: A[list[Cut], "claims left out to break a cycle, and self-loops"]
    children: A[ChildCounts, "its children, counted"]
    siblings: A[int, "models that share a parent with it"]
    changes: A[list[TraitChange], "founder of the main line against the model"]
    downloads: A[list[DownloadReading], "dated readings, oldest first"]
    audit: A[Any, "what 'cladist audit MODEL --json' prints"]
    card: A[CardFacts, "its card"]


@dataclass(frozen=True)
class CardPayload:
    """GET /api/v1/card/{id}: the card as sanitised HTML."""

    model: A[str, "id"]
    html: A[str, "no images, styles or scripts; links open elsewhere"]
    front_matter: A[str | None, "as text; null if there is none"]
    length: A[int, "characters of the whole card"]
    truncated: A[bool, "only its beginning is given"]


@dataclass(frozen=True)
class AncestryNode:
    """One model of an ancestry map."""

    model: A[str, "id"]
    x: A[int, "generation; founders stand one before their first child"]
    y: A[float, "place across; the main line is at 0"]
    main: A[bool, "on the main line"]
    license_family: A[str, "key of the palette"]
    license: A[Texts | None, "as stated"]
    is_ghost: A[bool, "named only"]


@dataclass(frozen=True)
class AncestryEdge:
    """One edge of an ancestry map."""

    from_: A[int, "index of the parent"]
    to: A[int, "index of the child"]
    relation: A[str, "relation"]
    main: A[bool, "between two models of the main line"]
    stated: A[bool, "a source states the relation"]


@dataclass(frozen=True)
class AncestryPayload:
    """GET /api/v1/ancestry/{id}: all ancestors of a model in the plane."""

    nodes: A[list[AncestryNode], "the ancestors and the model"]
    edges: A[list[AncestryEdge], "the edges among them"]
    generations: A[int, "the highest x"]


@dataclass(frozen=True)
class ComparePayload:
    """GET /api/v1/compare: two models side by side."""

    a: A[ModelFacts, "facts of the first"]
    b: A[ModelFacts, "facts of the second"]
    comparison: A[dict[str, Any], "what 'cladist compare A B --json' prints"]


@dataclass(frozen=True)
class ChartSpec:
    """One chart as data: see cladist.result.Chart."""

    name: A[str, "name"]
    kind: A[str, "bars, columns, points, intervals, lines, matrix, order, motifs, slope, arcs ..."]
    title: A[str, "title"]
    subtitle: A[str, "second line"]
    table: A[str, "table of the result that holds the columns"]
    x: A[str, "column"]
    y: A[str, "column"]
    value: A[str, "column"]
    low: A[str, "column"]
    high: A[str, "column"]
    color: A[str, "column"]
    palette: A[str, "palette"]
    x_title: A[str, "title of the axis"]
    y_title: A[str, "title of the axis"]
    x_scale: A[str, "scale"]
    y_scale: A[str, "scale"]
    percent: A[bool, "values are shares"]
    top: A[int | None, "most rows drawn"]
    label: A[str, "column"]
    where: A[list[list[str]], "pairs of column and value that rows drawn have"]
    diagonal: A[bool, "with the line of equality"]
    faint: A[str, "column of flags whose rows are drawn pale"]


@dataclass(frozen=True)
class ResultBody:
    """What 'cladist analyze NAME --json' prints."""

    analysis: A[str, "name"]
    definition: A[str, "standard or laufer2025"]
    definition_text: A[str, "what was measured, in words"]
    parameters: A[dict[str, Any], "options in force"]
    n: A[int, "things counted: the definition says which"]
    finding: A[str, "one sentence, empty if there is none"]
    notes: A[Texts, "sentences for the reader"]
    table: A[list[dict[str, Any]], "the main table"]
    tables: A[dict[str, list[dict[str, Any]]], "further tables"]
    provenance: A[dict[str, Any], "what to cite"]


@dataclass(frozen=True)
class AnalysisPayload:
    """GET /api/v1/analysis/{name}: 200 when it is done."""

    state: A[str, "done"]
    seconds: A[float, "how long it took"]
    result: A[ResultBody, "the result"]
    charts: A[list[ChartSpec], "its charts, as data"]


@dataclass(frozen=True)
class RunningPayload:
    """GET /api/v1/analysis/{name}: 202 while it runs; ask again."""

    state: A[str, "running"]
    seconds: A[float, "so far"]
    step: A[str, "what is being done"]
