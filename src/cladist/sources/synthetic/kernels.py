"""How traits mutate: a rate and a transition matrix per trait and relation, known beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import brentq

from cladist.errors import InputError
from cladist.sources.synthetic import published
from cladist.sources.synthetic.draws import Reals
from cladist.vocab import RELATIONS

Rates = Mapping[str, float]

#: Traits that have one value, and so a matrix.
CODED: Final = ("license", "pipeline_tag", "library_name")

_LLAMAS: Final = ("llama3", "llama3.1", "llama3.2", "llama3.3", "gemma")

#: Probability that a child's latent value differs from its primary parent's, by relation and by
#: the parent's value ("*": any other). Solved from the published flows (licences of language
#: models to apache-2.0, openrail++ to creativeml-openrail-m, fill-mask to classifiers,
#: transformers to peft) and mean rates of the fine-tune and of the full graph.
RATES: Final[dict[str, dict[str, Rates]]] = {
    "license": {
        "finetune": {"llama3": 0.78, "llama3.1": 0.70, "llama3.2": 0.61, "llama3.3": 0.5,
                     "gemma": 0.67, "openrail++": 0.34, "other": 0.21, "*": 0.112},
        "adapter": {"llama3": 0.57, "llama3.1": 0.52, "llama3.2": 0.28, "llama3.3": 0.4,
                    "gemma": 0.52, "openrail++": 0.40, "other": 0.045, "*": 0.042},
        "quantized": {"llama3": 0.33, "llama3.1": 0.28, "llama3.2": 0.21, "llama3.3": 0.2,
                      "gemma": 0.29, "other": 0.09, "*": 0.034},
        "merge": {"llama3": 0.20, "llama3.1": 0.18, "llama3.2": 0.15, "llama3.3": 0.15,
                  "gemma": 0.2, "other": 0.1, "*": 0.05},
        "*": {"*": 0.1},
    },
    "pipeline_tag": {
        "finetune": {"fill-mask": 0.94, "image-feature-extraction": 0.95, "translation": 0.90,
                     "feature-extraction": 0.8, "summarization": 0.5, "question-answering": 0.45,
                     "sentence-similarity": 0.35, "image-classification": 0.20,
                     "automatic-speech-recognition": 0.08, "text-to-speech": 0.2,
                     "text-generation": 0.028, "text-to-image": 0.05, "*": 0.30},
        "*": {"image-text-to-text": 0.1, "fill-mask": 0.25, "*": 0.02},
    },
    "library_name": {
        "finetune": {"transformers": 0.012, "timm": 0.5, "sentence-transformers": 0.06,
                     "peft": 0.3, "*": 0.02},
        "adapter": {"transformers": 0.985, "*": 0.02},
        "*": {"*": 0.01},
    },
    "language": {
        "finetune": {"one": 0.105, "few": 0.72, "many": 0.977},
        "adapter": {"one": 0.02, "few": 0.85, "many": 0.98},
        "quantized": {"one": 0.003, "few": 0.15, "many": 0.15},
        "merge": {"one": 0.085, "few": 0.2, "many": 0.6},
        "*": {"one": 0.1, "few": 0.5, "many": 0.8},
    },
    "datasets": {"finetune": {"*": 0.85}, "adapter": {"*": 0.85}, "*": {"*": 0.05}},
}  # fmt: skip

#: Where a value goes that a published flow tells of; what is left of 1 follows the order.
FLOWS: Final[dict[str, dict[str, Rates]]] = {
    "license": {
        **{v: {"apache-2.0": 0.85, "mit": 0.04, "other": 0.06} for v in _LLAMAS},
        "openrail++": {"creativeml-openrail-m": 0.72, "other": 0.12, "mit": 0.10},
        "other": {"apache-2.0": 0.55, "mit": 0.25},
    },
    "pipeline_tag": {
        "fill-mask": {"text-classification": 0.625, "token-classification": 0.163,
                      "question-answering": 0.06, "sentence-similarity": 0.04,
                      "feature-extraction": 0.03, "multiple-choice": 0.02,
                      "text-generation": 0.03},
        "image-feature-extraction": {"image-classification": 0.96},
        "translation": {"text-generation": 0.92},
        "summarization": {"text-generation": 0.7},
        "feature-extraction": {"text-classification": 0.25, "audio-classification": 0.25,
                               "automatic-speech-recognition": 0.15,
                               "sentence-similarity": 0.25},
        "sentence-similarity": {"text-classification": 0.8},
        "image-classification": {"image-segmentation": 0.5, "object-detection": 0.2},
        "text-generation": {"text-classification": 0.9},
        "text-to-speech": {"text-to-audio": 0.8},
    },
    "library_name": {"transformers": {"peft": 0.985}, "timm": {"transformers": 0.9}},
}  # fmt: skip


@dataclass(frozen=True)
class Kernel:
    """How one trait mutates: what a parameter-recovery test has to find again.

    ``rate[relation, value]`` is the probability that a child differs from a primary parent that
    has the value; ``target[relation, value, :]`` where it then goes. Data sets are drawn anew by
    popularity and languages are lists, so these two have no matrix (``target`` is None);
    :class:`~cladist.sources.synthetic.tongues.Tongues` says how lists of languages change, and
    the values of that kernel are the three sizes of a list.
    """

    values: tuple[str, ...]
    rate: Reals
    target: Reals | None

    def targets(self, relation: str) -> Reals:
        """Return where values go when they change on edges of a relation, row by row.

        Raises
        ------
        ValueError
            If the trait has no transition matrix.
        """
        if self.target is None:
            raise ValueError("this trait has no transition matrix: its values are lists")
        rows: Reals = self.target[RELATIONS.index(relation)]
        return rows

    def matrix(self, relation: str) -> Reals:
        """Return the transition matrix of a relation: parent's value -> child's value."""
        rate = self.rate[RELATIONS.index(relation)]
        matrix: Reals = np.diag(1 - rate) + rate[:, None] * self.targets(relation)
        return matrix


def directed_targets(weights: Reals, forward: float) -> Reals:
    """Return where a value goes when it changes, row by row; the diagonal is 0.

    Values are listed upstream first. A change goes downstream with probability ``forward`` (with
    1 from the first value, 0 from the last), and to each value on that side by its weight.
    """
    size = len(weights)
    above = np.triu(np.broadcast_to(weights, (size, size)), 1)
    below = np.tril(np.broadcast_to(weights, (size, size)), -1)
    down = above.sum(axis=1, keepdims=True)
    up = below.sum(axis=1, keepdims=True)
    share = np.where(up == 0, 1.0, np.where(down == 0, 0.0, forward))
    targets: Reals = share * above / np.where(down == 0, 1, down)
    targets += (1 - share) * below / np.where(up == 0, 1, up)
    return targets


def rate_table(trait: str, values: tuple[str, ...], own: Mapping[str, Rates]) -> Reals:
    """Return rates by relation and value: the defaults, or one's own for a relation."""
    table = np.zeros((len(RELATIONS), len(values)))
    defaults = RATES[trait]
    for row, relation in enumerate(RELATIONS):
        rates = own.get(relation) or defaults.get(relation) or defaults["*"]
        usual = rates.get("*", 0.0)
        table[row] = [rates.get(v, usual) for v in values]
    return table


