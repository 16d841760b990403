"""What a message may say, and where it leads. Pure functions only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from domain.access.rules import Limit
from domain.contacts import URL

TEXT_LENGTH_MAX: Final = 4_096  # R28
SUBJECT_LENGTH_MAX: Final = 200
NOTICE_COUNT_MAX: Final = 100
LINK_COUNT_MAX: Final = 10
_LAST: Final = ".,;:!?)]}"


@dataclass(frozen=True, slots=True)
class Link:
    url: str
    host: str
    is_external: bool


def links_in(text: str, *, own_host: str) -> tuple[Link, ...]:
    """In the order of the text; without those that have no host."""
    links: list[Link] = []
    for match in URL.finditer(text):
        url = match.group().rstrip(_LAST)
        try:
            host = urlsplit(url).hostname
        except ValueError:
            continue
        if host and len(links) < LINK_COUNT_MAX:
            links.append(Link(url, host, is_external=host != own_host))
    return tuple(links)


def message_limits(author: str) -> tuple[Limit, ...]:
    return (Limit(f"message:{author}", capacity=60, per_second=1 / 10),)
