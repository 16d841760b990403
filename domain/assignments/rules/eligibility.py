"""Who may claim, as one pure rule: the claim and the preview of it give the same reasons."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ClaimReason(StrEnum):
    NOT_A_WORKER = "not_a_worker"
    RESTRICTED = "restricted"  # while a suspension is looked at, or lasts
    NOT_RUNNING = "not_running"
    OWN_CAMPAIGN = "own_campaign"
    LIVE_CLAIM = "live_claim"  # finish or return the other one first (R3)
    WORKER_LIMIT = "worker_limit"  # per_worker_max is used up; below level 4 it is 1 (R15)
    ALREADY_DONE = "already_done"  # a worker does a task once
    NO_PLACE_LEFT = "no_place_left"
    ALLOWANCE_USED = "allowance_used"  # staff let this worker claim so much a day
    COOLING_DOWN = "cooling_down"  # three expired within a day, or were given back here (R3)
    POLICY = "policy"  # one is in force that the worker has not agreed to (P15)
    BLOCKED = "blocked"  # by the employer, or the other way round
    NOT_YET = "not_yet"  # the campaign has not begun
    OUT_OF_HOURS = "out_of_hours"
    DAY_LIMIT = "day_limit"
    HOUR_LIMIT = "hour_limit"
    COUNTRY_SHARE = "country_share"  # R16
    TEST_TAKEN = "test_taken"  # its result is due, or it can be taken again later or never
    # What the campaign asks of its workers, as `TargetField` has it.
    COUNTRY = "country"
    AGE = "age"
    LANGUAGE = "language"
    DEVICE = "device"
    VERIFICATION_LEVEL = "verification_level"
    LEVEL = "level"
    SUCCESS_RATE = "success_rate"
    APPROVED_COUNT = "approved_count"
    FAVOURITE = "favourite"
    SKILL = "skill"
    ADULT_CONTENT = "adult_content"  # not 21 yet, or not asked for (P6)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimFacts:
    """What the rule looks at. `is_done` is about one named task, else False; `per_worker_max` is
    the limit of this worker, by level.
    """

    is_worker: bool
    is_restricted: bool
    is_running: bool
    is_own: bool
    has_live_claim: bool
    assignment_count: int
    per_worker_max: int | None
    is_done: bool
    has_open_place: bool
    is_cooling_down: bool
    is_allowance_used: bool
    lacks_consent: bool
    is_blocked: bool
    missed: tuple[ClaimReason, ...]  # of what the campaign asks of its workers
    closed: tuple[ClaimReason, ...]  # by its schedule and its shares


def claim_reasons(facts: ClaimFacts) -> tuple[ClaimReason, ...]:
    """Everything that stands in the way; empty means the claim would be taken."""
    limit = facts.per_worker_max
    checks = (
        (not facts.is_worker, ClaimReason.NOT_A_WORKER),
        (facts.is_restricted, ClaimReason.RESTRICTED),
        (not facts.is_running, ClaimReason.NOT_RUNNING),
        (facts.is_own, ClaimReason.OWN_CAMPAIGN),
        (facts.has_live_claim, ClaimReason.LIVE_CLAIM),
        (limit is not None and facts.assignment_count >= limit, ClaimReason.WORKER_LIMIT),
        (facts.is_done, ClaimReason.ALREADY_DONE),
        (facts.is_allowance_used, ClaimReason.ALLOWANCE_USED),
        (facts.is_cooling_down, ClaimReason.COOLING_DOWN),
        (facts.lacks_consent, ClaimReason.POLICY),
        (facts.is_blocked, ClaimReason.BLOCKED),
        (not facts.has_open_place and not facts.is_done, ClaimReason.NO_PLACE_LEFT),
    )
    named = (reason for is_in_the_way, reason in checks if is_in_the_way)
    return (*named, *facts.closed, *facts.missed)
