"""Who pays a fee and when payouts go, as several modules show them."""

from __future__ import annotations

from domain.routing.provider import FeePayer
from domain.routing.rules import Schedule
from schema.enums import show_enum

show_enum(
    FeePayer,
    description="Who pays what the way of a payout costs.",
    values={
        FeePayer.PLATFORM: "The platform; the whole amount arrives.",
        FeePayer.MEMBER: "The member: ask `payoutQuote` how much, and agree to it.",
    },
)
show_enum(
    Schedule,
    name="PayoutSchedule",
    description="When payouts go.",
    values={
        Schedule.AT_ONCE: "As soon as nothing holds them.",
        Schedule.DAILY: "With the run of the day.",
        Schedule.WEEKLY: "With the run of the week, on Thursday.",
        Schedule.SEMIMONTHLY: "With the run of the first or the fifteenth of the month.",
    },
)
