"""Joining, signing in and out, sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum, unique
from functools import partial
from typing import Final, Self
from uuid import UUID

import strawberry

from domain.access import operations, queries
from domain.access.operations import LoggedIn
from domain.access.queries import SessionRecord
from domain.access.rules import Method, PasswordProblem
from domain.errors import Refused
from domain.referrals import operations as referrals
from schema.context import Context, Info
from schema.enums import show_enum
from schema.errors import NO_PATHS, Paths, UserError, code_of, path_of, user_error
from schema.ids import Tag
from schema.inputs import In
from schema.members import Member, member_of
from schema.node import Node, node_kind
from schema.payloads import Payload
from schema.prices import Cost
from schema.read_model import Mapped, read_as
from schema.scalars import CountryCode, EmailAddress

show_enum(
    Method,
    name="SignInMethod",
    description="How a member proved who they are.",
    values={
        Method.PASSWORD: "By a password.",
        Method.PASSKEY: "By a passkey.",
        Method.TOTP: "By a code of an authenticator.",
    },
)


show_enum(
    PasswordProblem,
    description="What is wrong with a password.",
    values={
        PasswordProblem.TOO_SHORT: "Under 15 characters.",
        PasswordProblem.TOO_LONG: "Over 256 characters.",
        PasswordProblem.UNPRINTABLE: "It has control characters.",
        PasswordProblem.COMMON: "Many people use it.",
        PasswordProblem.PERSONAL: "It holds the member's own name or address, or ours.",
    },
)


class CookieImpossible(Refused):
    """The answer cannot carry a cookie, as over a WebSocket."""

    code = "COOKIE_IMPOSSIBLE"
    argument = "delivery"


@unique
class TokenDelivery(StrEnum):
    """How a new session's token reaches the client."""

    TOKEN = "token"  # noqa: S105  # a way, not a secret
    COOKIE = "cookie"


show_enum(
    TokenDelivery,
    description="How a new session's token reaches the client.",
    values={
        TokenDelivery.TOKEN: "In the payload; the client sends it as `Authorization: Bearer …`.",
        TokenDelivery.COOKIE: "In a cookie that no script can read; for pages in browsers.",
    },
)
REFERRAL: Final[Paths] = {"code": ["referralCode"]}


@strawberry.type(description="One sign-in of the viewer.")
class Session(Node):
    authenticated_with: list[Method] = strawberry.field(description="How it began.")
    created_at: datetime = strawberry.field(description="When it began.")
    last_seen_at: datetime = strawberry.field(description="Its last request, to the minute.")
    expires_at: datetime = strawberry.field(description="When it ends without further requests.")
    is_current: bool = strawberry.field(description="Whether this very request belongs to it.")

    @classmethod
    def of(cls, record: SessionRecord, context: Context) -> Self:
        current = context.viewer.session_id if context.viewer else None
        return cls(
            id=context.ids.encode(Tag.SESSION, record.id),
            authenticated_with=list(record.authenticated_with),
            created_at=record.created_at,
            last_seen_at=record.last_seen_at,
            expires_at=record.expires_at,
            is_current=record.id == current,
        )


@strawberry.type(description="Too many attempts; waiting helps.")
class TooManyAttemptsError(UserError):
    retry_after_seconds: int = strawberry.field(description="How long to wait.")


@user_error.register(operations.TooManyAttempts)
def too_many_attempts_error(
    refusal: operations.TooManyAttempts, paths: Paths = NO_PATHS
) -> TooManyAttemptsError:
    return TooManyAttemptsError(
        code=code_of(refusal),
        message=str(refusal),
        path=path_of(refusal, paths),
        retry_after_seconds=refusal.retry_after_seconds,
    )


@strawberry.type(description="The password would be guessed.")
class PasswordTooWeakError(UserError):
    problem: PasswordProblem = strawberry.field(description="What is wrong with it.")


@user_error.register(operations.PasswordTooWeak)
def password_too_weak_error(
    refusal: operations.PasswordTooWeak, paths: Paths = NO_PATHS
) -> PasswordTooWeakError:
    return PasswordTooWeakError(
        code=code_of(refusal),
        message=str(refusal),
        path=path_of(refusal, paths),
        problem=refusal.problem,
    )


