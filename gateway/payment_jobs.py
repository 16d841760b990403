"""Jobs of money in and out: deposits, payouts, and what providers say of both."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from domain.campaigns import operations as campaigns
from domain.deposits import operations as deposits
from domain.payouts import operations as payouts
from domain.payouts.rules import RUN_HOUR
from domain.provider_inbox import operations as provider_inbox
from domain.provider_inbox.rules import RAW_KEPT
from gateway.job_kinds import (
    EVERY_HOUR,
    EVERY_MINUTE,
    EVERY_TEN_MINUTES,
    EVERY_TEN_SECONDS,
    SWEEP_ROWS_MAX,
    Arguments,
    Given,
    JobKind,
    swept,
)
from gateway.provider_news import News

ROUTES_MAX: Final = 2  # each takes along all that wait: more would find little to do
SENDS_MAX: Final = 10  # at once, over all job workers
INSTRUCT_HOUR: Final = 3  # of the day in UTC, from which standing wishes become payouts


async def create_deposit(arguments: Arguments, given: Given) -> None:
    await deposits.create_at_provider(
        deposit_id=UUID(arguments["deposit_id"]),
        providers=given.providers.deposits,
        clock=given.clock,
    )


async def look_up_deposit(arguments: Arguments, given: Given) -> None:
    await deposits.look_up_deposit(
        deposit_id=UUID(arguments["deposit_id"]),
        providers=given.providers.deposits,
        clock=given.clock,
        new_id=given.new_id,
        count=int(arguments["count"]) if "count" in arguments else None,
    )


async def capture_deposit(arguments: Arguments, given: Given) -> None:
    await deposits.capture_deposit(
        deposit_id=UUID(arguments["deposit_id"]),
        providers=given.providers.deposits,
        clock=given.clock,
        new_id=given.new_id,
    )


async def pause_campaigns(arguments: Arguments, given: Given) -> None:
    await campaigns.pause_for_low_escrow(
        employer_id=UUID(arguments["employer_id"]),
        currency=arguments["currency"],
        now=given.clock(),
    )


async def send_refund(arguments: Arguments, given: Given) -> None:
    await deposits.send_refund(
        refund_id=UUID(arguments["refund_id"]),
        providers=given.providers.deposits,
        clock=given.clock,
        new_id=given.new_id,
    )


async def handle_provider_event(arguments: Arguments, given: Given) -> None:
    await provider_inbox.handle_event(
        event_id=UUID(arguments["event_id"]),
        news=News.of(given.providers),
        vault=given.vault,
        now=given.clock(),
    )


async def read_provider_statement(arguments: Arguments, given: Given) -> None:
    await provider_inbox.read_statement(
        instance_id=arguments["instance_id"],
        news=News.of(given.providers),
        clock=given.clock,
        new_id=given.new_id,
    )


async def apply_provider_file(arguments: Arguments, given: Given) -> None:
    await provider_inbox.apply_file(
        file_id=UUID(arguments["file_id"]),
        news=News.of(given.providers),
        vault=given.vault,
        clock=given.clock,
        new_id=given.new_id,
    )


async def catch_up(arguments: Arguments, given: Given) -> None:
    await provider_inbox.catch_up(
        instance_id=arguments["instance_id"],
        news=News(given.providers.payouts, given.providers.deposits),
        vault=given.vault,
        clock=given.clock,
        new_id=given.new_id,
    )


async def retry_provider_events(arguments: Arguments, given: Given) -> None:
    await provider_inbox.retry_unmatched(instance_id=arguments["instance_id"], now=given.clock())


async def route_payout(arguments: Arguments, given: Given) -> None:
    await payouts.route_payout(
        payout_id=UUID(arguments["payout_id"]),
        providers=given.providers.payouts,
        new_id=given.new_id,
        now=given.clock(),
    )


async def send_batch(arguments: Arguments, given: Given) -> None:
    await payouts.send_batch(
        batch_id=UUID(arguments["batch_id"]),
        providers=given.providers.payouts,
        vault=given.vault,
        clock=given.clock,
        new_id=given.new_id,
    )


async def look_up_batch(arguments: Arguments, given: Given) -> None:
    await payouts.look_up_batch(
        batch_id=UUID(arguments["batch_id"]),
        providers=given.providers.payouts,
        vault=given.vault,
        clock=given.clock,
        new_id=given.new_id,
        no=arguments.get("no"),
    )


async def advance_attempt(arguments: Arguments, given: Given) -> None:
    await payouts.advance_attempt(
        attempt_id=UUID(arguments["attempt_id"]),
        providers=given.providers.payouts,
        vault=given.vault,
        clock=given.clock,
        new_id=given.new_id,
    )


async def cancel_at_provider(arguments: Arguments, given: Given) -> None:
    await payouts.cancel_at_provider(
        attempt_id=UUID(arguments["attempt_id"]),
        providers=given.providers.payouts,
        vault=given.vault,
        clock=given.clock,
        new_id=given.new_id,
    )


async def fulfil_instructions(_: Arguments, given: Given) -> None:
    """Hourly, so that no day is lost to a stopped worker; each wish is fulfilled once a day."""
    if given.clock().hour >= INSTRUCT_HOUR:
        await payouts.fulfil_instructions(
            providers=given.providers.payouts, now=given.clock(), new_id=given.new_id
        )


async def collect_runs(_: Arguments, given: Given) -> None:
    """Often, since a run begins once those in it are screened; and hours after the wishes: they
    have become payouts by then.
    """
    if given.clock().hour >= RUN_HOUR:
        await payouts.collect_runs(now=given.clock(), new_id=given.new_id)


ENQUEUED: Final = (
    JobKind(name="deposit_create", handle=create_deposit, at_once_max=SENDS_MAX),
    JobKind(name="deposit_look_up", handle=look_up_deposit, at_once_max=SENDS_MAX),
    JobKind(name="deposit_capture", handle=capture_deposit, at_once_max=SENDS_MAX),
    JobKind(name="campaign_pause", handle=pause_campaigns),
    JobKind(name="deposit_refund", handle=send_refund, at_once_max=SENDS_MAX),
    JobKind(name="payout_route", handle=route_payout, at_once_max=ROUTES_MAX),
    JobKind(name="payout_send", handle=send_batch, at_once_max=SENDS_MAX),
    JobKind(name="payout_look_up", handle=look_up_batch, at_once_max=SENDS_MAX),
    JobKind(name="payout_advance", handle=advance_attempt, at_once_max=SENDS_MAX),
    JobKind(name="payout_cancel", handle=cancel_at_provider, at_once_max=SENDS_MAX),
    JobKind(name="provider_event", handle=handle_provider_event),
    JobKind(name="provider_event_retry", handle=retry_provider_events),
    JobKind(name="provider_catch_up", handle=catch_up, at_once_max=SENDS_MAX),
    JobKind(name="provider_file_apply", handle=apply_provider_file, at_once_max=SENDS_MAX),
    JobKind(name="provider_statement", handle=read_provider_statement, at_once_max=SENDS_MAX),
)

SCHEDULED: Final = (
    JobKind(
        name="provider_statement_ask",
        handle=lambda _, given: provider_inbox.ask_for_statements(news=News.of(given.providers)),
        every=EVERY_HOUR,
    ),
    JobKind(
        name="provider_catch_up_ask",
        handle=lambda _, given: provider_inbox.ask_for_missed(
            news=News(given.providers.payouts, given.providers.deposits)
        ),
        every=EVERY_HOUR,
    ),
    JobKind(
        name="provider_event_purge",
        handle=lambda _, given: provider_inbox.forget_bodies(kept_since=given.clock() - RAW_KEPT),
        every=EVERY_HOUR,
    ),
    # These enqueue again what got lost; once is enough, their rows stay where they are.
    JobKind(
        name="provider_event_recover",
        handle=lambda _, given: provider_inbox.recover_events(now=given.clock()),
        every=EVERY_MINUTE,
    ),
    JobKind(
        name="provider_file_recover",
        handle=lambda _, given: provider_inbox.recover_files(now=given.clock()),
        every=EVERY_MINUTE,
    ),
    JobKind(
        name="deposit_recover",
        handle=lambda _, given: deposits.recover_deposits(now=given.clock()),
        every=EVERY_MINUTE,
    ),
    JobKind(
        name="payout_recover",
        handle=lambda _, given: payouts.recover_batches(now=given.clock(), new_id=given.new_id),
        every=EVERY_MINUTE,
    ),
    JobKind(
        name="payout_release_cooled",
        handle=lambda _, given: payouts.release_cooled(now=given.clock()),
        every=EVERY_MINUTE,
    ),
    JobKind(
        name="payout_observe",
        handle=lambda _, given: payouts.tell_observers(
            providers=given.providers.payouts, now=given.clock()
        ),
        at_once_max=1,
        every=EVERY_TEN_SECONDS,
    ),
    JobKind(
        name="payout_remind",
        handle=swept(
            lambda given: payouts.remind_unclaimed(now=given.clock(), limit=SWEEP_ROWS_MAX)
        ),
        every=EVERY_HOUR,
    ),
    JobKind(name="payout_instruct", handle=fulfil_instructions, every=EVERY_HOUR),
    JobKind(name="payout_collect", handle=collect_runs, every=EVERY_TEN_MINUTES),
)