#: Sizes of a list of languages: one, up to nineteen, more.
LIST_SIZES: Final = ("one", "few", "many")


def values_of(trait: str) -> tuple[str, ...]:
    """Return what a parent may have that a rate is given for, ``*`` (any other) among it."""
    if trait == "datasets":
        return ("*",)
    return ("*", *(LIST_SIZES if trait == "language" else published.counts(trait)))


def own_targets(trait: str, usual: Reals, own: Mapping[str, Mapping[str, Rates]]) -> Reals:
    """Put one's own rows into transition matrices.

    Parameters
    ----------
    trait
        One with a matrix.
    usual
        Where values go when they change, shape (relations, values, values).
    own
        Relation or ``*`` -> parent's value or ``*`` -> child's value -> share of the changes. What
        a row leaves of 1 follows the usual one. A value that stays is no change.

    Raises
    ------
    InputError
        If shares of a row exceed 1, or what is named is the parent's value itself.
    """
    values = list(published.counts(trait))
    found = usual.copy()
    for relation in sorted(own, key=lambda r: r != "*"):
        rows = range(len(RELATIONS)) if relation == "*" else [RELATIONS.index(relation)]
        for source in sorted(own[relation], key=lambda v: v != "*"):
            given, total = own[relation][source], sum(own[relation][source].values())
            if total > 1 + 1e-9 or source in given:
                raise InputError(
                    f"transitions of {trait} by {relation} from {source}: "
                    + ("their shares exceed 1." if total > 1 + 1e-9 else "to itself is no change."),
                    "Give shares of the changes; mutation gives how many change.",
                )
            for at in range(len(values)) if source == "*" else [values.index(source)]:
                row = np.zeros(len(values))
                row[[values.index(v) for v in given]] = list(given.values())
                row[at] = 0.0
                for relation_row in rows:
                    found[relation_row, at] = _filled(row, usual[relation_row, at])
    return found


def _filled(row: Reals, usual: Reals) -> Reals:
    """Return a row of one's own with the usual one for what it leaves; both sum to 1 or less."""
    rest = np.where(row > 0, 0.0, usual)
    left = 1.0 - row.sum()
    if rest.sum() > 0:
        row = row + max(left, 0.0) * rest / rest.sum()
    elif row.sum() > 0:
        row = row / row.sum()
    return row


