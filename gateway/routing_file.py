"""Rulesets as TOML, and what `piecerate route` prints about them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from domain.access import queries as logins
from domain.errors import InvalidInput, Refused
from domain.members.rules import email_key
from domain.money import EXPONENTS, MICRO_DIGITS, Money, amount_text
from domain.payouts.operations import Preview, dry_run, preview_ruleset
from domain.payouts.operations.routes import Asked
from domain.routing import operations, queries
from domain.routing.provider import FeePayer, Rail
from domain.routing.queries import RulesetRecord
from domain.routing.rules import (
    CHEAPEST,
    HOLD_HOURS,
    Candidate,
    Outcome,
    Route,
    Rule,
    Schedule,
    When,
)
from gateway.given import clock, new_id
from gateway.parts import opened_parts
from gateway.refused import CommandRefused
from gateway.settings import Settings

PERCENT: Final = 100


class _Amount(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    from_: str | None = msgspec.field(default=None, name="from")
    to: str | None = None


class _When(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    country: str | None = None
    region: str | None = None
    destination_country: str | None = None
    currency: str | None = None
    amount: _Amount = msgspec.field(default_factory=_Amount)
    destination_kind: str | None = None
    rail: Rail | None = None
    level: int | None = None
    member_age_days: int | None = None
    legal_entity: str | None = None


class _Rule(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    name: str
    when: _When = msgspec.field(default_factory=_When)
    providers: list[str]
    router: str = CHEAPEST
    minimum: str | None = None
    max_fee_percent: str | None = None
    fee_payer: str = FeePayer.PLATFORM.name
    schedule: Schedule = Schedule.AT_ONCE
    hold_hours_after_destination_change: int = HOLD_HOURS


class _File(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    rule: list[_Rule]


def read_rules(path: Path) -> list[Rule]:
    """Refuses with `CommandRefused`, which names the place."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        return [_rule(each) for each in msgspec.convert(content, type=_File).rule]
    except OSError as failure:
        raise CommandRefused(f"{path} cannot be read: {failure.strerror}.") from failure
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as failure:
        raise CommandRefused(f"{path} is no TOML: {failure}.") from failure
    except (msgspec.ValidationError, ValueError) as fault:
        raise CommandRefused(f"{path}: {fault}.") from fault


async def load(rules: Sequence[Rule], *, email: str, effective_from: datetime, note: str) -> int:
    """The version of the new draft."""
    try:
        return await operations.draft_ruleset(
            author_id=await _member(email),
            rules=rules,
            effective_from=effective_from,
            note=note,
            new_id=new_id,
            now=clock(),
        )
    except InvalidInput as refusal:
        raise CommandRefused(f"{'.'.join(refusal.path)}: {refusal}") from refusal
    except Refused as refusal:
        raise CommandRefused(str(refusal)) from refusal


async def approve(version: int, *, email: str) -> None:
    try:
        await operations.approve_ruleset(
            version=version, approver_id=await _member(email), now=clock()
        )
    except Refused as refusal:
        raise CommandRefused(str(refusal)) from refusal


async def withdraw(version: int, *, email: str) -> None:
    try:
        await operations.withdraw_ruleset(
            version=version, member_id=await _member(email), now=clock()
        )
    except Refused as refusal:
        raise CommandRefused(str(refusal)) from refusal


async def try_payment(asked: Asked, *, settings: Settings, version: int | None) -> Route:
    async with opened_parts(settings) as parts:
        _, route = await dry_run(
            asked=asked, providers=parts.providers.payouts, now=clock(), version=version
        )
    return route


async def try_month(version: int, *, settings: Settings) -> Preview:
    async with opened_parts(settings) as parts:
        return await preview_ruleset(
            version=version, providers=parts.providers.payouts, now=clock()
        )


async def rulesets() -> list[RulesetRecord]:
    return await queries.rulesets()


