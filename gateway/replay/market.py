"""The marketplace as a replay uses it: by operations in this process, or over HTTP.

Every method may be called again after any failure: it looks, then does what is missing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from domain.invoices.rules import DocumentKind
from domain.money import Money
from gateway.replay.crowd import Answer
from gateway.replay.plan import Person, Plan

REASON: Final = "The answer does not agree with what is known about this task."
WHY_UNLIMITED: Final = "A replay: the answers are known before, whatever their quality is."
POLL_SECONDS: Final = 0.25
# Of a member's documents; receipts and statements come by a sweep, at a time of their own.
INVOICES: Final = (DocumentKind.FEE_INVOICE, DocumentKind.SELF_BILL)


class Stage(StrEnum):
    """How far one answer has come."""

    CLAIMED = "claimed"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Known:
    """An assignment that exists already."""

    assignment_id: str
    stage: Stage
    is_rated: bool = False

    @property
    def is_done(self) -> bool:
        return self.stage is Stage.REJECTED or (self.stage is Stage.APPROVED and self.is_rated)


class Trouble(Exception):
    """The market could not be reached just now; ask again."""


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Others change the market, and nothing tells this process when they did: ask again."""
    while not await is_so():  # noqa: ASYNC110  # no event to wait for
        await asyncio.sleep(POLL_SECONDS)


class Market(Protocol):
    async def register_employer(self, person: Person) -> None: ...

    async def register_worker(self, worker: str, person: Person, *, brought_by: str | None) -> None:
        """`brought_by` is a worker registered before."""

    async def open_campaign(self, plan: Plan) -> None:
        """Exactly the money that is needed, all tasks, funded and published."""

    async def known_assignments(self) -> Mapping[tuple[str, str], Known]:
        """By worker and task; what returned its place is left out."""

    async def find(self, answer: Answer) -> Known | None: ...

    async def claim(self, answer: Answer) -> str: ...

    async def submit(self, answer: Answer, assignment_id: str) -> None: ...

    async def review(self, assignment_id: str, *, is_right: bool) -> None: ...

    async def rate(self, assignment_id: str, *, stars: int) -> None: ...

    async def settle_referrals(self, expected: Mapping[str, Money]) -> None:
        """Returns when each worker has been rewarded for those they brought."""

    async def pay_out(self, worker: str) -> bool:
        """Ask for everything that can be paid; False when that is below the minimum."""

    async def await_payouts(self) -> None:
        """Returns when no payout of this run is under way."""

    async def issue_invoices(self) -> int:
        """How many documents of `INVOICES` this run's members have, afterwards."""

    async def close(self) -> None: ...
