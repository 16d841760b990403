"""`piecerate vault rotate`: a new key in the file and one for every person, while all runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from domain.given import Clock
from domain.vault import operations, queries
from gateway.refused import CommandRefused
from gateway.vault import AesVault

BATCH: Final = 200


@dataclass(frozen=True, slots=True)
class Rotated:
    """`retired` names the keys of the file that wrap nothing any more."""

    kek_id: int
    people: int
    values: int
    retired: tuple[int, ...]


async def rotate(vault: AesVault, *, clock: Clock, batch: int = BATCH) -> Rotated:
    """Safe to stop and to start again at any point: it then makes one more key and goes on.

    Servers read the file again by themselves. A data key that one of them wraps meanwhile with
    the older key is wrapped again by the last pass.
    """
    began_at = clock()
    kek_id = vault.add_kek()
    people = values = 0
    after: UUID | None = None
    while found := await operations.subjects_to_renew(
        before=began_at, after=after, count_max=batch
    ):
        for subject_id in found:
            values += await operations.renew_data_key(
                subject_id=subject_id, vault=vault, now=clock()
            )
        people, after = people + len(found), found[-1]
    while await operations.rewrap_keys(vault=vault, count_max=batch):
        pass
    used = await queries.keys_per_kek()
    left = sum(count for kek, count in used.items() if kek != kek_id)
    if left:
        raise CommandRefused(f"{left} keys are held by somebody else: run the rotation again.")
    return Rotated(kek_id, people, values, tuple(sorted(vault.kek_ids() - {kek_id})))
