"""Where addresses lead, in whatever way they are written. Pure functions only."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from unicodedata import category, normalize
from urllib.parse import unquote, urlsplit

from domain.contacts import URL
from domain.texts import has_unprintable

LINK_COUNT_MAX: Final = 10
URL_LENGTH_MAX: Final = 2_000  # what browsers take
LABEL_COUNT_MAX: Final = 10
_LAST: Final = ".,;:!?)]}"
_NAMED: Final = re.compile(
    r"(?:[a-z0-9_-]{1,63}\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})|\d{1,3}(?:\.\d{1,3}){3}", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Link:
    """`host` is what a browser would ask for, see `plain_host`."""

    url: str
    host: str
    is_external: bool


def links_in(text: str, *, own_host: str) -> tuple[Link, ...]:
    """In the order of the text, the first ones; without those that have no host."""
    links: list[Link] = []
    for match in URL.finditer(text):
        url = match.group().rstrip(_LAST)
        host = host_of(url)
        if host is not None and len(links) < LINK_COUNT_MAX:
            links.append(link_of(url, own_host=own_host))
    return tuple(links)


def link_of(url: str, *, own_host: str) -> Link:
    """Of an address that `is_web_address`."""
    return Link(url, host_of(url) or "", is_external=is_external(url, own_host))


def is_external(url: str, own_host: str) -> bool:
    return host_of(url) != plain_host(own_host)


def is_web_address(url: str) -> bool:
    """One that a browser opens, and that can be shown."""
    if has_unprintable(url) or any(each.isspace() or each == "\\" for each in url):
        return False
    if len(url) > URL_LENGTH_MAX:
        return False
    return url.lower().startswith(("https://", "http://")) and host_of(url) is not None


def host_of(url: str) -> str | None:
    """None where the address has none. A browser reads a backslash as a slash."""
    try:
        host = urlsplit(url.replace("\\", "/")).hostname
    except ValueError:
        return None
    return plain_host(host or "") or None


def plain_host(host: str) -> str:
    """One spelling of all that lead to the same place: small ASCII letters, other scripts as
    `xn--`, nothing invisible, no point at the end.
    """
    return ".".join(map(_ascii, _folded(unquote(host)).strip(".").split(".")))


def hosts_in(texts: Iterable[str]) -> frozenset[str]:
    """All that could be a host in them, whether a link or a bare name, also where it is the
    parameter of another link. `readme.md` looks like one.
    """
    # Most words are left out at once: looking at each character takes its time.
    whole = " ".join({word for text in texts for word in text.split() if _may_name(word)})
    spelled = (_folded(whole), _folded(unquote(whole)))
    words = {word.strip(".-_") for text in spelled for word in _spaced(text).split()}
    hosts = map(plain_host, (word for word in words if "." in word))
    return frozenset(host for host in hosts if _NAMED.fullmatch(host))


def with_parents(host: str) -> list[str]:
    """`a.b.example` is below `b.example`, and that below nothing that can be blocked."""
    labels = host.split(".")[-LABEL_COUNT_MAX:]
    return [".".join(labels[first:]) for first in range(len(labels) - 1)]


def _may_name(word: str) -> bool:
    """Other scripts have points of their own."""
    return not word.isascii() or "." in word or "%" in word


def _spaced(text: str) -> str:
    """With a space in place of all that is in no host."""
    return "".join(each if each in ".-_%" or category(each)[0] in "LMN" else " " for each in text)


def _folded(text: str) -> str:
    seen = "".join(each for each in text if category(each) != "Cf")
    return normalize("NFKC", seen).lower().replace("\u3002", ".")


def _ascii(label: str) -> str:
    return label if label.isascii() else "xn--" + label.encode("punycode").decode()
