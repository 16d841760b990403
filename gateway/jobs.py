"""Job name -> operation, and what runs on a schedule. How jobs are run is `gateway.job_worker`."""

from __future__ import annotations

import random
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog

from domain.access import operations as access
from domain.analytics import operations as analytics
from domain.assignments import operations as assignments
from domain.consents import operations as consents
from domain.disputes import operations as disputes
from domain.events import operations as events
from domain.invitations import operations as invitations
from domain.jobs import purge_job_log
from domain.ledger import operations as ledger
from domain.matching import operations as matching
from domain.notifications import operations as notifications
from domain.ratings import operations as ratings
from domain.referrals import operations as referrals
from domain.risk import operations as risk
from domain.searches import operations as searches
from domain.suspensions import operations as suspensions
from domain.uploads import operations as uploads
from domain.webhooks import operations as webhooks
from domain.workers import operations as workers
from gateway import document_jobs, payment_jobs, privacy_jobs, verification_jobs
from gateway.fee_watch import watch_fees
from gateway.job_kinds import (
    EVERY_HOUR,
    EVERY_MINUTE,
    EVERY_NIGHT,
    EVERY_TEN_SECONDS,
    EVERY_TWO_SECONDS,
    SWEEP_ROWS_MAX,
    Arguments,
    Given,
    JobKind,
    swept,
)

log = structlog.get_logger(__name__)

LETTERS_MAX: Final = 8  # at once, over all job workers
WEBHOOKS_MAX: Final = 20  # half of a job worker: money never waits for a stranger's server


async def send_webhook(arguments: Arguments, given: Given) -> None:
    await webhooks.send_delivery(
        delivery_id=UUID(arguments["delivery_id"]),
        writer=given.webhook_writer,
        sender=given.webhook_sender,
        vault=given.vault,
        clock=given.clock,
        chance=random.random(),  # noqa: S311  # jitter, not a secret
    )


async def open_all_disputes(arguments: Arguments, given: Given) -> None:
    """Those of a mass rejection, a hundred in each transaction."""
    while await disputes.open_all_disputes(
        campaign_id=UUID(arguments["campaign_id"]),
        since=datetime.fromisoformat(arguments["since"]),
        new_id=given.new_id,
        now=given.clock(),
    ):
        pass


async def seal_books(_: Arguments, __: Given) -> None:
    """The log is where a seal is noted outside of the database."""
    while (seal := await ledger.seal_day()) is not None:
        log.info(
            "ledger.day.sealed",
            day=seal.day.isoformat(),
            transfers=seal.transfer_count,
            hash=seal.hash.hex(),
        )


async def tell_of_policy(arguments: Arguments, given: Given) -> None:
    """All members, a thousand in each transaction."""
    while await consents.tell_of_policy(
        version_id=UUID(arguments["version_id"]), now=given.clock()
    ):
        pass


async def tell_searches(_: Arguments, given: Given) -> None:
    """A few members in each transaction."""
    while await searches.tell_searches(now=given.clock()):
        pass


async def mail_notification(arguments: Arguments, given: Given) -> None:
    await notifications.mail_notification(
        notification_id=UUID(arguments["notification_id"]),
        mailer=given.mailer,
        vault=given.vault,
        clock=given.clock,
    )


async def mail_invitation(arguments: Arguments, given: Given) -> None:
    await invitations.mail_invitation(
        invitation_id=UUID(arguments["invitation_id"]), mailer=given.mailer, now=given.clock()
    )


ENQUEUED: Final = (
    *payment_jobs.ENQUEUED,
    *document_jobs.ENQUEUED,
    *verification_jobs.ENQUEUED,
    *privacy_jobs.ENQUEUED,
    JobKind(name="dispute_open_all", handle=open_all_disputes),
    JobKind(name="policy_tell", handle=tell_of_policy),
    JobKind(name="notification_mail", handle=mail_notification, at_once_max=LETTERS_MAX),
    JobKind(name="invitation_mail", handle=mail_invitation, at_once_max=LETTERS_MAX),
    JobKind(name="webhook_send", handle=send_webhook, at_once_max=WEBHOOKS_MAX),
)

