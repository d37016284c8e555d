"""CycloneDX 1.6 and 1.7: a machine-learning-model component with its pedigree filled in."""

from __future__ import annotations

import uuid
from typing import Any, Final

import orjson
from cyclonedx.model import ExternalReference, ExternalReferenceType, Property, XsUri
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType, Pedigree
from cyclonedx.model.license import DisjunctiveLicense, LicenseAcknowledgement
from cyclonedx.model.tool import ToolRepository
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

from cladist.materials.material import LONGEST_NAME, MOST_DATASETS, Edge, Material, Model

VERSIONS: Final = {"1.6": SchemaVersion.V1_6, "1.7": SchemaVersion.V1_7}
#: Generations that the pedigree nests; all stand in the components and dependencies.
_NESTED: Final = 40
#: Components that the library writes at once: its checks take the square of their number.
_AT_ONCE: Final = 250


def document(material: Material, *, version: str, software: str) -> dict[str, Any]:
    """Return the document as JSON values.

    The model is ``metadata.component``; its ``pedigree.ancestors`` nest up to the founders, each
    ancestor where it stands nearest; every ancestor is a component of its own, and
    ``dependencies`` holds every edge. Same snapshot, same document.
    """
    root = material.models[0]
    bom = Bom(
        serial_number=uuid.uuid5(uuid.NAMESPACE_URL, f"{material.digest} {root.id}"),
        metadata=BomMetaData(
            component=_component(root, pedigree=_pedigree(material)),
            timestamp=material.made,
            tools=ToolRepository(
                components=[
                    Component(
                        type=ComponentType.APPLICATION,
                        name="cladist",
                        version=software,
                        bom_ref="cladist",
                    )
                ]
            ),
            properties=[
                Property(name="cladist:snapshot", value=material.snapshot),
                Property(name="cladist:snapshot_digest", value=material.digest),
                Property(name="cladist:simulated", value=str(material.simulated).lower()),
            ],
        ),
    )
    found = _written(bom, version)
    components: list[dict[str, Any]] = []
    for start in range(1, len(material.models), _AT_ONCE):
        part = Bom(components=[_component(m) for m in material.models[start : start + _AT_ONCE]])
        components += _written(part, version)["components"]
    if components:
        found["components"] = sorted(components, key=lambda c: str(c["bom-ref"]))
    found["dependencies"] = _dependencies(material)
    cards = {reference(m): _model_card(m) for m in material.models}
    for component in (found["metadata"]["component"], *found.get("components", ())):
        card = cards[component["bom-ref"]]
        if card:
            component["modelCard"] = card
    return found


def reference(model: Model) -> str:
    """Return the reference by which the document names a model: its package URL."""
    return _purl(model).to_string()


def _purl(model: Model) -> PackageURL:
    owner, _, name = model.id.rpartition("/")
    return PackageURL("huggingface", owner or None, name, model.revision or None)


def _component(
    model: Model, *, ref: str | None = None, pedigree: Pedigree | None = None
) -> Component:
    owner, _, name = model.id.rpartition("/")
    return Component(
        type=ComponentType.MACHINE_LEARNING_MODEL,
        bom_ref=ref or reference(model),
        group=owner or None,
        name=name,
        version=model.revision,
        purl=_purl(model),
        licenses=_licenses(model),
        external_references=[
            ExternalReference(type=ExternalReferenceType.WEBSITE, url=XsUri(model.page))
        ],
        properties=_properties(model),
        pedigree=pedigree,
    )


def _licenses(model: Model) -> list[DisjunctiveLicense]:
    if not model.license_words:
        return []
    url = XsUri(model.license_url) if model.license_url else None
    declared = LicenseAcknowledgement.DECLARED
    if model.spdx:
        return [DisjunctiveLicense(id=model.spdx, url=url, acknowledgement=declared)]
    return [DisjunctiveLicense(name=model.license_words, url=url, acknowledgement=declared)]


