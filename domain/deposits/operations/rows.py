"""What the operations on deposits share: the provider's view of a deposit, and the jobs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from domain.deposits.provider import DepositRequest
from domain.deposits.queries import DepositRecord
from domain.jobs import JobRequest
from domain.provider import (
    AuthError,
    BatchRefused,
    ConfigError,
    Declined,
    DestinationInvalid,
    InsufficientFunds,
    NotSent,
    RateLimited,
    Unsupported,
)

FINAL_REFUSALS: Final = (Declined, Unsupported, DestinationInvalid, BatchRefused)
NOT_YET: Final = (ConfigError, AuthError, NotSent, RateLimited, InsufficientFunds)


def request_of(deposit: DepositRecord) -> DepositRequest:
    return DepositRequest(
        deposit_ref=deposit.deposit_ref,
        amount=deposit.amount,
        employer_id=deposit.employer_id,
        reference=deposit.reference,
        return_url=deposit.return_url,
        provider_ref=deposit.provider_ref,
    )


def create_job(deposit_id: UUID, *, count: int, delay: timedelta = timedelta(0)) -> JobRequest:
    return _job("deposit_create", deposit_id, str(count), delay)


def look_up_job(deposit_id: UUID, *, count: int, delay: timedelta = timedelta(0)) -> JobRequest:
    """It does nothing when other look-ups were quicker: they have planned what follows."""
    job = _job("deposit_look_up", deposit_id, str(count), delay)
    return replace(job, arguments={**job.arguments, "count": str(count)})


def heard_job(deposit_id: UUID, *, count: int, delay: timedelta = timedelta(0)) -> JobRequest:
    return _job("deposit_look_up", deposit_id, f"{count}:heard", delay)


def capture_job(deposit_id: UUID, *, count: int, delay: timedelta = timedelta(0)) -> JobRequest:
    return _job("deposit_capture", deposit_id, str(count), delay)


def refund_job(refund_id: UUID, *, count: str, delay: timedelta = timedelta(0)) -> JobRequest:
    """It sends what is prepared and looks up the rest."""
    return JobRequest(
        name="deposit_refund",
        arguments={"refund_id": str(refund_id)},
        once_key=f"{refund_id}:{count}",
        delay=delay,
    )


def retry_job(instance_id: str) -> JobRequest:
    """The inbox is above us: what it could not match before, this call may explain."""
    return JobRequest(
        name="provider_event_retry",
        arguments={"instance_id": instance_id},
        once_key=instance_id,
    )


def _job(name: str, deposit_id: UUID, count: str, delay: timedelta) -> JobRequest:
    return JobRequest(
        name=name,
        arguments={"deposit_id": str(deposit_id)},
        once_key=f"{deposit_id}:{count}",
        delay=delay,
    )
