"""The questions of ``/api/v1/``: one entry each drives the server and its documentation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np

from cladist.web import families
from cladist.web import parameters as p
from cladist.web.ancestry import ancestry
from cladist.web.answers import Answer, State
from cladist.web.cards import card_payload
from cladist.web.encoding import encode
from cladist.web.export import FORMATS, export
from cladist.web.filters import Filter
from cladist.web.forest import forest, growth
from cladist.web.hub import hub_payload
from cladist.web.jobs import read_options
from cladist.web.lanes import lanes, read_expand
from cladist.web.model_payloads import (
    AnalysisPayload,
    AncestryPayload,
    CardPayload,
    ComparePayload,
    FamilyPayload,
    MembersPayload,
    ModelPayload,
)
from cladist.web.models import model
from cladist.web.payloads import (
    ForestPayload,
    GrowthPayload,
    HubPayload,
    LanesPayload,
    NodesPayload,
    SearchPayload,
)

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Route:
    """One question: ``path`` below /api/v1/, ending in ``{id}`` where it is about one model.

    ``parameters`` is None where any may be given (analyses check their own).
    """

    path: str
    sentence: str
    payload: type | None
    answer: Callable[[State, str, Values], Answer]
    parameters: tuple[p.Parameter, ...] | None = ()

    @property
    def name(self) -> str:
        """The first part of the path."""
        return self.path.split("/")[0]

    @property
    def takes_id(self) -> bool:
        """Whether an id follows the first part of the path."""
        return "{" in self.path


def _json(payload: Any) -> Answer:
    return Answer(encode(payload))


def _hub(state: State, _: str, __: Values) -> Answer:
    return _json(hub_payload(state.index, state.census_until))


def _search(state: State, _: str, values: Values) -> Answer:
    return _json(state.search.find(values["q"], values["limit"]))


def _forest(state: State, _: str, v: Values) -> Answer:
    return _json(forest(state.index, v["unit"], v["by"], Filter.of(v)))


def _growth(state: State, _: str, v: Values) -> Answer:
    return _json(growth(state.index, v["unit"], Filter.of(v)))


def _family(state: State, model_id: str, v: Values) -> Answer:
    return _json(families.family(state.index, state.row(model_id), v["scope"]))


def _lanes(state: State, model_id: str, v: Values) -> Answer:
    return _json(lanes(
        state.index, state.row(model_id), v["scope"], s=v["s"], by=v["by"],
        expand=read_expand(v["expand"], state.index.n), kept=Filter.of(v),
    ))  # fmt: skip


def _nodes(state: State, model_id: str, v: Values) -> Answer:
    found = families.nodes(
        state.index, state.row(model_id), v["scope"], by=v["by"], kept=Filter.of(v)
    )
    if v["format"] == "json":
        return _json(found)
    return Answer(families.nodes_arrow(found), "application/vnd.apache.arrow.stream")


def _table(v: Values) -> dict[str, Any]:
    """Read how a table is sorted and cut: words and numbers from below, others from above."""
    rising = v["sort"] in ("model", "created_at", "relation", "license")
    descending = not rising if v["order"] is None else v["order"] == "desc"
    return {"sort": v["sort"], "descending": descending, "q": v["q"],
            "offset": v["offset"], "limit": v["limit"]}  # fmt: skip


def _members(state: State, model_id: str, v: Values) -> Answer:
    rows = state.index.scope(state.row(model_id), v["scope"])
    numbers = np.arange(rows.start, rows.stop)
    return _json(families.page(state.index, numbers, Filter.of(v), _table(v)))


def _models(state: State, _: str, v: Values) -> Answer:
    rows = families.models_of(state.index, v["author"], v["tag"])
    return _json(families.page(state.index, rows, Filter.of(v), _table(v)))


def _relatives(of: Callable[..., MembersPayload], state: State, model_id: str, v: Values) -> Answer:
    # The relation asked for is that to this parent, not to the primary one.
    kept = Filter.of({**v, "relations": ""})
    return _json(of(state.index, state.row(model_id), kept, _table(v), v["relations"]))


def _model(state: State, model_id: str, _: Values) -> Answer:
    return _json(model(state.index, state.row(model_id)))


def _card(state: State, model_id: str, _: Values) -> Answer:
    row = state.row(model_id)
    name = state.index.id_of(row)
    return _json(card_payload(name, state.card(row)))


def _ancestry(state: State, model_id: str, _: Values) -> Answer:
    return _json(ancestry(state.index, state.row(model_id)))


def _compare(state: State, _: str, v: Values) -> Answer:
    from cladist.comparing import compare

    rows = [state.row(v[k]) for k in ("a", "b")]
    index = state.index
    found = compare(index.snapshot, *(index.id_of(r) for r in rows))
    a, b = (index.model_facts(r) for r in rows)
    return _json(ComparePayload(a, b, found))


def _analysis(state: State, name: str, query: Values) -> Answer:
    found = state.jobs.ask(name, read_options(name, query))
    if isinstance(found, bytes):
        return Answer(found)
    return Answer(encode(found), status=202)


def _export(state: State, model_id: str, v: Values) -> Answer:
    return export(state, state.row(model_id), v["format"])


_TABLE: Final = (p.SORT, p.ORDER, p.PART, p.OFFSET, p.ROWS)

ROUTES: Final = {
    r.name: r
    for r in (
        Route("hub", "What is served: counts, dates, analyses.", HubPayload, _hub),
        Route("search", "Completion over ids, old ids, authors and tags.", SearchPayload, _search,
              (p.QUESTION, p.LIMIT)),
        Route("forest", "All families by date of founding and members.", ForestPayload, _forest,
              (p.UNIT, p.FOREST_COLOR, *p.FILTERS)),
        Route("growth", "Members of each mark of the forest by month.", GrowthPayload, _growth,
              (p.UNIT, *p.FILTERS)),
        Route("family/{id}", "One family, clan or subtree in numbers.", FamilyPayload, _family,
              (p.SCOPE,)),
        Route("lanes/{id}", "Lines over time.", LanesPayload, _lanes,
              (p.SCOPE, p.DETAIL, p.COLOR, p.EXPAND, *p.FILTERS)),
        Route("nodes/{id}", "Every model of a scope, as Arrow or JSON.", NodesPayload, _nodes,
              (p.SCOPE, p.COLOR, p.FORM, *p.FILTERS)),
        Route("members/{id}", "The models of a scope as a table.", MembersPayload, _members,
              (p.SCOPE, *_TABLE, *p.FILTERS)),
        Route("models", "The models of an author, or with a tag, as a table.", MembersPayload,
              _models, (p.AUTHOR, p.TAG, *_TABLE, *p.FILTERS)),
        Route("model/{id}", "Everything about one model.", ModelPayload, _model),
        Route("children/{id}", "Children of a model as a table.", MembersPayload,
              partial(_relatives, families.children), (*_TABLE, *p.FILTERS)),
        Route("siblings/{id}", "Models that share a parent with it.", MembersPayload,
              partial(_relatives, families.siblings), (*_TABLE, *p.FILTERS)),
        Route("card/{id}", "The card as sanitised HTML.", CardPayload, _card),
        Route("ancestry/{id}", "All ancestors of a model in the plane.", AncestryPayload,
              _ancestry),
        Route("compare", "Two models side by side.", ComparePayload, _compare,
              (p.FIRST, p.SECOND)),
        Route("analysis/{name}", "An analysis: 200 with the result, 202 while it runs.",
              AnalysisPayload, _analysis, None),
        Route("export/{id}", "A bill of materials of a model, or its family for other programs.",
              None, _export,
              (p.Parameter("format", "form of the file",
                           {"type": "string", "enum": list(FORMATS)}, "cyclonedx"),)),
    )
}  # fmt: skip
