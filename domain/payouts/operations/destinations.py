"""Where a member wants to be paid: added after a step-up, never edited, removed at will.

Any but the first is a change: nothing goes there before a code from a letter was given (C12).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from re import fullmatch
from typing import Final
from uuid import UUID

import msgspec

from domain.access import operations as access
from domain.access.rules import StepUpClaim, StepUpPurpose, bound_hash
from domain.database import execute, one_transaction
from domain.errors import InvalidInput, NotFound, Refused
from domain.given import NewId, Vault
from domain.payouts import rules
from domain.payouts.provider import Destination, ProviderDirectory
from domain.payouts.rules import DestinationState
from domain.provider import FieldProblem


class NoRoute(Refused):
    """Nobody pays this currency to such a destination."""

    code = "NO_ROUTE"
    argument = "destination_id"


class DestinationRefused(Refused):
    """The provider finds fault with the fields; each problem names one."""

    code = "DESTINATION_REFUSED"
    argument = "fields"

    def __init__(self, problems: tuple[FieldProblem, ...]) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems


PAYEE_FIELD: Final = "destination.payee"
_INSERT: Final = """
    insert into destination
        (id, member_id, state, kind, country, currency, label, fields, fingerprint, payee_hash,
         created_at, confirmed_at)
    select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,
           case when not exists (select from destination d where d.member_id = $2)
                then $11::timestamptz end
"""
_REMOVE: Final = """
    update destination set state = 'removed', removed_at = $3
    where id = $1 and member_id = $2 and state = 'active'
"""


async def add_destination(
    *,
    member_id: UUID,
    kind: str,
    country: str,
    currency: str,
    fields: Mapping[str, str],
    step_up: StepUpClaim,
    providers: ProviderDirectory,
    vault: Vault,
    new_id: NewId,
    now: datetime,
) -> UUID:
    """Keep a place to be paid, once its provider finds no fault with it.

    The step-up is bound to `rules.destination_content`. Refuses with `InvalidInput`,
    `NoRoute`, `DestinationRefused` or `StepUpRequired`.
    """
    _require_plausible(country=country, fields=fields)
    destination = Destination(
        destination_id=new_id(), kind=kind, country=country, currency=currency, fields=dict(fields)
    )
    served_by = providers.instances_for(kind=kind, country=country, currency=currency)
    if not served_by:
        raise NoRoute(f"nobody pays {currency} to {kind} in {country}")
    provider = providers.named(served_by[0])
    problems = await provider.check_destination(destination)
    if problems:
        raise DestinationRefused(problems)
    account = fields.get(provider.manifest.destination_kinds[kind].label_field, "")
    await _keep(
        member_id=member_id,
        destination=destination,
        account=account,
        step_up=step_up,
        vault=vault,
        now=now,
    )
    return destination.destination_id


@one_transaction
async def remove_destination(*, member_id: UUID, destination_id: UUID, now: datetime) -> None:
    """What was sent still goes there; what waits is held instead. Refuses with `NotFound`."""
    if await execute(_REMOVE, destination_id, member_id, now) == 0:
        raise NotFound("no such destination")


@one_transaction
async def _keep(
    *,
    member_id: UUID,
    destination: Destination,
    account: str,
    step_up: StepUpClaim,
    vault: Vault,
    now: datetime,
) -> None:
    content = rules.destination_content(
        kind=destination.kind,
        country=destination.country,
        currency=destination.currency,
        fields=destination.fields,
    )
    fingerprint = vault.fingerprint(content)
    purpose = StepUpPurpose.DESTINATION_ADD
    bound = bound_hash(purpose=purpose, amount=None, payee=fingerprint)
    await access.spend_step_up(claim=step_up, purpose=purpose, bound=bound, now=now)
    plaintext = msgspec.json.encode(dict(destination.fields))
    payee = _payee_content(kind=destination.kind, account=account)
    context = rules.sealed_context(destination.destination_id)
    await execute(
        _INSERT,
        destination.destination_id,
        member_id,
        DestinationState.ACTIVE.value,
        destination.kind,
        destination.country,
        destination.currency,
        rules.masked(account),
        vault.seal(plaintext, context=context),
        fingerprint,
        vault.blind_index(PAYEE_FIELD, payee) if account else None,
        now,
    )


def _require_plausible(*, country: str, fields: Mapping[str, str]) -> None:
    if not fullmatch("[A-Z]{2}", country):
        raise InvalidInput("a country is two capital letters", path=("country",))
    if not fields or len(fields) > rules.FIELD_COUNT_MAX:
        raise InvalidInput("too many or no fields", path=("fields",))
    for name, value in fields.items():
        if not name or max(len(name), len(value)) > rules.FIELD_LENGTH_MAX:
            raise InvalidInput("a field is too long", path=("fields",))
        if not (name + value).isprintable():
            raise InvalidInput("a field has characters that cannot be shown", path=("fields",))


def _payee_content(*, kind: str, account: str) -> bytes:
    """Who gets the money: one text for all spellings of an account."""
    plain = "".join(each for each in account.casefold() if each.isalnum() or each in "@.+_")
    return f"{kind}:{plain}".encode()
