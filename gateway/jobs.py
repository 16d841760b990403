"""Job name -> operation, and what runs on a schedule. How jobs are run is `gateway.job_worker`."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from domain.access import operations as access
from domain.assignments import operations as assignments
from domain.deposits import operations as deposits
from domain.events import operations as events
from domain.given import Clock, NewId, Vault
from domain.invoices import operations as invoices
from domain.invoices.rules import DocumentRenderer
from domain.jobs import purge_job_log
from domain.ledger import operations as ledger
from domain.payouts import operations as payouts
from domain.provider_inbox import operations as provider_inbox
from domain.provider_inbox.rules import RAW_KEPT
from domain.ratings import operations as ratings
from domain.referrals import operations as referrals
from domain.webhooks import operations as webhooks
from domain.webhooks.provider import PayloadWriter, WebhookSender
from gateway.fee_watch import watch_fees
from gateway.provider_news import News
from gateway.providers import Providers

SWEEP_ROWS_MAX: Final = 500  # what one sweep moves at most; then there may be more
SWEEP_ROUNDS_MAX: Final = 20  # a job is short: the rest is for the next one
ROUTES_MAX: Final = 2  # each looks at all that wait: more would look at the same ones
SENDS_MAX: Final = 10  # at once, over all job workers
WEBHOOKS_MAX: Final = 20  # half of a job worker: money never waits for a stranger's server
DRAWINGS_MAX: Final = 2  # each takes a processor
INSTRUCT_HOUR: Final = 3  # of the day in UTC, from which standing wishes become payouts
COLLECT_HOUR: Final = 6  # from which the day's runs are collected
EVERY_TWO_SECONDS: Final = "* * * * * */2"
EVERY_TEN_SECONDS: Final = "* * * * * */10"  # the sixth field is seconds
EVERY_MINUTE: Final = "* * * * *"
EVERY_HOUR: Final = "7 * * * *"
EVERY_NIGHT: Final = "23 3 * * *"
EVERY_MONTH: Final = "0 2 1 * *"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the job worker hands to every job."""

    clock: Clock
    new_id: NewId
    providers: Providers
    vault: Vault
    renderer: DocumentRenderer
    webhook_writer: PayloadWriter
    webhook_sender: WebhookSender


Arguments = Mapping[str, str]
Handle = Callable[[Arguments, Given], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobKind:
    """`at_once_max` counts over all job workers; 0 sets no limit. `every` makes it a schedule.

    A job may run twice, also at the same time: what it does must bear that.
    """

    name: str
    handle: Handle
    at_once_max: int = 0
    every: str | None = None


def swept(sweep: Callable[[Given], Awaitable[int]]) -> Handle:
    """Repeats a sweep, which takes so many rows at a time, until it finds little to do."""

    async def handle(_: Arguments, given: Given) -> None:
        for _round in range(SWEEP_ROUNDS_MAX):
            if await sweep(given) < SWEEP_ROWS_MAX:
                return

    return handle


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
        news=News(given.providers.payouts, given.providers.deposits),
        vault=given.vault,
        now=given.clock(),
    )


async def read_provider_statement(arguments: Arguments, given: Given) -> None:
    await provider_inbox.read_statement(
        instance_id=arguments["instance_id"],
        news=News(given.providers.payouts, given.providers.deposits),
        clock=given.clock,
        new_id=given.new_id,
    )


