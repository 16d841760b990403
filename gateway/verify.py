"""`piecerate verify`: every audit of every aggregate, and a table of what was found.

Each check is one SQL statement, so it may run while the marketplace works; the records of
disputes are read a thousand at a time and their chains worked out here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from rich.console import Console
from rich.table import Table

from domain.assignments import queries as assignments
from domain.deposits import queries as deposits
from domain.disputes import queries as disputes
from domain.invoices import queries as invoices
from domain.ledger import queries as ledger
from domain.ledger.rules import Difference
from domain.payouts import queries as payouts
from domain.provider_inbox import queries as provider_inbox
from domain.referrals import queries as referrals
from domain.rewards import queries as rewards
from domain.suspensions import queries as suspensions
from domain.tasks import queries as tasks
from domain.workers import queries as workers
from gateway.refused import CommandRefused

CHECKS: Final[Mapping[str, Mapping[str, str]]] = {
    "ledger": ledger.CHECKS,
    "campaigns": tasks.CHECKS,
    "assignments": assignments.CHECKS,
    "workers": workers.CHECKS,
    "disputes": disputes.CHECKS,
    "suspensions": suspensions.CHECKS,
    "referrals": referrals.CHECKS,
    "rewards": rewards.CHECKS,
    "deposits": deposits.CHECKS,
    "payouts": payouts.CHECKS,
    "statements": provider_inbox.CHECKS,
    "invoices": invoices.CHECKS,
}
HASH_DIGITS: Final = 64  # of SHA-256
_SEALED: Final = (
    f"--sealed takes DAY=HASH, such as 2026-11-21= and {HASH_DIGITS} hexadecimal digits"
)
SHOWN_MAX: Final = 200  # of one check: more would hide the other checks


WORKED_OUT: Final[Mapping[str, str]] = {  # what no statement of its own finds
    "ledger": ledger.NOTED,
    "disputes": disputes.CHAIN,
}


async def verify(*, noted: Mapping[date, bytes] | None = None) -> list[Difference]:
    """All differences; empty when every cent is explained. Opens nothing: the pool is open.

    `noted` are seals as they were written down elsewhere, by their day.
    """
    found = [
        difference
        for checks in CHECKS.values()
        for difference in await ledger.differences(checks=checks)
    ]
    found += await ledger.missing_seals(noted=noted or {})
    return found + await disputes.broken_records()


def noted_seals(lines: Sequence[str]) -> dict[date, bytes]:
    """From `2026-11-21=<hash>`, as the log says it when a day is sealed."""
    noted = {}
    for line in lines:
        day, _, hash_ = line.partition("=")
        try:
            noted[date.fromisoformat(day)] = bytes.fromhex(hash_)
        except ValueError as error:
            raise CommandRefused(_SEALED) from error
        if len(hash_) != HASH_DIGITS:
            raise CommandRefused(_SEALED)
    return noted


def report(differences: Sequence[Difference], *, console: Console) -> None:
    """The table of checks, then each difference by name."""
    counts = Counter(difference.check for difference in differences)
    table = Table(box=None, pad_edge=False)
    table.add_column("books")
    table.add_column("check")
    table.add_column("differences", justify="right")
    for aggregate, checks in CHECKS.items():
        for check in filter(None, (*checks, WORKED_OUT.get(aggregate))):
            count = counts.pop(check, 0)
            table.add_row(aggregate, check, f"[red]{count}[/red]" if count else "0")
    console.print(table)
    assert not counts, "a difference belongs to a check"
    _name(differences, console)


def _name(differences: Sequence[Difference], console: Console) -> None:
    if not differences:
        console.print("\nNo difference: the books agree with themselves and with the work.")
        return
    console.print(f"\n{len(differences)} differences:")
    shown: Counter[str] = Counter()
    for difference in differences:
        shown[difference.check] += 1
        if shown[difference.check] <= SHOWN_MAX:
            console.print(f"  {difference}", markup=False, highlight=False, soft_wrap=True)
    for check, count in shown.items():
        if count > SHOWN_MAX:
            console.print(f"  and {count - SHOWN_MAX} more: {check}", markup=False)
