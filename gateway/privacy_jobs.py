"""The jobs that let go of members' data."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from domain.privacy import operations as privacy
from gateway.job_kinds import EVERY_HOUR, EVERY_NIGHT, Arguments, Given, JobKind, swept


async def erase_member(arguments: Arguments, given: Given) -> None:
    await privacy.erase_member(erasure_id=UUID(arguments["erasure_id"]), now=given.clock())


async def hear_of_frozen(arguments: Arguments, given: Given) -> None:
    await privacy.hear_of_frozen(
        member_id=UUID(arguments["member_id"]), new_id=given.new_id, now=given.clock()
    )


async def write_export(arguments: Arguments, given: Given) -> None:
    await privacy.write_export(
        export_id=UUID(arguments["export_id"]), vault=given.vault, now=given.clock()
    )


ENQUEUED: Final = (
    JobKind(name="data_export_write", handle=write_export, at_once_max=2),
    JobKind(name="member_erase", handle=erase_member),
    JobKind(name="member_frozen", handle=hear_of_frozen),
)

SCHEDULED: Final = (
    JobKind(
        name="erasure_recover",
        handle=lambda _, given: privacy.recover_erasures(now=given.clock()),
        every=EVERY_HOUR,
    ),
    JobKind(
        name="ended_purge",
        handle=swept(lambda given: privacy.purge_ended(now=given.clock())),
        every=EVERY_HOUR,
    ),
    JobKind(
        name="tax_key_purge",
        handle=lambda _, given: privacy.purge_tax_keys(now=given.clock()),
        every=EVERY_NIGHT,
    ),
)
