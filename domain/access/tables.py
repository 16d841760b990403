"""Rows of passwords, sessions and step-ups; migrations 0002 and 0092 create them."""

from __future__ import annotations

from piccolo.columns import UUID, Array, Boolean, Bytea, ForeignKey, Text, Timestamptz
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from domain.access.rules import Method, StepUpPurpose, Surface
from domain.members.tables import Member


class MemberPassword(Table, tablename="member_password"):
    """A member's password, hashed slowly."""

    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    hash = Text(default=None, help_text="With algorithm, parameters and salt inside.")
    changed_at = Timestamptz(default=None)


class LoginSession(Table, tablename="login_session"):
    """One log-in. Its token changes with a step-up, its id never."""

    id = UUID(primary_key=True, default=None)
    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    token_hash = Bytea(default=None, help_text="SHA-256; the token itself is stored nowhere.")
    surface = Text(default=None, choices=Surface)
    authenticated_with = Array(base_column=Text(choices=Method), default=None)
    created_at = Timestamptz(default=None)
    last_seen_at = Timestamptz(default=None, help_text="Written at most once a minute.")
    idle_expires_at = Timestamptz(default=None)
    absolute_expires_at = Timestamptz(default=None)
    is_remembered = Boolean(default=True, help_text="It outlives the browser that began it.")
    revoked_at = Timestamptz(null=True, default=None)
    revoke_reason = Text(null=True, default=None)


class StepUpChallenge(Table, tablename="step_up_challenge"):
    """A consent to exactly one thing, passed once and spent once."""

    id = UUID(primary_key=True, default=None)
    session_id = ForeignKey(
        LoginSession,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    purpose = Text(default=None, choices=StepUpPurpose)
    bound_hash = Bytea(default=None, help_text="Of purpose, amount and payee.")
    created_at = Timestamptz(default=None)
    expires_at = Timestamptz(default=None)
    passed_at = Timestamptz(null=True, default=None)
    passed_with = Text(null=True, default=None, choices=Method)
    spent_at = Timestamptz(null=True, default=None)


class LoginFingerprint(Table, tablename="login_fingerprint"):
    """Where a sign-in came from. It refers to nothing, and goes soon."""

    id = UUID(primary_key=True, default=None, help_text="Of the session that began.")
    member_id = UUID(default=None)
    content = Bytea(default=None, help_text="Sealed: address, browser, language.")
    address_mark = Bytea(default=None, help_text="Keyed; equal for equal addresses.")
    seen_at = Timestamptz(default=None)
