"""Of a destination, a provider is told the fields that its own form asks for, and no other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from domain.payouts.provider import Destination, PayoutBatch, PayoutItem, PayoutManifest
from domain.provider import FieldProblem


def told_batch(manifest: PayoutManifest, batch: PayoutBatch) -> PayoutBatch:
    return replace(batch, items=tuple(told_item(manifest, each) for each in batch.items))


def told_item(manifest: PayoutManifest, item: PayoutItem) -> PayoutItem:
    return replace(item, destination=told_destination(manifest, item.destination))


def told_destination(manifest: PayoutManifest, destination: Destination) -> Destination:
    """Another provider of the same kind may have asked for more."""
    declared = _properties(manifest, destination)
    known = {name: text for name, text in destination.fields.items() if name in declared}
    return replace(destination, fields=known)


def undeclared(manifest: PayoutManifest, destination: Destination) -> tuple[FieldProblem, ...]:
    """Nobody asked for these: they are refused, and the provider does not see them."""
    declared = _properties(manifest, destination)
    return tuple(
        FieldProblem(field=name, code="unknown", message="There is no such field.")
        for name in destination.fields
        if name not in declared
    )


def _properties(manifest: PayoutManifest, destination: Destination) -> Mapping[str, Any]:
    form = manifest.destination_kinds.get(destination.kind)
    properties: Any = {} if form is None else form.schema.get("properties", {})
    found: Mapping[str, Any] = properties
    return found