@strawberry.input(description="Joins as a new member.")
class MemberRegisterInput:
    name: str = strawberry.field(description="The member's full name; shown to nobody else.")
    email: EmailAddress = strawberry.field(description="Signs in with it; one member each.")
    country: CountryCode = strawberry.field(description="Where the member lives.")
    born_on: date = strawberry.field(description="Members are at least 18 years old.")
    password: str = strawberry.field(description="15 to 256 characters; no other rules.")
    referral_code: str | None = strawberry.field(
        default=None, description="Of the link of the member who brought the new one."
    )


@strawberry.type(description="Outcome of `memberRegister`.")
class MemberRegisterPayload(Payload):
    member: Member | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.input(description="Signs in.")
class SessionCreateInput:
    email: EmailAddress = strawberry.field(description="The member's address.")
    password: str = strawberry.field(description="The member's password.")
    delivery: TokenDelivery = strawberry.field(
        default=TokenDelivery.TOKEN, description="How the token is handed over."
    )
    remember_me: bool = strawberry.field(
        default=True,
        description="False on a computer that others use: the cookie ends with the browser, "
        "the session after an hour without a request, and after twelve in any case.",
    )


@strawberry.type(description="Outcome of `sessionCreate`.")
class SessionCreatePayload(Payload):
    token: str | None = strawberry.field(
        default=None,
        description="Send it as `Authorization: Bearer …`. Told once; keep it secret. "
        "Null on refusal, and when it went into the cookie.",
    )
    member: Member | None = strawberry.field(
        default=None, description="Who signed in; null on refusal."
    )


@strawberry.input(description="Signs out: the session of this request ends.")
class SessionEndInput:
    confirm: bool = strawberry.field(default=True, description="Inputs cannot be empty.")


@strawberry.type(description="Outcome of `sessionEnd`.")
class SessionEndPayload(Payload):
    ended_session_id: strawberry.ID | None = strawberry.field(
        default=None, description="The session that ended; null on refusal."
    )


@strawberry.input(description="Ends one session, such as that of a lost phone.")
class SessionRevokeInput:
    session_id: strawberry.ID = strawberry.field(description="One of the viewer's sessions.")


@strawberry.type(description="Outcome of `sessionRevoke`.")
class SessionRevokePayload(Payload):
    revoked_session_id: strawberry.ID | None = strawberry.field(
        default=None, description="The session that ended; null on refusal."
    )


@strawberry.input(description="Ends all sessions of the viewer.")
class SessionRevokeAllInput:
    keep_current: bool = strawberry.field(
        default=True, description="Whether the session of this request goes on."
    )


@strawberry.type(description="Outcome of `sessionRevokeAll`.")
class SessionRevokeAllPayload(Payload):
    revoked_count: int | None = strawberry.field(
        default=None, description="How many sessions ended; null on refusal."
    )


