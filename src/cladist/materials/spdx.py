"""SPDX 3.0.1 JSON-LD: AI packages joined by ``ancestorOf``, declared licences."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from typing import Any, Final

from spdx_python_model import v3_0_1 as spdx

from cladist.materials.cyclonedx import reference
from cladist.materials.material import MOST_DATASETS, Material, Model

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9.-]+")
#: Individuals of the specification for what nobody has concluded, and for what is not stated.
_NO_ASSERTION: Final = "https://spdx.org/rdf/3.0.1/terms/ExpandedLicensing/NoAssertion"


def document(material: Material, *, software: str) -> dict[str, Any]:
    """Return the document as JSON values.

    Every model is an ``ai_AIPackage``; every edge a relationship ``ancestorOf`` from parent to
    child with the relation in its comment; ``hasDeclaredLicense`` where a licence is stated.
    ``hasConcludedLicense`` is NoAssertion: an audit finds clauses, it concludes nothing.
    """
    base = f"https://spdx.org/spdxdocs/cladist-{_digest(material)}"
    objects = spdx.SHACLObjectSet()
    info = spdx.CreationInfo(
        _id="_:creation", specVersion="3.0.1",
        created=material.made.astimezone(dt.UTC).replace(microsecond=0),
    )  # fmt: skip
    if material.simulated:
        info.comment = "simulated data"
    tool = spdx.Tool(_id=f"{base}/tool", creationInfo=info, name=f"cladist-{software}")
    agent = spdx.SoftwareAgent(_id=f"{base}/agent", creationInfo=info, name="cladist")
    info.createdBy.append(agent)
    info.createdUsing.append(tool)
    suppliers = _suppliers(material, base, info)
    packages = {m.node: _package(m, suppliers, base, info) for m in material.models}
    found: list[Any] = [agent, tool, *suppliers.values(), *packages.values()]
    found += _licenses(material, packages, base, info)
    found += _datasets(material, packages, base, info)
    for number, edge in enumerate(material.edges):
        found.append(spdx.Relationship(
            _id=f"{base}/lineage-{number}", creationInfo=info, from_=packages[edge.parent],
            to=[packages[edge.child]], relationshipType=spdx.RelationshipType.ancestorOf,
            comment=edge.relation,
        ))  # fmt: skip
    root = packages[material.models[0].node]
    objects.add(spdx.SpdxDocument(
        _id=base, creationInfo=info, name=f"{material.models[0].id} and its ancestors",
        profileConformance=[spdx.ProfileIdentifierType.core, spdx.ProfileIdentifierType.software,
                            spdx.ProfileIdentifierType.ai, spdx.ProfileIdentifierType.dataset,
                            spdx.ProfileIdentifierType.simpleLicensing],
        rootElement=[root], element=found,
    ))  # fmt: skip
    for entry in [info, *found]:
        objects.add(entry)
    told: dict[str, Any] = spdx.JSONLDSerializer().serialize_data(objects)
    return told


def _digest(material: Material) -> str:
    text = f"{material.digest} {material.models[0].id}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _suppliers(material: Material, base: str, info: Any) -> dict[str, Any]:
    """Return an agent for each owner of a model: a person or an organisation, nobody says which."""
    owners = sorted({m.author for m in material.models if m.author})
    return {
        owner: spdx.Agent(_id=f"{base}/owner-{number}", creationInfo=info, name=owner)
        for number, owner in enumerate(owners)
    }


def _datasets(material: Material, packages: dict[int, Any], base: str, info: Any) -> list[Any]:
    """Return the data sets that models name, and what was trained on them."""
    found: dict[str, Any] = {}
    trained = []
    for model in material.models:
        named = []
        for name in model.datasets[:MOST_DATASETS]:
            if name not in found:
                found[name] = spdx.dataset_DatasetPackage(
                    _id=f"{base}/dataset-{len(found)}", creationInfo=info, name=name,
                    dataset_datasetType=[spdx.dataset_DatasetType.noAssertion],
                    software_primaryPurpose=spdx.software_SoftwarePurpose.data,
                )  # fmt: skip
            named.append(found[name])
        if named:
            trained.append(spdx.Relationship(
                _id=f"{base}/trainedOn-{model.node}", creationInfo=info,
                from_=packages[model.node], to=named,
                relationshipType=spdx.RelationshipType.trainedOn,
                comment="as the model's record states",
            ))  # fmt: skip
    return [*found.values(), *trained]


def _package(model: Model, suppliers: dict[str, Any], base: str, info: Any) -> Any:
    package = spdx.ai_AIPackage(
        _id=f"{base}/model-{model.node}", creationInfo=info, name=model.id,
        software_packageUrl=reference(model), software_downloadLocation=model.page,
        software_primaryPurpose=spdx.software_SoftwarePurpose.model,
    )  # fmt: skip
    if model.revision:
        package.software_packageVersion = model.revision
    if model.pipeline_tag:
        package.ai_domain.append(model.pipeline_tag)
    if model.author:
        package.suppliedBy = suppliers[model.author]
    if model.is_ghost:
        package.comment = "referred to, without a record of its own"
    if model.created_at and len(model.created_at) > 18:
        moment = dt.datetime.fromisoformat(model.created_at)
        package.releaseTime = moment.astimezone(dt.UTC).replace(microsecond=0)
    return package


def _licenses(material: Material, packages: dict[int, Any], base: str, info: Any) -> list[Any]:
    """Return the licence of each model once, and the relationships to it."""
    found: list[Any] = []
    expressions: dict[str, Any] = {}
    for model in material.models:
        words = model.spdx or model.license_words
        if words and words not in expressions:
            expressions[words] = _expression(model, words, len(expressions), base, info)
            found += expressions[words]
        if words:
            found.append(_related(model, packages, expressions[words][0], "hasDeclaredLicense",
                                  base, info))  # fmt: skip
        concluded = _related(model, packages, _NO_ASSERTION, "hasConcludedLicense", base, info)
        concluded.comment = (
            "Nothing is concluded here; cladist audit tells what the licences of the ancestors ask."
        )
        found.append(concluded)
    return found


def _expression(model: Model, words: str, number: int, base: str, info: Any) -> list[Any]:
    if model.spdx:
        return [spdx.simplelicensing_LicenseExpression(
            _id=f"{base}/license-{number}", creationInfo=info,
            simplelicensing_licenseExpression=model.spdx,
        )]  # fmt: skip
    place = f"{base}/license-text-{number}"
    text = spdx.simplelicensing_SimpleLicensingText(
        _id=place, creationInfo=info, name=words,
        simplelicensing_licenseText=model.license_url or words,
    )  # fmt: skip
    ref = f"LicenseRef-{_UNSAFE.sub('-', words).strip('-') or 'unnamed'}"
    expression = spdx.simplelicensing_LicenseExpression(
        _id=f"{base}/license-{number}", creationInfo=info,
        simplelicensing_licenseExpression=ref,
        simplelicensing_customIdToUri=[spdx.DictionaryEntry(key=ref, value=place)],
    )  # fmt: skip
    return [expression, text]


def _related(
    model: Model, packages: dict[int, Any], to: Any, kind: str, base: str, info: Any
) -> Any:
    return spdx.Relationship(
        _id=f"{base}/{kind}-{model.node}", creationInfo=info, from_=packages[model.node], to=[to],
        relationshipType=getattr(spdx.RelationshipType, kind),
    )  # fmt: skip
