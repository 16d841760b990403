"""Markdown to HTML: descriptions of the schema, and the pages of `docs/` that frontends need."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

WORDS: Final = re.compile(r"[^\w]+")
COMMENT: Final = re.compile(r"^<!--.*?-->\s*?\n", re.MULTILINE | re.DOTALL)

# Raw HTML is shown as text: whoever describes a field writes no markup into our pages.
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False}).enable("table")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """One page of `docs/`: where it is served, and what it says."""

    path: str
    title: str
    source: str
    text: str

    def holds(self, query: str) -> bool:
        """Whether all words of the query stand in it."""
        text = self.text.lower()
        return all(word in text for word in query.lower().split())


def inline(text: str | None) -> Markup:
    """One description: code in backticks and emphasis, no blocks."""
    return Markup(_MARKDOWN.renderInline(" ".join((text or "").split())))  # noqa: S704  # the renderer escapes


def plain(text: str | None) -> str:
    """The same without any mark, for search and titles."""
    return " ".join((text or "").replace("`", "").split())


def title_of(text: str) -> str:
    found = re.search(r"^# (.+)$", text, re.MULTILINE)
    return plain(found[1]) if found else ""


def anchor(heading: str) -> str:
    return WORDS.sub("-", plain(heading).lower()).strip("-")


def rendered(guide: Guide, paths: Mapping[str, str]) -> Markup:
    """`paths` says where each page of `docs/` is served; links to others become text."""
    tokens = _MARKDOWN.parse(COMMENT.sub("", guide.text))
    folder = PurePosixPath(guide.source).parent
    for heading, content in pairwise(tokens):
        if heading.type == "heading_open":
            heading.attrSet("id", anchor(content.content))
    for token in tokens:
        _redirect(token.children or [], lambda address: served(address, folder, paths))
    html = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    html = html.replace("<table>", '<div class="wide"><table>').replace(
        "</table>", "</table></div>"
    )
    return Markup(html)  # noqa: S704  # the renderer escapes


def served(address: str, folder: PurePosixPath, paths: Mapping[str, str]) -> str | None:
    """Where a link of a page leads when the page is served; None where nothing is."""
    if "://" in address or address.startswith(("#", "/", "mailto:")):
        return address
    name, hash_, fragment = address.partition("#")
    parts: list[str] = []
    for part in (folder / name).parts:
        if part == "..":
            if not parts:
                return None
            parts.pop()
        else:
            parts.append(part)
    path = paths.get("/".join(parts))
    return None if path is None else f"{path}{hash_}{fragment}"


def _redirect(tokens: list[Token], lead: Callable[[str], str | None]) -> None:
    for token in tokens:
        if token.type != "link_open":
            continue
        address = lead(str(token.attrs["href"]))
        if address is None:
            del token.attrs["href"]
        else:
            token.attrs["href"] = address
