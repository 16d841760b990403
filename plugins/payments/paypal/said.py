"""Reads what PayPal says in an error: names and places, never values and never free text.

PayPal's errors repeat what was sent, receivers included; nothing of that may reach a log.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from domain.provider import OutcomeUnknown, ProviderError
from plugins.http import error_of

NAME: Final = re.compile(r"[A-Z][A-Z0-9_. -]{1,79}")
DEBUG_ID: Final = re.compile(r"[0-9A-Za-z-]{1,40}")
ITEM_FIELD: Final = re.compile(r"items[/\[](?P<index>[0-9]{1,5})\]?[/.](?P<field>[a-z_/.]{1,60})")
DUPLICATE_FIELD: Final = "SENDER_BATCH_ID"
DUPLICATES: Final = frozenset({"DUPLICATE_REQUEST_ID", "DUPLICATE_SENDER_BATCH_ID"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """`index` and `field` where the problem is one of an item."""

    issue: str
    field: str = ""
    index: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidError:
    """`is_paypal` is false for a page of HTML, or for whatever stands between us and PayPal."""

    is_paypal: bool = False
    name: str = ""
    debug_id: str = ""
    details: tuple[Detail, ...] = ()
    is_duplicate: bool = False
    links: tuple[str, ...] = field(default=(), repr=False)

    @property
    def codes(self) -> frozenset[str]:
        return frozenset({self.name, *(each.issue for each in self.details)}) - {""}


class Answered(Exception):
    """PayPal answered, and it is no 2xx. Neither the body nor a header is part of the text."""

    def __init__(self, status: int, *, said: SaidError, retry_after: str | None) -> None:
        super().__init__(" ".join(filter(None, (f"HTTP {status}", said.name, said.debug_id))))
        self.status = status
        self.said = said
        self.retry_after = retry_after

    def as_problem(self) -> ProviderError:
        """By the table of docs/plugins/errors.md, for those who know no better."""
        if self.status == HTTPStatus.BAD_REQUEST and not self.said.is_paypal:
            return OutcomeUnknown("HTTP 400, but not from PayPal")
        problem = error_of(self.status, retry_after=self.retry_after)
        return problem if not self.said.name else _with_text(problem, str(self))


def read_error(body: Any) -> SaidError:
    if not isinstance(body, Mapping) or not isinstance(body.get("name"), str):
        return SaidError()
    details = [each for each in body.get("details") or () if isinstance(each, Mapping)]
    return SaidError(
        is_paypal=True,
        name=plain(body["name"]),
        debug_id=_matching(DEBUG_ID, body.get("debug_id")),
        details=tuple(_detail(each) for each in details),
        is_duplicate=_is_duplicate(body["name"], details),
        links=(*_links(body), *(link for each in details for link in _links(each))),
    )


def plain(said: Any) -> str:
    """A name in PayPal's way of writing names, or nothing."""
    return _matching(NAME, said)


def _detail(said: Mapping[str, Any]) -> Detail:
    place = ITEM_FIELD.search(str(said.get("field") or ""))
    issue = plain(said.get("issue"))
    if place is None:
        return Detail(issue=issue)
    return Detail(issue=issue, index=int(place["index"]), field=place["field"])


def _is_duplicate(name: str, details: list[Mapping[str, Any]]) -> bool:
    """PayPal has no code of its own for a batch's reference: the field at fault tells."""
    if name in DUPLICATES or any(each.get("issue") in DUPLICATES for each in details):
        return True
    fields = (str(each.get("field") or "").upper() for each in details)
    return name == "USER_BUSINESS_ERROR" and any(DUPLICATE_FIELD in each for each in fields)


def _links(said: Mapping[str, Any]) -> Iterator[str]:
    """`links` in the documents, `link` in answers."""
    for key in ("links", "link"):
        given = said.get(key)
        for each in given if isinstance(given, list) else ():
            if isinstance(each, Mapping) and isinstance(each.get("href"), str):
                yield each["href"]


def _matching(pattern: re.Pattern[str], said: Any) -> str:
    return said if isinstance(said, str) and pattern.fullmatch(said) else ""


def _with_text(problem: ProviderError, text: str) -> ProviderError:
    problem.args = (text,)
    return problem