SCHEDULED: Final = (
    JobKind(name="ledger_fold", handle=swept(lambda _: ledger.fold()), every=EVERY_TEN_SECONDS),
    JobKind(name="ledger_seal", handle=seal_books, every=EVERY_NIGHT),
    JobKind(
        name="hold_expire",
        handle=swept(lambda given: ledger.expire_holds(now=given.clock())),
        every=EVERY_MINUTE,
    ),
    JobKind(
        name="assignment_expire",
        handle=swept(
            lambda given: assignments.expire_assignments(new_id=given.new_id, now=given.clock())
        ),
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
        name="assignment_approve_by_rule",
        handle=swept(
            lambda given: assignments.approve_by_rule(new_id=given.new_id, now=given.clock())
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
        name="dispute_advance",
        handle=swept(
            lambda given: disputes.advance_disputes(new_id=given.new_id, now=given.clock())
        ),
        every=EVERY_MINUTE,
    ),
    JobKind(
        name="dispute_advance_panels",
        handle=swept(lambda given: disputes.advance_panels(now=given.clock())),
        every=EVERY_MINUTE,
    ),
    JobKind(
        name="suspension_advance",
        handle=swept(lambda given: suspensions.advance_suspensions(now=given.clock())),
        every=EVERY_MINUTE,
    ),
    JobKind(
        name="suspension_propose",
        handle=lambda _, given: suspensions.propose_unreliable(
            new_id=given.new_id, now=given.clock()
        ),
        every=EVERY_NIGHT,
    ),
    JobKind(
        name="risk_look",
        handle=lambda _, given: risk.look_for_signals(new_id=given.new_id, now=given.clock()),
        every=EVERY_NIGHT,
    ),
    JobKind(
        name="campaign_advance",
        handle=swept(
            lambda given: assignments.advance_campaigns(new_id=given.new_id, now=given.clock())
        ),
        every=EVERY_TEN_SECONDS,
    ),
    JobKind(
        name="campaign_watch",
        handle=lambda _, given: assignments.watch_campaigns(now=given.clock()),
        every=EVERY_HOUR,
    ),
    JobKind(
        name="review_remind",
        handle=lambda _, given: assignments.remind_reviews(now=given.clock()),
        every=EVERY_HOUR,
    ),
    JobKind(
        name="consensus_weigh",
        handle=swept(
            lambda given: assignments.weigh_answers(new_id=given.new_id, now=given.clock())
        ),
        every=EVERY_TEN_SECONDS,
    ),
    JobKind(
        name="rating_reveal",
        handle=swept(lambda given: ratings.reveal_ratings(now=given.clock())),
        every=EVERY_MINUTE,
    ),
    JobKind(
        name="rating_freeze",
        handle=swept(lambda given: ratings.freeze_ratings(now=given.clock())),
        every=EVERY_MINUTE,
    ),
    JobKind(
        name="points_complete",
        handle=swept(lambda _: workers.complete_points(limit=SWEEP_ROWS_MAX)),
        every=EVERY_HOUR,
    ),
    JobKind(
        name="match_prepare",
        handle=swept(lambda given: matching.count_standings(now=given.clock())),
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
        name="invitation_advance",
        handle=swept(lambda given: invitations.advance_invitations(now=given.clock())),
        every=EVERY_MINUTE,
    ),
    JobKind(name="search_tell", handle=tell_searches, every=EVERY_MINUTE),
    JobKind(
        name="notification_tell",
        handle=swept(
            lambda given: notifications.tell_events(
                limit=SWEEP_ROWS_MAX, new_id=given.new_id, now=given.clock()
            )
        ),
        every=EVERY_TEN_SECONDS,
    ),
    JobKind(
        name="analytics_count",
        handle=swept(
            lambda given: analytics.count_events(limit=SWEEP_ROWS_MAX, new_id=given.new_id)
        ),
        every=EVERY_MINUTE,
    ),
    JobKind(
        name="upload_drop",
        handle=swept(lambda given: uploads.drop_uploads(store=given.files, now=given.clock())),
        every=EVERY_MINUTE,
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
    *document_jobs.SCHEDULED,
    *payment_jobs.SCHEDULED,
    *verification_jobs.SCHEDULED,
    *privacy_jobs.SCHEDULED,
    JobKind(
        name="payout_fee_watch",
        handle=lambda _, given: watch_fees(now=given.clock()),
        every=EVERY_NIGHT,
    ),
)

JOBS: Final = (*ENQUEUED, *SCHEDULED)
