"""Building blocks of XML as text: several times quicker than a tree, and nothing to forget.

Members write characters that XML 1.0 forbids; they are removed here, once.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from xml.sax.saxutils import escape, quoteattr

DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_FORBIDDEN: Final = "\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff"
_forbidden: Final = re.compile(f"[{_FORBIDDEN}]")
_special: Final = re.compile(f"[&<>{_FORBIDDEN}]")
_quoted = lru_cache(maxsize=4096)(quoteattr)  # attributes repeat: currency, country, scheme


def element(name: str, *children: str, **attributes: str) -> str:
    """Children are finished XML; `text` is for character data."""
    content = "".join(children)
    if not attributes:
        return f"<{name}>{content}</{name}>"
    head = "".join(f" {key}={_quoted(value)}" for key, value in attributes.items())
    return f"<{name}{head}>{content}</{name}>"


def text(name: str, value: object, **attributes: str) -> str:
    content = str(value)
    if _special.search(content):
        content = escape(_forbidden.sub("", content))
    return element(name, content, **attributes)


def optional(name: str, value: object | None, **attributes: str) -> str:
    return "" if value is None or value == "" else text(name, value, **attributes)
