"""The jobs of verifications, and of the payouts that wait for them."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from domain.payouts import operations as payouts
from domain.verification import operations as verification
from domain.verification.operations import Asking
from gateway.job_kinds import (
    EVERY_HOUR,
    EVERY_MINUTE,
    EVERY_TEN_SECONDS,
    Arguments,
    Given,
    JobKind,
    swept,
)

ASKED_AT_ONCE_MAX: Final = 10


async def step_check(arguments: Arguments, given: Given) -> None:
    await verification.step_check(check_id=UUID(arguments["check_id"]), asking=_asking(given))


async def ask_numbers_again(arguments: Arguments, given: Given) -> None:
    await verification.ask_numbers_again(
        member_id=UUID(arguments["member_id"]), asking=_asking(given)
    )


async def hear_of_change(arguments: Arguments, given: Given) -> None:
    await verification.hear_of_change(member_id=UUID(arguments["member_id"]), now=given.clock())


async def redact_checks(_: Arguments, given: Given) -> None:
    await verification.redact_checks(asking=_asking(given))


async def hear_of_standing(arguments: Arguments, _: Given) -> None:
    await payouts.hear_of_standing(member_id=UUID(arguments["member_id"]))


def _asking(given: Given) -> Asking:
    return Asking(
        verifiers=given.providers.verifiers,
        vault=given.vault,
        clock=given.clock,
        new_id=given.new_id,
    )


ENQUEUED: Final = (
    JobKind(name="verification_step", handle=step_check, at_once_max=ASKED_AT_ONCE_MAX),
    JobKind(name="tax_form_given", handle=ask_numbers_again),
    JobKind(name="member_changed", handle=hear_of_change),
    JobKind(name="payout_standing", handle=hear_of_standing),
)

SCHEDULED: Final = (
    JobKind(
        name="verification_due",
        handle=lambda _, given: verification.step_due(
            verifiers=given.providers.verifiers, now=given.clock()
        ),
        every=EVERY_TEN_SECONDS,
    ),
    JobKind(
        name="verification_screen",
        handle=swept(lambda given: verification.screen_due(asking=_asking(given))),
        every=EVERY_MINUTE,
    ),
    JobKind(
        name="verification_expire",
        handle=swept(lambda given: verification.expire_verifications(now=given.clock())),
        every=EVERY_HOUR,
    ),
    JobKind(
        name="verification_forget",
        handle=lambda _, given: verification.forget_inputs(now=given.clock()),
        every=EVERY_MINUTE,
    ),
    JobKind(name="verification_redact", handle=redact_checks, every=EVERY_HOUR),
)
