"""Where a member wants events to be sent: made, changed, removed, given a new secret."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.access import operations as access
from domain.access.rules import StepUpClaim, StepUpPurpose, bound_hash
from domain.database import execute, fetch_row, fetch_value, one_transaction
from domain.errors import InvalidInput, NotFound, Refused
from domain.events.rules import EventKind
from domain.given import NewId, NewToken, Vault
from domain.webhooks import rules
from domain.webhooks.rules import DisabledReason, EndpointState


class TooManyEndpoints(Refused):
    """Nobody needs more, and each of them is sent every event."""

    code = "TOO_MANY_ENDPOINTS"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointTerms:
    """`kinds` empty: every kind. `document` was checked against the schema by who knows it."""

    url: str
    kinds: tuple[EventKind, ...] = ()
    document: str | None = None


@dataclass(frozen=True, slots=True)
class SecretTold:
    """The only time that the secret is told."""

    endpoint_id: UUID
    secret: str = field(repr=False)


_LOCK_MEMBER: Final = "select true from member where id = $1 for no key update"
_COUNT: Final = "select count(*) from webhook_endpoint where member_id = $1"
_INSERT: Final = """
    insert into webhook_endpoint (id, member_id, url, kinds, document, state, secret, created_at)
    values ($1, $2, $3, $4, $5, 'active', $6, $7)
"""
_LOCK_OWN: Final = """
    select url, state, secret from webhook_endpoint where id = $1 and member_id = $2 for update
"""
_UPDATE: Final = """
    update webhook_endpoint
    set url = $2, kinds = $3, document = $4, state = $5, disabled_reason = $6,
        failing_since = case when $7 then null else failing_since end,
        failure_count = case when $7 then 0 else failure_count end,
        paused_until = case when $7 then null else paused_until end
    where id = $1
"""
_ROTATE: Final = """
    update webhook_endpoint set secret = $2, previous_secret = $3, previous_until = $4
    where id = $1
"""
_BURY: Final = """
    update webhook_delivery set state = 'dead', next_at = null
    where endpoint_id = $1 and next_at is not null
