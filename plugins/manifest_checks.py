"""What is wrong with an offered class or its manifest, found without opening it."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import fields
from datetime import timedelta
from re import fullmatch
from typing import Any, Final, TypeAlias

import msgspec

from domain.deposits.provider import DepositManifest
from domain.payouts.provider import (
    IdempotencyScope,
    LookupMode,
    ObservedState,
    PayoutManifest,
    Prepares,
    SequenceScope,
)
from domain.provider import API_VERSION, CurrencyLimits
from domain.verification.provider import VerifierManifest
from plugins.form_schemas import schema_problems
from plugins.verifier_checks import verifier_problems

Manifest: TypeAlias = PayoutManifest | DepositManifest | VerifierManifest

ID: Final = r"[a-z][a-z0-9_-]{1,30}"
COUNTRY: Final = r"[A-Z]{2}"
HOST: Final = r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?"
NAME: Final = r"[a-z][a-z0-9_]*"
AFTER_PAID: Final = frozenset(
    {
        ObservedState.FAILED,
        ObservedState.RETURNED,
        ObservedState.REFUNDED,
        ObservedState.REVERSED,
    }
)


def class_problems(offer: type[Any]) -> list[str]:
    """Empty when it may be opened."""
    if inspect.isabstract(offer):
        lacking: frozenset[str] = getattr(offer, "__abstractmethods__", frozenset())
        return [f"lacks {', '.join(sorted(lacking))}"]
    manifest = getattr(offer, "manifest", None)
    config_type = getattr(offer, "config_type", None)
    if manifest is None or config_type is None:
        return ["has no manifest or no config_type"]
    if not isinstance(manifest, Manifest):
        return ["its manifest is no PayoutManifest, DepositManifest or VerifierManifest"]
    if manifest.api_version != API_VERSION:
        return [
            f"speaks version {manifest.api_version} of the port, this house speaks {API_VERSION}"
        ]
    found = _typed(manifest) or _common(manifest)
    if not found and isinstance(manifest, PayoutManifest):
        found = _of_payouts(manifest) + _of_abilities(offer, manifest)
    if not found and isinstance(manifest, VerifierManifest):
        found = verifier_problems(offer, manifest)
    return found + _of_config(config_type)


def _typed(manifest: Manifest) -> list[str]:
    """Each field of the type that the dataclass says: a list of hosts is no frozenset of them."""
    wrong = []
    for each in fields(manifest):
        value = getattr(manifest, each.name)
        wanted = {"frozenset": frozenset, "tuple": tuple, "Mapping": Mapping, "int": int}.get(
            str(each.type).partition("[")[0]
        )
        if wanted is not None and not isinstance(value, wanted):
            wrong.append(f"{each.name} is no {each.type}")
        if each.type == "timedelta" and not isinstance(value, timedelta):
            wrong.append(f"{each.name} is no timedelta")
    return wrong


def _common(manifest: Manifest) -> list[str]:
    broken = {
        f"id {manifest.id!r} is not of the form {ID}": fullmatch(ID, str(manifest.id)) is None,
        "version is empty": not manifest.version,
        "concurrency is below 1": manifest.concurrency < 1,
        "call_deadline is not above zero": manifest.call_deadline <= timedelta(0),
    }
    found = [problem for problem, is_broken in broken.items() if is_broken]
    found += [
        f"host {each!r} is no host name: without scheme and path, as in api.acme.example"
        for each in sorted(manifest.hosts)
        if not fullmatch(HOST, each)
    ]
    found += [
        f"secret {each!r} is not of the form {NAME}"
        for each in manifest.secrets
        if not fullmatch(NAME, each)
    ]
    if isinstance(manifest, VerifierManifest):
        return found
    found += ["rails are empty"] if not manifest.rails else []
    found += ["currencies are empty"] if not manifest.currencies else []
    currencies: Mapping[str, Any] = manifest.currencies
    for currency, limits in currencies.items():
        if not isinstance(limits, CurrencyLimits):
            found.append(f"{currency}: no CurrencyLimits")
        elif {limits.minimum.currency, limits.maximum.currency} != {currency}:
            found.append(f"{currency}: its limits are in another currency")
    return found


def _of_payouts(manifest: PayoutManifest) -> list[str]:
    broken = {
        "max_batch is below 1": manifest.max_batch < 1,
        "send_deadline is not above zero": manifest.send_deadline <= timedelta(0),
        "destination_kinds are empty": not manifest.destination_kinds,
        "fee_payers are empty": not manifest.fee_payers,
        "lookup.delays are empty": not manifest.lookup.delays,
        "after_paid names a state that cannot follow paid": not manifest.after_paid <= AFTER_PAID,
        "idempotency.margin is longer than its window": manifest.idempotency.window is not None
        and manifest.idempotency.margin >= manifest.idempotency.window,
        "lookup.report_delay is for SCAN only": manifest.lookup.mode is not LookupMode.SCAN
        and manifest.lookup.report_delay > timedelta(0),
        "idempotency per item with batches of several needs look-ups": (
            manifest.max_batch > 1
            and manifest.idempotency.scope is IdempotencyScope.ITEM
            and manifest.lookup.mode is LookupMode.PROVIDER_REF_ONLY
        ),
    }
    found = [problem for problem, is_broken in broken.items() if is_broken]
    found += [
        f"country {each!r} is no ISO 3166 code"
        for each in sorted(manifest.countries)
        if not fullmatch(COUNTRY, each)
    ]
    for name, kind in manifest.destination_kinds.items():
        found += [f"{name}: {problem}" for problem in schema_problems(kind.schema)]
        if kind.label_field not in dict(kind.schema.get("properties") or {}):  # type: ignore[call-overload]  # a JSON object
            found.append(f"{name}: label_field {kind.label_field!r} is no property")
    return found


def _of_abilities(offer: type[Any], manifest: PayoutManifest) -> list[str]:
    """Where the manifest and the inherited abilities must say the same."""
    broken = {
        "it asks for a number per item or batch, but commits no bytes (Prepares)": (
            manifest.sequence is not SequenceScope.NONE and not issubclass(offer, Prepares)
        ),
    }
    return [problem for problem, is_broken in broken.items() if is_broken]


def _of_config(config_type: Any) -> list[str]:
    if not (isinstance(config_type, type) and issubclass(config_type, msgspec.Struct)):
        return ["config_type is no msgspec.Struct"]
    if not config_type.__struct_config__.forbid_unknown_fields:
        return ["config_type takes unknown fields: say forbid_unknown_fields=True"]
    return []
