"""Paths through elements by their names alone: publishers change namespaces with versions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def local_name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2] if isinstance(element.tag, str) else ""


def children(element: Any, *path: str) -> Iterator[Any]:
    for each in element:
        if local_name(each) == path[0]:
            if len(path) == 1:
                yield each
            else:
                yield from children(each, *path[1:])


def texts_at(element: Any, *path: str) -> list[str]:
    return [text for each in children(element, *path) if (text := (each.text or "").strip())]


def text_at(element: Any, *path: str) -> str:
    return next(iter(texts_at(element, *path)), "")