"""


@one_transaction
async def create_endpoint(
    *,
    member_id: UUID,
    terms: EndpointTerms,
    step_up: StepUpClaim,
    private_hosts: Collection[str],
    vault: Vault,
    new_token: NewToken,
    new_id: NewId,
    now: datetime,
) -> SecretTold:
    """From now on the member's events go there too.

    The step-up is bound to the address. Refuses with `InvalidInput`, `StepUpRequired` or
    `TooManyEndpoints`.
    """
    _require_sound(terms, private_hosts)
    await fetch_value(_LOCK_MEMBER, member_id)
    if await fetch_value(_COUNT, member_id) >= rules.ENDPOINTS_MAX:
        raise TooManyEndpoints(f"a member has at most {rules.ENDPOINTS_MAX} endpoints")
    await _spend(
        step_up, StepUpPurpose.WEBHOOK_CREATE, rules.new_endpoint_content(terms.url), vault, now
    )
    endpoint_id, secret = new_id(), rules.new_secret(new_token())
    await execute(
        _INSERT,
        endpoint_id,
        member_id,
        terms.url,
        _texts(terms.kinds),
        terms.document,
        vault.seal(secret.encode(), context=rules.secret_context(endpoint_id)),
        now,
    )
    return SecretTold(endpoint_id, secret)


@one_transaction
async def update_endpoint(
    *,
    member_id: UUID,
    endpoint_id: UUID,
    terms: EndpointTerms,
    state: EndpointState,
    step_up: StepUpClaim | None,
    private_hosts: Collection[str],
    vault: Vault,
    now: datetime,
) -> None:
    """Switched off by its owner, what waits is dead; switched on, its failures are forgotten.

    Another address needs a step-up, as a new endpoint there does. Refuses with `InvalidInput`,
    `NotFound` or `StepUpRequired`.
    """
    _require_sound(terms, private_hosts)
    row = await fetch_row(_LOCK_OWN, endpoint_id, member_id)
    if row is None:
        raise NotFound("no such endpoint")
    if terms.url != row["url"]:
        if step_up is None:
            raise access.StepUpRequired("confirm the new address first")
        content = rules.new_endpoint_content(terms.url)
        await _spend(step_up, StepUpPurpose.WEBHOOK_CREATE, content, vault, now)
    is_active, was_active = state is EndpointState.ACTIVE, row["state"] == EndpointState.ACTIVE
    await execute(
        _UPDATE,
        endpoint_id,
        terms.url,
        _texts(terms.kinds),
        terms.document,
        state.value,
        None if is_active else DisabledReason.OWNER.value,
        is_active and (not was_active or row["url"] != terms.url),
    )
    if not is_active:
        await execute(_BURY, endpoint_id)


@one_transaction
async def remove_endpoint(*, member_id: UUID, endpoint_id: UUID) -> None:
    """With all its deliveries. Refuses with `NotFound`."""
    if await fetch_row(_LOCK_OWN, endpoint_id, member_id) is None:
        raise NotFound("no such endpoint")
    await execute("delete from webhook_delivery where endpoint_id = $1", endpoint_id)
    await execute("delete from webhook_endpoint where id = $1", endpoint_id)


@one_transaction
async def rotate_secret(
    *,
    member_id: UUID,
    endpoint_id: UUID,
    step_up: StepUpClaim,
    vault: Vault,
    new_token: NewToken,
    now: datetime,
) -> SecretTold:
    """A new secret; the one before signs as well for a day, one before that no more.

    Refuses with `NotFound` or `StepUpRequired`.
    """
    row = await fetch_row(_LOCK_OWN, endpoint_id, member_id)
    if row is None:
        raise NotFound("no such endpoint")
    await _spend(
        step_up, StepUpPurpose.WEBHOOK_ROTATE, rules.rotation_content(endpoint_id), vault, now
    )
    before = vault.unseal(row["secret"], context=rules.secret_context(endpoint_id))
    secret = rules.new_secret(new_token())
    await execute(
        _ROTATE,
        endpoint_id,
        vault.seal(secret.encode(), context=rules.secret_context(endpoint_id)),
        vault.seal(before, context=rules.previous_secret_context(endpoint_id)),
        now + rules.PREVIOUS_SECRET_VALID,
    )
    return SecretTold(endpoint_id, secret)


async def disable(endpoint_id: UUID, reason: DisabledReason) -> None:
    """Inside a transaction that holds the endpoint's lock; what waits is dead."""
    await execute(
        "update webhook_endpoint set state = 'disabled', disabled_reason = $2 where id = $1",
        endpoint_id,
        reason.value,
    )
    await execute(_BURY, endpoint_id)


async def _spend(
    step_up: StepUpClaim, purpose: StepUpPurpose, content: bytes, vault: Vault, now: datetime
) -> None:
    bound = bound_hash(purpose=purpose, amount=None, payee=vault.fingerprint(content))
    await access.spend_step_up(claim=step_up, purpose=purpose, bound=bound, now=now)


def _require_sound(terms: EndpointTerms, private_hosts: Collection[str]) -> None:
    problem = rules.url_problem(terms.url, private_hosts=private_hosts)
    if problem is not None:
        raise InvalidInput(problem, path=("url",))
    if len(set(terms.kinds)) != len(terms.kinds):
        raise InvalidInput("a kind stands here twice", path=("kinds",))
    if terms.document is not None and len(terms.document) > rules.DOCUMENT_LENGTH_MAX:
        message = f"a document has at most {rules.DOCUMENT_LENGTH_MAX} characters"
        raise InvalidInput(message, path=("document",))
    if "\0" in (terms.document or ""):
        raise InvalidInput("a document holds no NUL", path=("document",))


def _texts(kinds: Collection[EventKind]) -> list[str]:
    return [kind.value for kind in kinds]
