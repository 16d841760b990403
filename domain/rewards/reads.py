"""Bonuses as their two parties may read them, and what they add to assignments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from domain.reads import Amount, Entity, Field, Listed, columns
from domain.rewards.queries import LISTED_MAX, OF_PARTY

# What it cost beside the amount is between the employer and us.
_OWN: Final = "case when {{row}}.employer_id = {{viewer}} then {{row}}.{column} end"
BONUS: Final = Entity(
    name="Bonus",
    source="from bonus b",
    row="b",
    visible=OF_PARTY,
    fields={
        **columns("reason", "sent_at"),
        "amount": Amount("{row}.amount_micros"),
        "fee": Amount(_OWN.format(column="fee_micros")),
        "vat": Amount(_OWN.format(column="vat_micros")),
    },
)
ENTITIES: Final = (BONUS,)
TOLD_ASSIGNMENTS: Final[Mapping[str, Field]] = {
    "bonuses": Listed(
        "Bonus",
        to="{row}.assignment_id",
        order="{row}.sent_at desc, {row}.id desc",
        most=LISTED_MAX,
    ),
}
