"""Referrals as their referrer may read them."""

from __future__ import annotations

from typing import Final

from domain.reads import Amount, Entity, Listed, One, columns

REFERRAL: Final = Entity(
    name="Referral",
    source="from referral",
    row="referral",
    visible="{row}.referrer_id = {viewer}",
    fields={
        **columns("state", "signed_up_at", "ends_at", "reject_reason", "claw_back_text"),
        "referee": One("Member", key="{row}.referee_id"),
        "rewards": Listed("SumOfRewards", to="{row}.referral_id", order="{row}.currency"),
    },
)
SUM_OF_REWARDS: Final = Entity(
    name="SumOfRewards",
    source="""
        from (select referral_id, currency, sum(amount_micros)::bigint as micros
              from referral_reward where referral_id = any({keys})
              group by referral_id, currency) w
    """,
    row="w",
    value=Amount("{row}.micros"),
)
ENTITIES: Final = (REFERRAL, SUM_OF_REWARDS)
