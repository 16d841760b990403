"""Campaign states and their like, as the SDL describes them."""

from __future__ import annotations

from domain.assignments.rules import ClaimReason
from domain.campaigns.rules import (
    CampaignEvent,
    CampaignParty,
    CampaignState,
    Category,
    PauseReason,
)
from schema.enums import show_enum

show_enum(
    CampaignState,
    description="State of a campaign.",
    values={
        CampaignState.DRAFT: "Only its employer sees it; nothing is set aside yet.",
        CampaignState.FUNDED: "The money of every place is set aside; not yet open.",
        CampaignState.RUNNING: "Workers may claim.",
        CampaignState.PAUSED: "No new claims for now; what is claimed goes on.",
        CampaignState.PAUSED_SYSTEM: "Paused by a rule of ours; its owner sees why.",
        CampaignState.EXHAUSTED: "No place is left; decisions are still due.",
        CampaignState.STOPPING: "No new claims any more; what is claimed goes on.",
        CampaignState.FINISHED: "Everything is decided and unused money is back.",
    },
)
show_enum(
    CampaignEvent,
    name="CampaignTransition",
    description="A step of a campaign's state machine.",
    values={
        CampaignEvent.FUND: "`campaignFund`.",
        CampaignEvent.PUBLISH: "`campaignPublish`.",
        CampaignEvent.PAUSE: "`campaignPause`.",
        CampaignEvent.RESUME: "`campaignResume`.",
        CampaignEvent.PAUSE_BY_SYSTEM: "A rule of ours, such as the one against mass rejection.",
        CampaignEvent.ACKNOWLEDGE: "`campaignAcknowledge`.",
        CampaignEvent.CLEAR: "`campaignClear`, by staff.",
        CampaignEvent.STOP: "`campaignStop`.",
        CampaignEvent.EXHAUST: "The last open place was taken.",
        CampaignEvent.REOPEN: "A place came free again.",
        CampaignEvent.FINISH: "The last decision was made.",
    },
)
show_enum(
    CampaignParty,
    description="Who decided something about a campaign.",
    values={
        CampaignParty.SYSTEM: "A rule of the platform.",
        CampaignParty.STAFF: "Staff of the platform.",
        CampaignParty.OWNER: "Its employer.",
    },
)
show_enum(
    PauseReason,
    name="CampaignPauseReason",
    description="Why a campaign takes no claims though its employer did not pause it.",
    values={
        PauseReason.LOW_ESCROW: "A deposit behind it was taken back; staff look at it.",
        PauseReason.REJECTION_BREAKER: "Too much was rejected in a day; staff look at it.",
        PauseReason.REVIEW_TIME_BREACH: "Decisions were left to the clock; the employer's word "
        "is enough.",
        PauseReason.QUALITY: "Pay or instructions do not fit the work; the employer's word is "
        "enough.",
    },
)
show_enum(
    Category,
    name="CampaignCategory",
    description="Kind of work.",
    values={
        Category.DATA_ENTRY: "Finding and typing data.",
        Category.LABELING: "Labeling pictures, texts, sounds.",
        Category.SURVEY: "Answering questions.",
        Category.SOCIAL: "Acting in a social network.",
        Category.WEBSITE_TESTING: "Trying out a site.",
        Category.APP_DOWNLOAD: "Installing and trying an app.",
        Category.CONTENT_CREATION: "Writing, drawing, recording.",
        Category.OTHER: "Anything else.",
    },
)
show_enum(
    ClaimReason,
    description="What stands in the way of a claim.",
    values={
        ClaimReason.NOT_A_WORKER: "The viewer may not work at present.",
        ClaimReason.NOT_RUNNING: "The campaign takes no claims.",
        ClaimReason.OWN_CAMPAIGN: "Nobody works for themselves.",
        ClaimReason.LIVE_CLAIM: "The viewer has an unfinished claim in this campaign.",
        ClaimReason.WORKER_LIMIT: "The campaign's limit per worker is used up.",
        ClaimReason.ALREADY_DONE: "A worker does a task once.",
        ClaimReason.NO_PLACE_LEFT: "No place is left that the viewer could take.",
    },
)
