"""ANALYSES: the one list that drives the command line, the report, the web, docs and tests."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

from cladist.errors import InputError
from cladist.result import Result
from cladist.vocab import DEFINITIONS


@dataclass(frozen=True)
class Analysis:
    """One analysis: its name on the command line, where its function lives, one sentence."""

    name: str
    module: str
    function: str
    sentence: str
    forms: tuple[str, ...] = ("standard",)

    def load(self) -> Callable[..., Result]:
        """Import the module and return the function."""
        found: Callable[..., Result] = getattr(
            import_module(f"cladist.analysis.{self.module}"), self.function
        )
        return found

    def options(self) -> dict[str, inspect.Parameter]:
        """Return the keyword options of the function, by name."""
        parameters = inspect.signature(self.load()).parameters
        return {k: p for k, p in parameters.items() if p.kind is p.KEYWORD_ONLY}

    def run(self, hub: Any, *, definition: str = "standard", **options: Any) -> Result:
        """Run the analysis; options that are None are left to the function's default.

        Raises
        ------
        InputError
            If the analysis has no such option or no such definition.
        """
        if definition not in self.forms:
            raise InputError(
                f"Analysis {self.name!r} has no definition {definition!r}.",
                f"It has: {', '.join(self.forms)}.",
            )
        given = {k: v for k, v in options.items() if v is not None}
        known = self.options()
        for option in given:
            if option not in known:
                word = "merges/--no-merges" if option == "merges" else option
                raise InputError(
                    f"Analysis {self.name!r} has no option --{word}.",
                    f"It takes: {', '.join('--' + k for k in known)}.",
                )
        for option, least in (("top", 1), ("replicates", 100)):
            if option in given and given[option] < least:
                raise InputError(
                    f"--{option} {given[option]} is too small.", f"Give {least} or more."
                )
        if "definition" in known:
            given["definition"] = definition
        return self.load()(hub, **given)


ANALYSES: Final = {
    a.name: a
    for a in (
        Analysis("summary", "summary", "hub_summary",
                 "totals, commonest values of each field with their denominators, fertility",
                 DEFINITIONS),
        Analysis("shape", "shape", "family_shape",
                 "families: how many, how large, deep and wide; the largest ones"),
        Analysis("portraits", "portraits", "family_portraits",
                 "single families drawn whole: nodes by generation, edges by relation"),
        Analysis("growth", "growth", "hub_growth",
                 "models by month; members of the largest families over time"),
        Analysis("attachment", "attachment", "attachment_exponents",
                 "whether models with many children get the next one: the exponent of attachment"),
        Analysis("mutation", "mutation", "mutation_rate",
                 "how often traits change from parent to child, with intervals", DEFINITIONS),
        Analysis("transitions", "transitions", "transition_counts",
                 "which value gives way to which; loss, gain and retention", DEFINITIONS),
        Analysis("drift", "drift", "trait_drift",
                 "net flows between values, what chance would give, which have a direction",
                 DEFINITIONS),
        Analysis("numeric-drift", "numeric_drift", "numeric_drift",
                 "how card lengths, languages, parameters and downloads change to the child",
                 DEFINITIONS),
        Analysis("ordering", "ordering", "trait_ordering",
                 "the order of a trait's values that most changes follow", DEFINITIONS),
        Analysis("motifs", "motifs", "motif_census",
                 "how many relatives of each kind there are, exactly", DEFINITIONS),
        Analysis("similarity", "similarity", "genetic_similarity",
                 "how alike relatives are, by texts; siblings against parent and child",
                 DEFINITIONS),
        Analysis("kinship", "kinship", "kinship_correlation",
                 "whether likeness follows kinship; inbred merges; founders' contributions"),
        Analysis("license", "license", "license_audit",
                 "labels against what the licences of their ancestors ask: possible conflicts"),
        Analysis("concentration", "concentration", "hub_concentration",
                 "how few accounts, families and models hold most: Gini, HHI, shares, Lorenz"),
        Analysis("documentation", "documentation", "card_documentation",
                 "model cards: present, length, generated, headings"),
    )
}  # fmt: skip


def analysis(name: str) -> Analysis:
    """Return one analysis by name.

    Raises
    ------
    InputError
        If there is none of that name; the message lists them.
    """
    try:
        return ANALYSES[name]
    except KeyError:
        raise InputError.not_among("Analysis", name, ANALYSES) from None
