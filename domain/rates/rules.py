"""The rates that somebody decides and dates."""

from __future__ import annotations

from enum import StrEnum


class RateKind(StrEnum):
    CAMPAIGN_FEE = "campaign_fee"  # our share on top of a reward (R19)
    REFERRAL = "referral"  # the referrer's share of a referee's reward (R20)
    CAMPAIGN_REVIEW = "campaign_review"  # staff look first at a campaign that costs more
    UNVERIFIED_EMPLOYER = "unverified_employer"  # how much they may offer at a time (R42)
    CAMPAIGN_REPORTS = "campaign_reports"  # so many reports stop a campaign (P4)
    LATE_REVIEWS = "late_reviews"  # so many left to the clock pause a campaign
    LATE_REVIEW_SHARE = "late_review_share"  # and so large a share of its decisions
    DROPPED_CLAIMS = "dropped_claims"  # so many workers who give it up pause a campaign
    DROPPED_CLAIM_SHARE = "dropped_claim_share"  # and so large a share of those who tried
    HOURLY_MINIMUM = "hourly_minimum"  # what an hour of work should pay at least (R17)
    PAYOUT_RELEASE = "payout_release"  # above it two people release one payout
    PAYOUT_RUN_RELEASE = "payout_run_release"  # above it two people release a run
    VERIFICATION_DECISION = "verification_decision"  # above it two people accept a document
    BONUS_FEE = "bonus_fee"  # our share on top of a bonus (R19)
    BONUS_MIN = "bonus_min"  # R23
    BONUS_MAX = "bonus_max"
    FEATURE_MIN = "feature_min"  # of one bid to be shown first (R43)
    FEATURE_MAX = "feature_max"
    FEATURE_HOURS = "feature_hours"  # how long one bid lasts
    USD_REFERENCE = "usd_reference"  # a unit of the currency in dollars, for points alone
    ERASURE_WAIT = "erasure_wait"  # days after the last money until a closed member is erased
    BACKUPS_KEPT = "backups_kept"  # days
    RISK_POINTS = "risk_points"  # of a signal; the scope is its kind (R27)
    RISK_REVIEW = "risk_review"  # from this score on a person looks
    MATURITY = "maturity"  # days until what was earned may be paid out (R21)
    RETENTION = "retention"  # days; the scope is the class of data