def asked_for(
    *, amount: str, currency: str, country: str, destination_country: str | None, kind: str
) -> Asked:
    """A payment of somebody who has been a member for long."""
    if currency not in EXPONENTS:
        raise CommandRefused(f"The currency is one of {', '.join(sorted(EXPONENTS))}.")
    try:
        micros = _micros(amount)
    except ValueError as fault:
        raise CommandRefused(f"The amount: {fault}.") from fault
    if micros <= 0:
        raise CommandRefused("The amount is above zero.")
    return Asked(
        amount=Money(micros, currency),
        fee=Money(0, currency),
        country=country,
        level=0,
        member_since=clock().replace(year=2000, month=1, day=1),
        destination_kind=kind,
        destination_country=destination_country or country,
        is_exact=False,
    )


def tell_route(route: Route, *, console: Console) -> None:
    version = "built-in rule" if route.version is None else f"ruleset {route.version}"
    if route.rule is None:
        console.print(Text(f"{version}: no rule matches."))
        return
    console.print(Text(f'{version}, rule "{route.rule.name}"'))
    table = Table("Instance", "Outcome", "Why", "Payable", "Stays", "Fee", "Arrives in")
    for candidate in route.trace:
        table.add_row(*(Text(cell) for cell in _cells(candidate, rule=route.rule)))
    console.print(table)


def tell_rulesets(records: Sequence[RulesetRecord], *, console: Console) -> None:
    table = Table("Version", "State", "Effective from", "Rules", "Note")
    for each in records:
        cells = (str(each.version), each.state.value, f"{each.effective_from:%Y-%m-%d %H:%M}Z")
        table.add_row(*cells, ", ".join(rule.name for rule in each.rules), Text(each.note))
    console.print(table if records else Text("No ruleset: the first configured instance pays."))


def tell_preview(preview: Preview, *, console: Console) -> None:
    console.print(
        f"{preview.payout_count} payouts in 30 days: {preview.moved_count} would move, "
        f"{preview.stranded_count} would be paid by nobody."
    )
    for currency, micros in sorted(preview.fee_differences.items()):
        sign = "more" if micros > 0 else "less"
        console.print(f"{amount_text(Money(abs(micros), currency))} {currency} {sign} in fees")


def _cells(candidate: Candidate, *, rule: Rule) -> Sequence[str]:
    why = "" if candidate.dropped is None else candidate.dropped.name
    offer = candidate.offer
    if offer is None:
        return (candidate.instance_id, candidate.outcome.value, why, "", "", "", "")
    fee = "unknown" if offer.fee is None else f"{_text(offer.fee)} by {rule.fee_payer.name}"
    remainder = _text(offer.remainder) if offer.remainder.micros else ""
    is_out = candidate.outcome is Outcome.DROPPED
    arrives = "" if is_out else str(offer.arrives_within)
    return (
        candidate.instance_id,
        candidate.outcome.value,
        why,
        _text(offer.payable),
        remainder,
        fee,
        arrives,
    )


def _rule(said: _Rule) -> Rule:
    amount = said.when.amount
    fields: Mapping[str, Any] = msgspec.structs.asdict(said.when)
    return Rule(
        name=said.name,
        when=When(
            **{name: value for name, value in fields.items() if name != "amount"},
            amount_from_micros=None if amount.from_ is None else _micros(amount.from_),
            amount_to_micros=None if amount.to is None else _micros(amount.to),
        ),
        providers=tuple(said.providers),
        router=said.router,
        minimum_micros=None if said.minimum is None else _micros(said.minimum),
        max_fee_basis_points=None
        if said.max_fee_percent is None
        else _whole(_number(said.max_fee_percent) * PERCENT),
        fee_payer=FeePayer(said.fee_payer.lower()),
        schedule=said.schedule,
        hold_hours=said.hold_hours_after_destination_change,
    )


def _micros(text: str) -> int:
    return _whole(_number(text).scaleb(MICRO_DIGITS))


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"{text!r} is no number") from error


def _whole(number: Decimal) -> int:
    if not number.is_finite() or number != number.to_integral_value():
        raise ValueError(f"{number} has too many decimals")
    return int(number)


def _text(money: Money) -> str:
    return f"{amount_text(money)} {money.currency}"


async def _member(email: str) -> UUID:
    known = await logins.credentials_of(email_key=email_key(email))
    if known is None:
        raise CommandRefused("Nobody is registered with this address.")
    return known.member_id