def build(
    mutation: Mapping[str, Mapping[str, Rates]],
    transitions: Mapping[str, Mapping[str, Mapping[str, Rates]]],
    corpora: tuple[str, ...],
) -> dict[str, Kernel]:
    """Build the kernels of all traits.

    Parameters
    ----------
    mutation
        Trait -> relation -> parent's value (or ``*``) -> rate, in place of the defaults.
    transitions
        Trait -> rows of :func:`own_targets`.
    corpora
        Names of the data sets.
    """
    found = {}
    for trait in CODED:
        counts = published.counts(trait)
        values = tuple(counts)
        rate = rate_table(trait, values, mutation.get(trait, {}))
        weights = np.array(list(counts.values()), dtype=np.float64)
        target = directed_targets(weights, published.FORWARD[trait])
        for source, flows in FLOWS[trait].items():
            row = values.index(source)
            target[row] *= 1 - sum(flows.values())
            for name, share in flows.items():
                target[row, values.index(name)] += share
        every = np.broadcast_to(target, (len(RELATIONS), *target.shape))
        every = own_targets(trait, every, transitions.get(trait, {}))
        found[trait] = Kernel(values, rate, every)
    found["language"] = Kernel(
        LIST_SIZES, rate_table("language", LIST_SIZES, mutation.get("language", {})), None
    )
    rate = rate_table("datasets", ("*",), mutation.get("datasets", {}))
    every = np.broadcast_to(rate, (len(RELATIONS), len(corpora)))
    return found | {"datasets": Kernel(corpora, every, None)}


def balanced_flows(out: Reals) -> Reals:
    """Return symmetric flows with given sums: as much goes from a to b as from b to a.

    Flows are products of a weight of either end, so that no pair is preferred beyond its ends. If
    one value would give more than all others together can give back, it gives as much as they.

    Parameters
    ----------
    out
        What each value gives, 0 or more; shape (values,).
    """
    size, most = len(out), int(np.argmax(out))
    scale = out[most]
    rest = out.sum() - scale
    flows = np.zeros((size, size))
    if scale >= rest:
        flows[most] = flows[:, most] = np.where(np.arange(size) == most, 0.0, out)
        return flows
    out = out / scale
    least = 2.0

    def low(total: float) -> Reals:
        # x (total - x) = out has two solutions; this form keeps the small one's digits.
        root: Reals = 2 * out / (total + np.sqrt(np.maximum(total**2 - 4 * out, 0.0)))
        return root

    def all_small(total: float) -> float:
        return float(low(total).sum()) - total

    def one_large(total: float) -> float:
        below = low(total)
        return float(below.sum() - 2 * below[most])

    large = all_small(least) < 0
    excess = one_large if large else all_small
    upper = least
    while excess(upper) * excess(least) > 0 and upper < 1e9 * least:
        upper *= 2
    total = float(brentq(excess, least, upper, xtol=1e-15, rtol=1e-14))
    weight = low(total)
    if large:
        weight[most] = total - weight[most]
    flows[:] = np.outer(weight, weight) * scale
    np.fill_diagonal(flows, 0.0)
    return flows


@dataclass(eq=False)
class Balance:
    """Mutation without direction, generation by generation: flows balance among its own edges.

    What is drawn in one generation decides which values the next one's parents have, so that no
    kernel that is fixed beforehand would balance in all of them. The mean of these kernels, over
    the edges of a relation whose parent has a value, is what an estimator finds.
    """

    rate: Reals
    edges: Reals
    flows: Reals

    @classmethod
    def of(cls, rate: Reals) -> Balance:
        """Begin with the probabilities of a change that are aimed at, by relation and value."""
        return cls(rate, np.zeros(rate.shape), np.zeros((*rate.shape, rate.shape[1])))

    def generation(self, edges: Reals) -> tuple[Reals, Reals]:
        """Return rates and targets of one generation, given its edges by relation and value.

        A value that nearly all parents have cannot change as often without direction, as others
        have too little to give back: its rate is lowered to what they give.
        """
        flows = np.stack([balanced_flows(row) for row in edges * self.rate])
        self.edges += edges
        self.flows += flows
        return _divided(flows, edges)

    @property
    def mean(self) -> tuple[Reals, Reals]:
        """The mean rates and targets of all generations so far."""
        rate, target = _divided(self.flows, self.edges)
        return np.where(self.edges > 0, rate, self.rate), target


def _divided(flows: Reals, edges: Reals) -> tuple[Reals, Reals]:
    """Return rates and targets; what never changes would go to each value alike."""
    total = flows.sum(axis=2)
    rate = np.divide(total, edges, out=np.zeros(edges.shape), where=edges > 0)
    size = edges.shape[1]
    alike = (1.0 - np.eye(size)) / max(size - 1, 1)
    target = np.where(total[..., None] > 0, flows, alike)
    return rate, target / target.sum(axis=2, keepdims=True)
