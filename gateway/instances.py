"""The file of provider instances: which accounts at which providers, and where their secrets lie.

Secrets never stand in it. A file that cannot be understood stops the start, as every other
setting does; an instance that does not open is quarantined later.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from re import fullmatch
from typing import Any, Final

from gateway.providers import (
    BOTH_PORTS,
    DEPOSITS,
    PAYOUTS,
    VERIFIERS,
    InstanceSettings,
    default_instances,
)
from gateway.said import SettingsRefused
from gateway.settings import Settings

INSTANCE_ID: Final = r"[a-z0-9][a-z0-9_-]{0,39}"
REFERENCE: Final = r"env:[A-Za-z_][A-Za-z0-9_]*|file:.+"
TABLES: Final[Mapping[str, frozenset[str]]] = {
    "instances": BOTH_PORTS,
    "payout": frozenset({PAYOUTS}),
    "deposit": frozenset({DEPOSITS}),
    "verifier": frozenset({VERIFIERS}),
}
LEGAL_ENTITY: Final = "legal_entity"
KEYS: Final = frozenset({"plugin", "region", "config", "secrets"})
TEXT_LENGTH_MAX: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """What the file says. `legal_entity` is the code of the company that pays from here."""

    instances: tuple[InstanceSettings, ...]
    legal_entity: str | None = None


def configured(settings: Settings) -> Configured:
    """Refuses with `SettingsRefused`. Without a file there is the sandbox and nothing else."""
    path = settings.providers_file
    if not path.exists() and not settings.names_providers_file:
        return Configured(instances=default_instances(settings.home))
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as failure:
        raise SettingsRefused(
            f"The file of providers {path} cannot be read: {failure.strerror}."
        ) from failure
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as failure:
        raise SettingsRefused(f"The file of providers {path} is no TOML: {failure}.") from failure
    try:
        return _configured(content, folder=path.parent)
    except _Fault as fault:
        raise SettingsRefused(f"The file of providers {path}: {fault}.") from fault


class _Fault(ValueError):
    """Says where, and never what stood there: it may be a secret."""


def _configured(content: Mapping[str, Any], *, folder: Path) -> Configured:
    _require_known(content, known=TABLES.keys() | {LEGAL_ENTITY}, place="")
    found: dict[str, InstanceSettings] = {}
    for table, ports in TABLES.items():
        for instance_id, entry in _tables(content.get(table, {}), place=table):
            place = f"{table}.{instance_id}"
            if fullmatch(INSTANCE_ID, instance_id) is None:
                raise _Fault(f"{place} must be small letters, digits, _ and -, 40 at most")
            if instance_id in found:
                raise _Fault(f"{place} stands here twice")
            found[instance_id] = _instance(
                instance_id, entry, ports=ports, place=place, folder=folder
            )
    entity = content.get(LEGAL_ENTITY)
    if entity is not None:
        entity = _text(entity, place=LEGAL_ENTITY)
    return Configured(instances=tuple(found.values()), legal_entity=entity)


def _instance(
    instance_id: str,
    entry: Mapping[str, Any],
    *,
    ports: frozenset[str],
    place: str,
    folder: Path,
) -> InstanceSettings:
    _require_known(entry, known=KEYS, place=f"{place}.")
    if "plugin" not in entry:
        raise _Fault(f"{place}.plugin is missing")
    config = entry.get("config", {})
    secrets = entry.get("secrets", {})
    for name, value in (("config", config), ("secrets", secrets)):
        if not isinstance(value, dict):
            raise _Fault(f"{place}.{name} must be a table")
    region = entry.get("region")
    return InstanceSettings(
        instance_id=instance_id,
        plugin=_text(entry["plugin"], place=f"{place}.plugin"),
        region=None if region is None else _text(region, place=f"{place}.region"),
        config=config,
        secrets={
            name: _reference(value, place=f"{place}.secrets.{name}", folder=folder)
            for name, value in secrets.items()
        },
        ports=ports,
    )


def _reference(value: object, *, place: str, folder: Path) -> str:
    """A file is looked for beside the file of providers."""
    if not isinstance(value, str) or fullmatch(REFERENCE, value) is None:
        raise _Fault(f"{place} must be env:NAME or file:path, never the secret itself")
    kind, _, name = value.partition(":")
    return f"file:{folder / Path(name).expanduser()}" if kind == "file" else value


def _tables(value: object, *, place: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if not isinstance(value, dict):
        raise _Fault(f"{place} must be a table")
    for name, entry in value.items():
        if not isinstance(entry, dict):
            raise _Fault(f"{place}.{name} must be a table")
        yield name, entry


def _text(value: object, *, place: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= TEXT_LENGTH_MAX:
        raise _Fault(f"{place} must be a text of 1 to {TEXT_LENGTH_MAX} characters")
    return value


def _require_known(
    content: Mapping[str, Any], *, known: frozenset[str] | set[str], place: str
) -> None:
    for name in content:
        if name not in known:
            raise _Fault(f"{place}{name} means nothing; known are {', '.join(sorted(known))}")
