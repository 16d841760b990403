"""Campaign states and their like, as the SDL describes them."""

from __future__ import annotations

from domain.assignments.rules import ClaimReason
from domain.campaigns.rules import (
    AnnotationLicence,
    CampaignEvent,
    CampaignParty,
    CampaignState,
    CampaignWarning,
    Category,
    Comparator,
    ContentRating,
    DataPurpose,
    DeclineReason,
    Difficulty,
    Guard,
    PauseReason,
    ReportReason,
    TargetField,
    Visibility,
    WageBasis,
    WorkMode,
)
from schema.enums import show_enum

show_enum(
    CampaignState,
    description="State of a campaign.",
    values={
        CampaignState.DRAFT: "Only its employer sees it; nothing is set aside yet.",
        CampaignState.FUNDED: "The money of every place is set aside; not yet open.",
        CampaignState.PENDING_REVIEW: "Funded; staff look at it before workers do.",
        CampaignState.DECLINED: "Staff did not let it out. Change the instructions and publish it "
        "again, or stop it and have its money back.",
        CampaignState.RUNNING: "Workers may claim.",
        CampaignState.PAUSED: "No new claims for now; what is claimed goes on.",
        CampaignState.PAUSED_SYSTEM: "Paused by a rule of ours; its owner sees why.",
        CampaignState.PAUSED_ADMIN: "Paused after reports, or by staff.",
        CampaignState.BLOCKED: "Ended by staff; its employer alone sees it. What was handed in "
        "is paid.",
        CampaignState.EXHAUSTED: "No place is left; decisions are still due.",
        CampaignState.STOPPING: "No new claims any more; what is claimed goes on.",
        CampaignState.FINISHED: "Everything is decided and unused money is back.",
        CampaignState.ARCHIVED: "Finished for 30 days; nothing of it changes any more.",
    },
)
show_enum(
    CampaignEvent,
    name="CampaignTransition",
    description="A step of a campaign's state machine.",
    values={
        CampaignEvent.FUND: "`campaignFund`.",
        CampaignEvent.PUBLISH: "`campaignPublish`.",
        CampaignEvent.ASK_REVIEW: "`campaignPublish`, where staff look first.",
        CampaignEvent.APPROVE: "`campaignApprove`, by staff.",
        CampaignEvent.DECLINE: "`campaignDecline`, by staff.",
        CampaignEvent.PAUSE: "`campaignPause`.",
        CampaignEvent.RESUME: "`campaignResume`.",
        CampaignEvent.PAUSE_BY_SYSTEM: "A rule of ours, such as the one against mass rejection.",
        CampaignEvent.SUSPEND: "Enough reports, or `campaignSuspend` by staff.",
        CampaignEvent.ACKNOWLEDGE: "`campaignAcknowledge`.",
        CampaignEvent.BLOCK: "`campaignBlock`, by staff.",
        CampaignEvent.CLEAR: "`campaignClear`, by staff.",
        CampaignEvent.EXTEND: "`campaignExtend`.",
        CampaignEvent.STOP: "`campaignStop`.",
        CampaignEvent.RESTART: "`campaignRestart`.",
        CampaignEvent.ASK_RESTART: "`campaignRestart`, where staff look first.",
        CampaignEvent.EXHAUST: "The last open place was taken.",
        CampaignEvent.REOPEN: "A place came free again.",
        CampaignEvent.FINISH: "The last decision was made.",
        CampaignEvent.ARCHIVE: "30 days later.",
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
        PauseReason.LOW_ESCROW: "A deposit is disputed whose money lies in campaigns; staff look "
        "at it.",
        PauseReason.REJECTION_BREAKER: "Too much was rejected in a day; staff look at it.",
        PauseReason.REVIEW_TIME_BREACH: "Decisions were left to the clock; the employer's word "
        "is enough.",
        PauseReason.QUALITY: "Pay or instructions do not fit the work; the employer's word is "
        "enough.",
        PauseReason.REPORTS: "Members reported it; staff look at it.",
        PauseReason.STAFF: "Staff stopped it, and say why.",
    },
)
show_enum(
    ReportReason,
    name="CampaignReportReason",
    description="What is wrong with a campaign.",
    values={
        ReportReason.PERSONAL_DATA: "It asks for personal data.",
        ReportReason.CARD_DATA: "It asks for data of payment cards.",
        ReportReason.FRAUD: "It deceives workers or others.",
        ReportReason.OFFENSIVE: "It insults or threatens.",
        ReportReason.UNMARKED_ADULT: "It is for grown-ups, and does not say so.",
        ReportReason.OTHER: "Something else; the text says what.",
    },
)
show_enum(
    DeclineReason,
    name="CampaignDeclineReason",
    description="Why staff do not let a campaign out as it is.",
    values={
        DeclineReason.UNCLEAR: "Nobody could tell what to do.",
        DeclineReason.UNFAIR_PAY: "The work takes more time than the pay is for.",
        DeclineReason.PERSONAL_DATA: "It asks for personal data.",
        DeclineReason.CARD_DATA: "It asks for data of payment cards.",
        DeclineReason.FORBIDDEN: "The rules of the platform forbid it.",
        DeclineReason.OTHER: "Something else; the text says what.",
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
        ClaimReason.RESTRICTED: "A suspension of the viewer is looked at, or lasts.",
        ClaimReason.ALLOWANCE_USED: "Staff limit how much the viewer claims a day: "
        "`viewer.claimAllowance`.",
        ClaimReason.NOT_RUNNING: "The campaign takes no claims.",
        ClaimReason.OWN_CAMPAIGN: "Nobody works for themselves.",
        ClaimReason.LIVE_CLAIM: "The viewer has an unfinished claim in this campaign.",
        ClaimReason.WORKER_LIMIT: "The campaign's limit per worker is used up; below level 4 "
        "it is 1.",
        ClaimReason.ALREADY_DONE: "A worker does a task once.",
        ClaimReason.NO_PLACE_LEFT: "No place is left that the viewer could take.",
        ClaimReason.COOLING_DOWN: "The viewer let three claims expire within 24 hours, or gave "
        "three places of this campaign back.",
        ClaimReason.POLICY: "A policy is in force that the viewer has not agreed to; see "
        "`Viewer.policiesToAgree`.",
        ClaimReason.BLOCKED: "The viewer and the employer do not work with each other.",
        ClaimReason.NOT_YET: "The campaign has not begun; see `startsAt`.",
        ClaimReason.OUT_OF_HOURS: "It takes no claims at this hour; see `dailyFromHour`.",
        ClaimReason.DAY_LIMIT: "It takes no more claims today.",
        ClaimReason.HOUR_LIMIT: "It takes no more claims this hour; see `hourClaimMax`.",
        ClaimReason.COUNTRY_SHARE: "Workers of the viewer's country have their share of it.",
        ClaimReason.COUNTRY: "It is for workers of other countries.",
        ClaimReason.AGE: "It is for workers of another age.",
        ClaimReason.LANGUAGE: "It is for workers of other languages; see `workPreferences`.",
        ClaimReason.DEVICE: "It takes other devices; see `workPreferences`.",
        ClaimReason.VERIFICATION_LEVEL: "It asks for another level of verification.",
        ClaimReason.LEVEL: "It asks for another level; see `Viewer.workerStanding`.",
        ClaimReason.SUCCESS_RATE: "It asks for another rate of success.",
        ClaimReason.APPROVED_COUNT: "It asks for another number of approved assignments.",
        ClaimReason.FAVOURITE: "It is for some whom the employer has chosen.",
        ClaimReason.SKILL: "It asks for a skill; see `CampaignTarget.skill` and "
        "`Viewer.skillGrants`.",
        ClaimReason.TEST_TAKEN: "It is a test that the viewer has taken: its result is due, or "
        "it can be taken again later, if ever.",
        ClaimReason.ADULT_CONTENT: "It is for members from 21 on who want to see such content.",
    },
)
show_enum(
    ContentRating,
    description="Whom the content of a campaign is fit for.",
    values={
        ContentRating.GENERAL: "Every member.",
        ContentRating.ADULT: "Members from 21 on who want to see it; nobody else finds it.",
    },
)
show_enum(
    Difficulty,
    name="CampaignDifficulty",
    description="How difficult the work is, as the employer sees it.",
    values={
        Difficulty.EASY: "Anybody can do it at once.",
        Difficulty.MEDIUM: "It takes some reading.",
        Difficulty.HARD: "It takes experience.",
    },
)
show_enum(
    CampaignWarning,
    description="What is worth another look before a campaign opens.",
    values={
        CampaignWarning.SHORT_INSTRUCTIONS: "They say too little to work by.",
        CampaignWarning.NO_CLAUSES: "There is nothing that a rejection could cite.",
        CampaignWarning.NO_TIME_ESTIMATE: "Workers do not see what an hour pays.",
        CampaignWarning.LOW_PAY: "By your estimate an hour pays less than the least it should.",
        CampaignWarning.SHORT_CLAIM: "A claim is shorter than one and a half times your estimate.",
    },
)
show_enum(
    WageBasis,
    description="Whose time an hourly wage is reckoned by.",
    values={
        WageBasis.EMPLOYER: "What the employer estimates.",
        WageBasis.MEASURED: "What the work took, from the claim to what was handed in first.",
    },
)
show_enum(
    Visibility,
    name="CampaignVisibility",
    description="Who may see a campaign at all; `guard` says what the members among them see.",
    values={
        Visibility.PUBLIC: "Everybody, also without signing in.",
        Visibility.MEMBERS: "Members alone.",
    },
)
show_enum(
    Guard,
    name="CampaignGuard",
    description="What those see of a campaign whom it is not for.",
    values={
        Guard.CLAIM: "Everything; they cannot claim.",
        Guard.PREVIEW: "What it is called and what it pays, not its instructions.",
        Guard.DISCOVER: "Nothing, unless they have worked there before.",
    },
)
show_enum(
    TargetField,
    name="CampaignTargetField",
    description="What a campaign may ask about a worker.",
    values={
        TargetField.COUNTRY: "Where the worker lives, by codes of ISO 3166-1.",
        TargetField.AGE: "Full years on the day of the claim, in UTC.",
        TargetField.LANGUAGE: "What the worker speaks, by codes of ISO 639-1.",
        TargetField.DEVICE: "What the worker has: `phone`, `tablet`, `computer`.",
        TargetField.VERIFICATION_LEVEL: "How far the worker is verified: 0 to 3.",
        TargetField.LEVEL: "The worker's level: 0 to 10.",
        TargetField.SUCCESS_RATE: "Of the worker's last 100 decisions, in whole per cent; a "
        "newcomer begins at 90.",
        TargetField.APPROVED_COUNT: "How many of the worker's assignments were approved.",
        TargetField.FAVOURITE: "Whether the employer has marked the worker: see `memberMark`.",
        TargetField.SKILL: "What the worker got in the latest test of the skill: 0 to 100.",
    },
)
show_enum(
    Comparator,
    name="CampaignTargetComparator",
    description="How it is compared. What is not known fits NOT_IN and NOT_EXISTS alone.",
    values={
        Comparator.LT: "Less than the number.",
        Comparator.LE: "The number or less.",
        Comparator.GT: "More than the number.",
        Comparator.GE: "The number or more.",
        Comparator.EQ: "The number.",
        Comparator.NE: "Another than the number.",
        Comparator.IN: "At least one of the list.",
        Comparator.NOT_IN: "None of the list.",
        Comparator.EXISTS: "There is something.",
        Comparator.NOT_EXISTS: "There is nothing.",
    },
)
show_enum(
    WorkMode,
    description="What workers do with what a task shows.",
    values={
        WorkMode.CREATE: "They make something: a text, a picture, a recording.",
        WorkMode.CHECK: "They judge what each task shows them.",
        WorkMode.COLLECT: "They gather what is there, such as addresses or prices.",
    },
)
show_enum(
    DataPurpose,
    description="What data of workers is used for.",
    values={
        DataPurpose.SERVICE: "The employer's own service; no research, and no model is trained.",
        DataPurpose.RESEARCH: "Research; its results may be published.",
        DataPurpose.MODEL_TRAINING: "Training or testing models that learn from it.",
    },
)
show_enum(
    AnnotationLicence,
    description="Under which others may use annotations, by Creative Commons.",
    values={
        AnnotationLicence.CC0_1_0: "No rights are kept.",
        AnnotationLicence.CC_BY_4_0: "Whoever uses it names the source.",
        AnnotationLicence.CC_BY_SA_4_0: "As CC_BY_4_0; what is made of it has the same licence.",
        AnnotationLicence.CC_BY_NC_4_0: "As CC_BY_4_0; nobody earns money with it.",
    },
)