async def apply_provider_file(arguments: Arguments, given: Given) -> None:
    await provider_inbox.apply_file(
        file_id=UUID(arguments["file_id"]),
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


async def issue_fee_invoice(arguments: Arguments, given: Given) -> None:
    await invoices.issue_fee_invoice(
        employer_id=UUID(arguments["employer_id"]),
        currency=arguments["currency"],
        new_id=given.new_id,
        now=given.clock(),
    )


async def issue_self_bill(arguments: Arguments, given: Given) -> None:
    await invoices.issue_self_bill(
        worker_id=UUID(arguments["worker_id"]),
        currency=arguments["currency"],
        new_id=given.new_id,
        now=given.clock(),
    )


async def render_document(arguments: Arguments, given: Given) -> None:
    await invoices.render_document(
        document_id=UUID(arguments["document_id"]), renderer=given.renderer
    )


async def send_webhook(arguments: Arguments, given: Given) -> None:
    await webhooks.send_delivery(
        delivery_id=UUID(arguments["delivery_id"]),
        writer=given.webhook_writer,
        sender=given.webhook_sender,
        vault=given.vault,
        clock=given.clock,
        chance=random.random(),  # noqa: S311  # jitter, not a secret
    )


async def fulfil_instructions(_: Arguments, given: Given) -> None:
    """Hourly, so that no day is lost to a stopped worker; each wish is fulfilled once a day."""
    if given.clock().hour >= INSTRUCT_HOUR:
        await payouts.fulfil_instructions(
            providers=given.providers.payouts, now=given.clock(), new_id=given.new_id
        )


async def collect_runs(_: Arguments, given: Given) -> None:
    """Hourly, as above, and hours after the wishes: they have become payouts by then."""
    if given.clock().hour >= COLLECT_HOUR:
        await payouts.collect_runs(now=given.clock(), new_id=given.new_id)


ENQUEUED: Final = (
    JobKind(name="deposit_create", handle=create_deposit, at_once_max=SENDS_MAX),
    JobKind(name="deposit_look_up", handle=look_up_deposit, at_once_max=SENDS_MAX),
    JobKind(name="deposit_capture", handle=capture_deposit, at_once_max=SENDS_MAX),
    JobKind(name="deposit_refund", handle=send_refund, at_once_max=SENDS_MAX),
    JobKind(name="payout_route", handle=route_payout, at_once_max=ROUTES_MAX),
    JobKind(name="payout_send", handle=send_batch, at_once_max=SENDS_MAX),
    JobKind(name="payout_look_up", handle=look_up_batch, at_once_max=SENDS_MAX),
    JobKind(name="payout_advance", handle=advance_attempt, at_once_max=SENDS_MAX),
    JobKind(name="payout_cancel", handle=cancel_at_provider, at_once_max=SENDS_MAX),
    JobKind(name="provider_event", handle=handle_provider_event),
    JobKind(name="provider_event_retry", handle=retry_provider_events),
    JobKind(name="provider_file_apply", handle=apply_provider_file, at_once_max=SENDS_MAX),
    JobKind(name="provider_statement", handle=read_provider_statement, at_once_max=SENDS_MAX),
    JobKind(name="fee_invoice_issue", handle=issue_fee_invoice),
    JobKind(name="self_bill_issue", handle=issue_self_bill),
    JobKind(name="document_render", handle=render_document, at_once_max=DRAWINGS_MAX),
    JobKind(name="webhook_send", handle=send_webhook, at_once_max=WEBHOOKS_MAX),
)

SCHEDULED: Final = (
    JobKind(name="ledger_fold", handle=swept(lambda _: ledger.fold()), every=EVERY_TEN_SECONDS),
    JobKind(
        name="hold_expire",
        handle=swept(lambda given: ledger.expire_holds(now=given.clock())),
        every=EVERY_MINUTE,
    ),
    JobKind(
        name="assignment_expire",
        handle=swept(lambda given: assignments.expire_assignments(now=given.clock())),
        every=EVERY_TEN_SECONDS,
    ),
    JobKind(
        name="assignment_approve_overdue",
        handle=swept(
            lambda given: assignments.approve_overdue(new_id=given.new_id, now=given.clock())
        ),
        every=EVERY_MINUTE,
    ),
    JobKind(
        name="assignment_lapse_revisions",
        handle=swept(lambda given: assignments.lapse_revisions(now=given.clock())),
        every=EVERY_MINUTE,
    ),
    JobKind(
        name="assignment_close_rejections",
        handle=swept(
            lambda given: assignments.close_rejections(new_id=given.new_id, now=given.clock())
        ),
        every=EVERY_MINUTE,
    ),
    JobKind(
        name="campaign_advance",
        handle=swept(
            lambda given: assignments.advance_campaigns(new_id=given.new_id, now=given.clock())
        ),
        every=EVERY_TEN_SECONDS,
    ),
    JobKind(
        name="rating_reveal",
        handle=swept(lambda given: ratings.reveal_ratings(now=given.clock())),
        every=EVERY_MINUTE,
    ),
    JobKind(
        name="referral_reward",
        handle=swept(
            lambda given: referrals.reward_referrals(now=given.clock(), new_id=given.new_id)
        ),
        every=EVERY_TEN_SECONDS,
    ),
    JobKind(
        name="webhook_fan_out",
        handle=swept(
            lambda given: webhooks.fan_out_events(
                limit=SWEEP_ROWS_MAX, new_id=given.new_id, now=given.clock()
            )
        ),
        every=EVERY_TWO_SECONDS,
    ),
    JobKind(
        name="webhook_purge",
        handle=swept(lambda given: webhooks.purge_deliveries(now=given.clock())),
        every=EVERY_HOUR,
    ),
    JobKind(
        name="event_purge",
        handle=swept(lambda given: events.purge_events(now=given.clock())),
        every=EVERY_HOUR,
    ),
    JobKind(
        name="job_log_purge",
        handle=swept(lambda given: purge_job_log(now=given.clock())),
        every=EVERY_HOUR,
    ),
    JobKind(
        name="rate_bucket_purge",
        handle=swept(lambda given: access.purge_buckets(now=given.clock())),
        every=EVERY_NIGHT,
    ),
    JobKind(
        name="document_month", handle=lambda _, __: invoices.ask_for_documents(), every=EVERY_MONTH
    ),
    JobKind(
        name="provider_statement_ask",
        handle=lambda _, given: provider_inbox.ask_for_statements(
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
    JobKind(name="payout_instruct", handle=fulfil_instructions, every=EVERY_HOUR),
    JobKind(name="payout_collect", handle=collect_runs, every=EVERY_HOUR),
    JobKind(
        name="payout_fee_watch",
        handle=lambda _, given: watch_fees(now=given.clock()),
        every=EVERY_NIGHT,
    ),
)

JOBS: Final = (*ENQUEUED, *SCHEDULED)
