"""Which tables of moves there are in the domain, and which of them a test goes through."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from importlib import import_module
from typing import Any, Final, TypeVar

import domain

Test = TypeVar("Test", bound=Callable[..., object])
_COVERED: Final[set[int]] = set()


def all_pairs_of(*tables: Mapping[Any, Any]) -> Callable[[Test], Test]:
    """Says of a test that it goes through every pair of these tables."""

    def marked(test: Test) -> Test:
        _COVERED.update(id(table) for table in tables)
        return test

    return marked


def uncovered() -> list[str]:
    return sorted(name for name, table in _tables() if id(table) not in _COVERED)


def table_ids() -> set[int]:
    return {id(table) for _, table in _tables()}


def known_tables() -> set[str]:
    return {name for name, _ in _tables()}


def _tables() -> Iterator[tuple[str, Mapping[Any, Any]]]:
    """Told by their shape, whatever they are called; each by the module that defines it."""
    seen: set[int] = set()
    for module in pkgutil.walk_packages(domain.__path__, "domain."):
        if "rules" not in module.name or module.ispkg:
            continue
        for name, value in vars(import_module(module.name)).items():
            if id(value) not in seen and isinstance(value, Mapping) and _is_table(value):
                seen.add(id(value))
                yield f"{module.name}.{name}", value


def _is_table(value: Mapping[Any, Any]) -> bool:
    return bool(value) and all(_is_row(key, target) for key, target in value.items())


def _is_row(key: object, target: object) -> bool:
    """From a state and an event to a state, or from a state to all that may follow it."""
    if isinstance(key, tuple):
        return len(key) == 2 and _is_state(key[0]) and type(key[0]) is type(target)
    follows = isinstance(target, frozenset) and all(type(each) is type(key) for each in target)
    return _is_state(key) and follows


def _is_state(value: object) -> bool:
    return isinstance(value, StrEnum) and type(value).__name__.endswith("State")
