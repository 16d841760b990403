"""What every resolver may use; the gateway builds one per operation."""

from __future__ import annotations

from asyncio import Task
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias
from urllib.parse import urlsplit
from uuid import UUID

import strawberry
from graphql import GraphQLError

from domain.access.provider import PasswordHasher
from domain.access.queries import Viewer
from domain.access.rules import Origin
from domain.deposits.provider import ProviderDirectory as DepositDirectory
from domain.given import Clock, NewId, NewToken, Signer, Vault
from domain.invoices.rules import DocumentChecks
from domain.members.rules import Role
from domain.payouts.provider import ProviderDirectory as PayoutDirectory
from domain.provider_inbox.provider import NewsDirectory
from domain.reads import Asking
from domain.trusted_documents.rules import Client
from domain.verification.provider import VerifierDirectory
from schema.actual_cost import Counts
from schema.cursors import CursorCodec
from schema.errors import SignInRequired
from schema.events.changes import Changes
from schema.execution.batches import Asked, Batches
from schema.ids import IdCodec
from schema.languages.negotiation import Language
from schema.links import LinkSigner
from schema.loading import Key, Load, Loaders, Value
from schema.metering import Meter
from schema.provider_reports import ProviderReports

if TYPE_CHECKING:
    from schema.prepared import Prepared


class Forbidden(GraphQLError):
    """A read that needs a role the viewer has not; the field is null."""

    def __init__(self, role: Role) -> None:
        super().__init__(f"This needs the role {role.value}.", extensions={"code": "FORBIDDEN"})


class SessionCookie(Protocol):
    """The browser's session, where an answer can carry a cookie."""

    brought: str | None  # the token that came with the request, perhaps of nobody
    is_used: bool  # the request was signed in by it

    def set(self, token: str, *, kept_for: timedelta | None) -> None: ...

    def clear(self) -> None: ...


@lru_cache(maxsize=8)
def host_of(url: str) -> str:
    """Each reading asks for it."""
    return urlsplit(url).hostname or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What one process offers to all of its operations."""

    ids: IdCodec
    cursors: CursorCodec
    clock: Clock
    new_id: NewId
    new_token: NewToken
    hasher: PasswordHasher
    payouts: PayoutDirectory
    deposits: DepositDirectory
    verifiers: VerifierDirectory
    news: NewsDirectory
    reports: ProviderReports
    vault: Vault
    changes: Changes
    checks: DocumentChecks
    links: LinkSigner
    signer: Signer
    url: str  # where this deployment is reached, without a slash at the end
    files_url: str = ""  # where files are, if not there
    is_production: bool = False
    has_introspection: bool = True
    has_written_lists: bool = False  # the database writes those of trusted documents
    has_free_texts: bool = True  # else nothing but trusted documents runs
    webhook_private_hosts: frozenset[str] = frozenset()  # host:port that need not be public

    @property
    def own_host(self) -> str:
        return host_of(self.url)


@dataclass(slots=True, kw_only=True)
class Context:
    """All that one operation may use; never shared by two operations."""

    request_id: str
    viewer: Viewer | None
    now: datetime
    services: Services
    network: str | None  # where the request comes from, when that counts for rate limits
    origin_of: Callable[[], Origin | None] = lambda: None  # only a sign-in looks
    language: Language = Language.EN  # of all messages for people
    client: Client | None = None  # who says to be asking; anybody may say anything
    meter: Meter = field(default_factory=Meter)
    cookie: SessionCookie | None = None  # None where an answer cannot carry one
    session_is_over: bool = False  # a cookie came, of a session that is none: only to sign in
    deadline_seconds: float | None = None
    is_streamed: bool = False  # the answer goes out on a stream, which nobody watches but we
    loading: set[Task[Any]] = field(default_factory=set)
    batches: Batches | None = None  # while the compiled executor runs
    prepared: Prepared | None = None  # the document, once it is known
    is_trusted_document: bool = False  # it was registered beforehand
    takes_texts: bool = False  # whoever asks wants nothing but the bytes of the answer
    # Lists that the database wrote, by identity, and how many objects are in each; None where
    # the answer is to be made of objects.
    texts: dict[int, Counts] | None = None
    _loaders: Loaders | None = None  # made when asked for: they hold us, and few ask

    @property
    def viewer_id(self) -> UUID | None:
        return None if self.viewer is None else self.viewer.member_id

    @property
    def asking(self) -> Asking:
        session_id = None if self.viewer is None else self.viewer.session_id
        return Asking(self.viewer_id, session_id, self.now, self.services.own_host)

    @property
    def ids(self) -> IdCodec:
        return self.services.ids

    async def load(self, load: Load[Key, Value], key: Key) -> Value | None:
        """Together with all that the operation asks of `load` at this moment."""
        batches = self.batches
        if batches is not None and batches.is_stepping:
            found: Value | None = (await Asked(batches, load, (key,)))[0]
            return found
        if self._loaders is None:
            self._loaders = Loaders(self)
        return await self._loaders.of(load).load(key)

    def renewed(self) -> Context:
        """After each change: what was loaded before is the past."""
        self._loaders = None
        if self.batches is not None:
            self.batches.forget()
        return self

    def stop_loading(self) -> None:
        """The operation is cut off; its batches run in tasks of their own."""
        for task in self.loading:
            task.cancel()

    def signed_in(self) -> Viewer:
        """For changes. Refuses with `SignInRequired`."""
        if self.viewer is None:
            raise SignInRequired("sign in first: `sessionCreate` gives a token")
        return self.viewer


Info: TypeAlias = strawberry.Info[Context, None]
