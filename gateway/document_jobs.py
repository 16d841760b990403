"""What jobs about documents call."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from domain.invoices import operations as invoices
from gateway.job_kinds import EVERY_MINUTE, EVERY_MONTH, Arguments, Given, JobKind

RUNS_AT_ONCE_MAX: Final = 1  # one keeps all processors busy
LETTERS_MAX: Final = 4  # at once, over all job workers
DRAWINGS_MAX: Final = 2  # each takes a processor


async def issue_fee_invoice(arguments: Arguments, given: Given) -> None:
    await invoices.issue_fee_invoice(
        employer_id=UUID(arguments["employer_id"]),
        currency=arguments["currency"],
        checks=given.checks,
        vault=given.vault,
        new_id=given.new_id,
        now=given.clock(),
    )


async def issue_self_bill(arguments: Arguments, given: Given) -> None:
    await invoices.issue_self_bill(
        worker_id=UUID(arguments["worker_id"]),
        currency=arguments["currency"],
        checks=given.checks,
        vault=given.vault,
        new_id=given.new_id,
        now=given.clock(),
    )


async def render_document(arguments: Arguments, given: Given) -> None:
    await invoices.render_document(
        document_id=UUID(arguments["document_id"]), renderer=given.renderer
    )


async def step_document_run(arguments: Arguments, given: Given) -> None:
    await invoices.step_run(
        run_id=UUID(arguments["run_id"]),
        checks=given.checks,
        vault=given.vault,
        new_id=given.new_id,
        clock=given.clock,
    )


async def mail_document(arguments: Arguments, given: Given) -> None:
    await invoices.deliver_document(
        document_id=UUID(arguments["document_id"]), mailer=given.mailer, clock=given.clock
    )


ENQUEUED: Final = (
    JobKind(name="fee_invoice_issue", handle=issue_fee_invoice),
    JobKind(name="self_bill_issue", handle=issue_self_bill),
    JobKind(name="document_render", handle=render_document, at_once_max=DRAWINGS_MAX),
    JobKind(name="document_mail", handle=mail_document, at_once_max=LETTERS_MAX),
    JobKind(name="document_run", handle=step_document_run, at_once_max=RUNS_AT_ONCE_MAX),
)
SCHEDULED: Final = (
    JobKind(
        name="document_month", handle=lambda _, __: invoices.ask_for_documents(), every=EVERY_MONTH
    ),
    JobKind(
        name="document_receipt",
        handle=lambda _, given: invoices.issue_receipts(now=given.clock(), new_id=given.new_id),
        every=EVERY_MINUTE,
    ),
    JobKind(
        name="document_run_recover",
        handle=lambda _, __: invoices.recover_runs(),
        every=EVERY_MINUTE,
    ),
)
