"""Trusted documents: operation texts known by the hash of their text."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from re import fullmatch
from typing import Any, Final

import structlog
from litestar import Request

from domain.database import AWAY, BUSY
from domain.given import Clock
from domain.trusted_documents.operations import record_use
from domain.trusted_documents.queries import Holding, holding_count, holdings_after, texts_by_id
from domain.trusted_documents.rules import (
    USE_RECORDED_EVERY,
    Client,
    document_id_of,
)
from gateway.graphql.refusals import RequestRefused
from gateway.settings import DocumentMode
from schema import KNOWN_DOCUMENTS

log = structlog.get_logger(__name__)

UNKNOWN_READ_EVERY: Final = timedelta(seconds=1)  # however many unknown ids come
KNOWN_READ_EVERY: Final = timedelta(minutes=1)  # what was dropped runs no longer than this
FREE_TEXTS_TOLD_EVERY: Final = timedelta(minutes=10)
CLIENT_NAMES_MAX: Final = 100  # anybody may send any name
PUBLIC: Final = "public, max-age=5"
UNNAMED: Final = "(unnamed)"
OTHERS: Final = "(others)"


@dataclass(slots=True)
class Held:
    """What this process knows of the store."""

    newest: int = 0
    count: int = 0
    texts: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)  # by text: nothing is hashed twice
    holders: dict[str, dict[Client, datetime | None]] = field(default_factory=dict)

    def add(self, holdings: Sequence[Holding], texts: Mapping[str, str]) -> None:
        for document_id, text in texts.items():
            self.texts[document_id] = text
            self.ids[text] = document_id
        for holding in holdings:
            holders = self.holders.setdefault(holding.document_id, {})
            holders[holding.client] = holding.last_used_at
            self.newest = max(self.newest, holding.seq)
        self.count += len(holdings)


class TrustedDocuments:
    """One per process. What is uploaded while it runs works within a second."""

    def __init__(self, mode: DocumentMode, *, clock: Clock) -> None:
        self.mode = mode
        self._clock = clock
        self._held = Held()
        self._read_at: datetime | None = None
        self._reading = asyncio.Lock()
        self._free_texts: Counter[str] = Counter()
        self._told_at = clock()

    async def text(self, params: Mapping[str, Any], client: Client | None = None) -> str | None:
        """The text to run. Raises `RequestRefused`."""
        text: str | None = params.get("query") or None
        document_id = requested_id(params)
        if text is None:
            return None if document_id is None else await self._stored(document_id, params, client)
        if document_id is not None and document_id != document_id_of(text):
            raise RequestRefused("DOCUMENT_MISMATCH", "The id is not the hash of the text.")
        if self.mode is not DocumentMode.OFF:
            await self._admit(text, client)
        return text

    def known_text(self, params: Mapping[str, Any]) -> str | None:
        """Of the document that is asked for by its id, if this process has read it before."""
        document_id = requested_id(params)
        return None if document_id is None else self._held.texts.get(document_id)

    async def _stored(
        self, document_id: str, params: Mapping[str, Any], client: Client | None
    ) -> str:
        text = None
        if self.mode is not DocumentMode.OFF:
            is_known = document_id in self._held.texts
            await self._read_again(is_known=is_known)
            text = self._held.texts.get(document_id)
        if text is not None:
            await self._note_use(document_id, client)
            return text
        if params.get("documentId"):
            raise _no("DOCUMENT_NOT_FOUND", "No trusted document has this id.")
        # The words and the code that Apollo clients look for.
        raise _no("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")

    async def _admit(self, text: str, client: Client | None) -> None:
        if self.mode is DocumentMode.ONLY:
            await self._read_again(is_known=text in self._held.ids)
        document_id = self._held.ids.get(text)
        if document_id is not None:
            await self._note_use(document_id, client)
        elif self.mode is DocumentMode.ONLY:
            raise _no("DOCUMENT_NOT_TRUSTED", "Only trusted documents run here.")
        else:
            self._count_free_text(client)

    async def _read_again(self, *, is_known: bool) -> None:
        """All who wait share one look; nobody waits for a database that is away and not needed."""
        every = KNOWN_READ_EVERY if is_known else UNKNOWN_READ_EVERY
        if self._has_read(within=every):
            return
        with suppress(*(AWAY if is_known else ())):
            async with self._reading:
                if not self._has_read(within=every):
                    now = self._clock()
                    await self._read()
                    self._read_at = now

    def _has_read(self, *, within: timedelta) -> bool:
        age = within if self._read_at is None else self._clock() - self._read_at
        return timedelta(0) <= age < within

    async def _read(self) -> None:
        held = self._held
        new = await holdings_after(seq=held.newest)
        if await holding_count() != held.count + len(new):  # something was dropped
            held = Held()
            new = await holdings_after(seq=0)
        wanted = {holding.document_id for holding in new} - held.texts.keys()
        held.add(new, await texts_by_id(ids=sorted(wanted)) if wanted else {})
        self._held = held
        KNOWN_DOCUMENTS.trusted_texts = held.ids

    async def _note_use(self, document_id: str, client: Client | None) -> None:
        """For the client that says so, or for all who hold the document: any may have been it."""
        now = self._clock()
        holders = self._held.holders.get(document_id, {})
        users = [client] if client in holders else list(holders)
        due = [
            each
            for each in users
            if each is not None
            and (holders[each] or datetime.min.replace(tzinfo=now.tzinfo))
            <= now - USE_RECORDED_EVERY
        ]
        if not due:
            return
        holders.update(dict.fromkeys(due, now))  # first, so that one request alone writes
        try:
            await record_use(document_id=document_id, clients=due, now=now)
        except (*AWAY, *BUSY):
            log.warning("graphql.use_not_recorded", document_id=document_id)

    def _count_free_text(self, client: Client | None) -> None:
        name = client.name if client else UNNAMED
        is_crowded = len(self._free_texts) >= CLIENT_NAMES_MAX and name not in self._free_texts
        self._free_texts[OTHERS if is_crowded else name] += 1
        now = self._clock()
        if self._held.texts and now - self._told_at >= FREE_TEXTS_TOLD_EVERY:
            log.info("graphql.free_texts", count_by_client=dict(self._free_texts))
            self._free_texts.clear()
            self._told_at = now


def requested_id(params: Mapping[str, Any]) -> str | None:
    """Of `documentId`, or of Apollo's automatic persisted queries; with or without `sha256:`."""
    asked = params.get("documentId")
    if not asked:
        persisted = (params.get("extensions") or {}).get("persistedQuery")
        asked = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
    if not isinstance(asked, str) or not asked:
        return None
    return f"sha256:{asked}" if ":" not in asked and fullmatch(r"[0-9a-f]+", asked) else asked


def is_public(request: Request[Any, Any, Any], mode: DocumentMode) -> bool:
    """Whether a cache may give the answer to others: nobody asked, for something registered."""
    return (
        mode is not DocumentMode.OFF
        and request.method == "GET"
        and bool(request.query_params.get("documentId"))
        and not {"authorization", "cookie"} & set(request.headers)
        and request.scope["state"].get("is_flawless", False)
    )


def _no(code: str, message: str) -> RequestRefused:
    return RequestRefused(code, message, well_formed=True)