@strawberry.type(description="Changes.")
class AccessMutations:
    @strawberry.mutation(
        description="Join as a new member, who may work and employ at once.",
        directives=[Cost(weight=10)],
    )
    async def member_register(
        self, info: Info, input: In[MemberRegisterInput]
    ) -> MemberRegisterPayload | None:
        context = info.context
        try:
            member_id = await registered(context, input)
        except Refused as refusal:
            return MemberRegisterPayload(errors=[user_error(refusal, REFERRAL)])
        return MemberRegisterPayload(member=await member_of(context.renewed(), member_id))

    @strawberry.mutation(
        description="Sign in with a password. Each sign-in is a new session with a new token.",
        directives=[Cost(weight=10)],
    )
    async def session_create(
        self, info: Info, input: In[SessionCreateInput]
    ) -> SessionCreatePayload | None:
        context = info.context
        cookie = context.cookie if input.delivery is TokenDelivery.COOKIE else None
        try:
            if cookie is None and input.delivery is TokenDelivery.COOKIE:
                raise CookieImpossible("this connection cannot carry a cookie; ask for the token")
            signed_in = await operations.log_in(
                email=input.email,
                password=input.password,
                hasher=context.services.hasher,
                new_token=context.services.new_token,
                new_id=context.services.new_id,
                now=context.now,
                network=context.network,
                is_remembered=input.remember_me,
            )
        except Refused as refusal:
            return SessionCreatePayload(errors=[user_error(refusal, {})])
        await note_origin(context, signed_in)
        member = await member_of(context.renewed(), signed_in.member_id)
        if cookie is None:
            return SessionCreatePayload(token=signed_in.token, member=member)
        if cookie.brought is not None:
            await operations.revoke_token(token=cookie.brought, now=context.now)
        kept_for = await queries.cookie_lifetime(session_id=signed_in.session_id, now=context.now)
        cookie.set(signed_in.token, kept_for=kept_for)
        return SessionCreatePayload(member=member)

    @strawberry.mutation(description="Sign out.", directives=[Cost(weight=10)])
    async def session_end(self, info: Info, input: In[SessionEndInput]) -> SessionEndPayload | None:  # noqa: ARG002  # every mutation takes one
        context = info.context
        try:
            session_id = context.signed_in().session_id
            await operations.log_out(session_id=session_id, now=context.now)
            if context.cookie is not None and context.cookie.is_used:
                context.cookie.clear()
        except Refused as refusal:
            return SessionEndPayload(errors=[user_error(refusal, {})])
        return SessionEndPayload(ended_session_id=context.ids.encode(Tag.SESSION, session_id))

    @strawberry.mutation(
        description="End one of the viewer's sessions.", directives=[Cost(weight=10)]
    )
    async def session_revoke(
        self, info: Info, input: In[SessionRevokeInput]
    ) -> SessionRevokePayload | None:
        context = info.context
        try:
            await operations.revoke_session(
                member_id=context.signed_in().member_id,
                session_id=context.ids.decode(Tag.SESSION, input.session_id, "session_id"),
                now=context.now,
            )
        except Refused as refusal:
            return SessionRevokePayload(errors=[user_error(refusal, {"": ["sessionId"]})])
        return SessionRevokePayload(revoked_session_id=input.session_id)

    @strawberry.mutation(
        description="End all of the viewer's sessions.", directives=[Cost(weight=10)]
    )
    async def session_revoke_all(
        self, info: Info, input: In[SessionRevokeAllInput]
    ) -> SessionRevokeAllPayload | None:
        context = info.context
        try:
            viewer = context.signed_in()
            count = await operations.revoke_all_sessions(
                member_id=viewer.member_id,
                except_session_id=viewer.session_id if input.keep_current else None,
                now=context.now,
            )
        except Refused as refusal:
            return SessionRevokeAllPayload(errors=[user_error(refusal, {})])
        return SessionRevokeAllPayload(revoked_count=count)


async def note_origin(context: Context, signed_in: LoggedIn) -> None:
    origin = context.origin_of()
    if origin is not None:
        await operations.note_fingerprint(
            signed_in=signed_in, origin=origin, vault=context.services.vault, now=context.now
        )


async def registered(context: Context, input: MemberRegisterInput) -> UUID:
    """With the referrer's code, or without."""
    code = input.referral_code
    register = (
        operations.register_member
        if code is None
        else partial(referrals.register_referred_member, code=code)
    )
    return await register(
        name=input.name,
        email=input.email,
        country=input.country,
        born_on=input.born_on,
        password=input.password,
        hasher=context.services.hasher,
        new_id=context.services.new_id,
        now=context.now,
        network=context.network,
    )


async def sessions_seen(context: Context, keys: Sequence[UUID]) -> Mapping[UUID, SessionRecord]:
    """The viewer's own, while they live."""
    if context.viewer_id is None:
        return {}
    return await queries.sessions_by_id(ids=keys, member_id=context.viewer_id, now=context.now)


node_kind(Tag.SESSION, load=sessions_seen, show=Session.of)
read_as("Session", Mapped(entity="Session", tag=Tag.SESSION))
