"""What the tests of the live Hub share: a family in which all befalls, records, clients."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hubserver.app import Conduct, Hub
from hubserver.data import HubData

from cladist.hub.client import HubClient
from cladist.hub.rates import Gate

TOKEN = "hf_SECRETsecretSECRETsecret12345"
CLOCK = 1_750_000_000.0


def record(model: str, *parents: str, relation: str = "finetune", **fields: Any) -> dict[str, Any]:
    """Return a record as the Hub gives it, with the tags of its parents."""
    tags = [t for p in parents for t in (f"base_model:{p}", f"base_model:{relation}:{p}")]
    tags += [f"license:{fields['license']}"] if "license" in fields else []
    card_data = {"license": fields.pop("license", None), "base_model": list(parents) or None}
    return {
        "id": model, "tags": tags, "cardData": {k: v for k, v in card_data.items() if v},
        "createdAt": "2024-03-01T00:00:00.000Z", "lastModified": "2024-03-02T00:00:00.000Z",
        **fields,
    }  # fmt: skip


def family() -> HubData:
    """Return a family with all that can befall a parent.

    base <- mid <- leaf; leaf also descends from gone, private, disabled, old (renamed to new) and
    a gated model.
    """
    hub = HubData(private={"acme/private"}, disabled={"acme/disabled"})
    hub.add(record("acme/base", license="mit", downloads=900), "---\nlicense: mit\n---\n# Base\n")
    hub.add(record("acme/mid", "acme/base", license="mit", downloads=90), "# Mid\n")
    hub.add(record("acme/gated", license="llama3", downloads=5, gated="manual"), "# Gated\n")
    hub.add(record("acme/private", license="mit"), "# Private\n")
    hub.add(record("acme/disabled", license="mit"))
    hub.add(record("acme/old", license="mit"))
    parents = ("acme/mid", "acme/gone", "acme/private", "acme/disabled", "acme/old", "acme/gated")
    hub.add(record("acme/leaf", *parents, relation="merge", license="apache-2.0", downloads=9))
    hub.cards["acme/leaf"] = "# Leaf\n\nA merge.\n"
    for number in range(5):
        quant = record(f"acme/q{number}", "acme/mid", relation="quantized", downloads=number)
        hub.add(quant)
    hub.rename("acme/old", "acme/new")
    return hub


@dataclass
class Served:
    """A hub that is being served."""

    hub: Hub
    endpoint: str

    @property
    def data(self) -> HubData:
        return self.hub.data

    @property
    def conduct(self) -> Conduct:
        return self.hub.conduct

    def client(self, **options: Any) -> HubClient:
        """Return a client of this hub, without the machine's token."""
        options.setdefault("token", False)
        options.setdefault("gate", Gate())
        return HubClient(endpoint=self.endpoint, **options)


@dataclass
class Done:
    """What a run of the command line gave."""

    returncode: int
    stdout: str
    stderr: str


def environment(endpoint: str, home: Path) -> dict[str, str]:
    """Return the environment of a process that asks a hub and nothing else of this machine."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "CLADIST_"))}
    return kept | {
        "HF_ENDPOINT": endpoint, "HF_HOME": str(home / "hf"), "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    }  # fmt: skip
