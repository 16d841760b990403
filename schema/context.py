"""What every resolver may use; the gateway builds one per operation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

import strawberry
from graphql import GraphQLError

from domain.access.provider import PasswordHasher
from domain.access.queries import Viewer
from domain.deposits.provider import ProviderDirectory as DepositDirectory
from domain.given import Clock, NewId, NewToken, Vault
from domain.members.rules import Role
from domain.payouts.provider import ProviderDirectory as PayoutDirectory
from schema.cursors import CursorCodec
from schema.errors import SignInRequired
from schema.ids import IdCodec
from schema.loading import Key, Load, Loaders, Value


class Forbidden(GraphQLError):
    """A read that needs a role the viewer has not; the field is null."""

    def __init__(self, role: Role) -> None:
        super().__init__(f"This needs the role {role.value}.", extensions={"code": "FORBIDDEN"})


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
    vault: Vault
    url: str  # where this deployment is reached, without a slash at the end


@dataclass(slots=True, kw_only=True)
class Context:
    """All that one operation may use; never shared by two operations."""

    request_id: str
    viewer: Viewer | None
    now: datetime
    services: Services
    network: str | None  # where the request comes from, when that counts for rate limits
    _loaders: Loaders = field(init=False)

    def __post_init__(self) -> None:
        self._loaders = Loaders(self)

    @property
    def viewer_id(self) -> UUID | None:
        return None if self.viewer is None else self.viewer.member_id

    @property
    def ids(self) -> IdCodec:
        return self.services.ids

    async def load(self, load: Load[Key, Value], key: Key) -> Value | None:
        return await self._loaders.of(load).load(key)

    async def load_many(
        self, load: Load[Key, Value], keys: Sequence[Key]
    ) -> Sequence[Value | None]:
        return await self._loaders.of(load).load_many(keys)

    def renewed(self) -> Context:
        """After each change: what was loaded before is the past."""
        self._loaders = Loaders(self)
        return self

    def signed_in(self) -> Viewer:
        """For changes. Refuses with `SignInRequired`."""
        if self.viewer is None:
            raise SignInRequired("sign in first: `sessionCreate` gives a token")
        return self.viewer


Info: TypeAlias = strawberry.Info[Context, None]
