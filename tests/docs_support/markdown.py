"""Reads tables, blocks and links out of the pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tests.tidy.source import ROOT

DOCS = ROOT / "docs"


def page(name: str) -> str:
    return (DOCS / name).read_text()


def table(name: str, marker: str) -> list[list[str]]:
    """The cells of the table after `<!-- marker -->`, without its head."""
    text = page(name).split(f"<!-- {marker} -->\n", 1)[1]
    rows = []
    for line in text.splitlines():
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows[2:]


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def quoted(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def links(path: Path) -> Iterator[str]:
    """Addresses without a scheme; those in code are no links."""
    text = re.sub(r"^```.*?^```$", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)
    for address in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]+`", "", text)):
        if "://" not in address and not address.startswith(("mailto:", "#")):
            yield address.partition("#")[0]