def _properties(model: Model) -> list[Property]:
    told = {"cladist:license": ", ".join(model.stated)[:LONGEST_NAME],
            "cladist:license_read_as": model.found.id,
            "cladist:ghost": "true" if model.is_ghost else None,
            "cladist:created_at": model.created_at}  # fmt: skip
    return [Property(name=k, value=v) for k, v in told.items() if v]


def _pedigree(material: Material) -> Pedigree | None:
    by_child: dict[int, list[Edge]] = {}
    for edge in material.edges:
        by_child.setdefault(edge.child, []).append(edge)
    models = {m.node: m for m in material.models}
    root = material.models[0]
    # The nearest first: an ancestor is nested below the first child that names it.
    below: dict[int, list[Edge]] = {}
    depth = {root.node: 0}
    again: dict[int, list[str]] = {}
    for child in models:
        for edge in by_child.get(child, []):
            if edge.parent in depth or depth[child] >= _NESTED:
                again.setdefault(child, []).append(f"{models[edge.parent].id} ({edge.relation})")
                depth.setdefault(edge.parent, depth[child] + 1)
                continue
            depth[edge.parent] = depth[child] + 1
            below.setdefault(child, []).append(edge)
    built: dict[int, Component] = {}
    for node in reversed(list(models)):
        pedigree = _own_pedigree(below.get(node, []), again.get(node, []), built)
        if node != root.node:
            built[node] = _component(
                models[node], ref=f"{reference(models[node])}#pedigree", pedigree=pedigree
            )
        elif pedigree is not None or material.variants:
            pedigree = pedigree or Pedigree(notes="no known parent")
            pedigree.variants = [_component(v, ref=f"{reference(v)}#variant")
                                 for v in material.variants]  # fmt: skip
            if material.more_variants:
                pedigree.notes = f"{pedigree.notes}; {material.more_variants} more variants"
    return pedigree


def _own_pedigree(
    edges: list[Edge], again: list[str], built: dict[int, Component]
) -> Pedigree | None:
    if not edges and not again:
        return None
    told = [f"{edge.relation} of {built[edge.parent].group or ''}/{built[edge.parent].name}"
            .replace(" /", " ") for edge in edges]  # fmt: skip
    if again:
        told.append("also of " + ", ".join(again) + " (elsewhere in this document)")
    return Pedigree(ancestors=[built[e.parent] for e in edges], notes="; ".join(told))


def _written(bom: Bom, version: str) -> dict[str, Any]:
    text = make_outputter(bom, OutputFormat.JSON, VERSIONS[version]).output_as_string()
    found: dict[str, Any] = orjson.loads(text)
    return found


def _dependencies(material: Material) -> list[dict[str, Any]]:
    """Return every edge: a child depends on its parents."""
    refs = {m.node: reference(m) for m in material.models}
    parents: dict[int, set[str]] = {node: set() for node in refs}
    for edge in material.edges:
        parents[edge.child].add(refs[edge.parent])
    return sorted(
        ({"ref": refs[child], **({"dependsOn": sorted(found)} if found else {})}
         for child, found in parents.items()),
        key=lambda d: str(d["ref"]),
    )  # fmt: skip


def _model_card(model: Model) -> dict[str, Any]:
    """Return the model card, which the library does not know: task, data sets, what is known."""
    parameters: dict[str, Any] = {}
    if model.pipeline_tag:
        parameters["task"] = model.pipeline_tag
    if model.datasets:
        parameters["datasets"] = [
            {"type": "dataset", "name": name} for name in model.datasets[:MOST_DATASETS]
        ]
    told = {"library": model.library_name, "languages": ", ".join(model.language),
            "parameters": str(model.parameters) if model.parameters else None,
            "more_datasets": str(len(model.datasets) - MOST_DATASETS)
            if len(model.datasets) > MOST_DATASETS else None}  # fmt: skip
    properties = [{"name": f"cladist:{k}", "value": v} for k, v in told.items() if v]
    return {
        **({"modelParameters": parameters} if parameters else {}),
        **({"properties": properties} if properties else {}),
    }
