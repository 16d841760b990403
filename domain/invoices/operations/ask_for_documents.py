"""What the turn of the month does: nobody waits for a campaign to end to see a document."""

from __future__ import annotations

from domain.database import one_transaction
from domain.invoices import queries
from domain.invoices.rules import DocumentKind
from domain.jobs import JobRequest, enqueue


@one_transaction
async def ask_for_documents() -> int:
    """Enqueue a document for everybody with approved work that none shows yet; how many.

    A job that finds nothing to bill issues nothing, so asking twice does no harm.
    """
    jobs = [
        JobRequest(
            name="fee_invoice_issue",
            arguments={"employer_id": str(member_id), "currency": currency},
            once_key=f"{member_id}:{currency}",
        )
        for member_id, currency in await queries.counterparties_to_bill(
            kind=DocumentKind.FEE_INVOICE
        )
    ]
    jobs += [
        JobRequest(
            name="self_bill_issue",
            arguments={"worker_id": str(member_id), "currency": currency},
            once_key=f"{member_id}:{currency}",
        )
        for member_id, currency in await queries.counterparties_to_bill(kind=DocumentKind.SELF_BILL)
    ]
    if jobs:
        await enqueue(jobs)
    return len(jobs)
