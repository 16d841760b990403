"""Writes `docs/states.md` from the rules: `python -m tests.docs_support.states`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeVar

from domain.assignments.rules import states as assignments
from domain.campaigns import rules as campaigns
from domain.deposits import rules as deposits
from domain.disputes import rules as disputes
from domain.invitations import rules as invitations
from domain.matching import rules as matching
from domain.payouts import rules as payouts
from domain.referrals import rules as referrals
from domain.risk import rules as risk
from domain.suspensions import rules as suspensions
from domain.tickets import rules as tickets
from domain.verification import rules as verification
from domain.verification.provider import CheckState

PAGE: Final = Path(__file__).parents[2] / "docs" / "states.md"
State = TypeVar("State", bound=StrEnum)
Event = TypeVar("Event", bound=StrEnum)

_C, _CE = campaigns.CampaignState, campaigns.CampaignEvent
_A, _AE = assignments.AssignmentState, assignments.AssignmentEvent
_S, _SE = disputes.DisputeState, disputes.DisputeEvent
_Q, _QE = risk.RiskState, risk.RiskEvent
_U, _UE = suspensions.SuspensionState, suspensions.SuspensionEvent
_I, _IE = invitations.InvitationState, invitations.InvitationEvent
_R = referrals.ReferralState
_M, _ME = matching.CampaignInvitationState, matching.CampaignInvitationEvent
_T, _TE = tickets.TicketState, tickets.TicketEvent
_P, _D = payouts.PayoutState, deposits.DepositState
_V, _VE, _K = verification.VerificationState, verification.VerificationEvent, CheckState

CAMPAIGN_MEANING: Final[Mapping[campaigns.CampaignState, str]] = {
    _C.DRAFT: "Being written; no money is set aside.",
    _C.FUNDED: "Reward, fee and VAT of every place are set aside; workers do not see it yet.",
    _C.PENDING_REVIEW: "Staff look at it first; the money stays set aside.",
    _C.DECLINED: "Not let out; the money stays set aside until it is offered again or stopped.",
    _C.RUNNING: "Workers claim.",
    _C.PAUSED: "No new claims; live claims and reviews go on.",
    _C.PAUSED_SYSTEM: "As paused, by a rule of ours; `pause_reason` says which.",
    _C.PAUSED_ADMIN: "Paused after reports, or by staff.",
    _C.BLOCKED: "Ended by staff; what was handed in is paid from escrow.",
    _C.EXHAUSTED: "No place is open or held; decisions are still due.",
    _C.STOPPING: "No new claims, for good; what is claimed or handed in goes on.",
    _C.FINISHED: "Nothing is open; the fee invoice is asked for.",
    _C.ARCHIVED: "Finished for 30 days.",
}
CAMPAIGN_EVENTS: Final[Mapping[campaigns.CampaignEvent, str]] = {
    _CE.FUND: "`campaignFund`; books E2.",
    _CE.PUBLISH: "`campaignPublish`.",
    _CE.ASK_REVIEW: "`campaignPublish`, where staff look first.",
    _CE.APPROVE: "`campaignApprove`.",
    _CE.DECLINE: "`campaignDecline`.",
    _CE.PAUSE: "`campaignPause`.",
    _CE.RESUME: "`campaignResume`.",
    _CE.PAUSE_BY_SYSTEM: "A rule of ours; see [frontend/campaigns.md](frontend/campaigns.md).",
    _CE.SUSPEND: "Three reports that it asks for data it must not ask for, or `campaignSuspend`.",
    _CE.ACKNOWLEDGE: "`campaignAcknowledge`, where the owner's word is enough.",
    _CE.BLOCK: "`campaignBlock`; open places are paid back (E10).",
    _CE.CLEAR: "`campaignClear`, by staff.",
    _CE.EXTEND: "`campaignExtend`; books E2 for the new places.",
    _CE.STOP: "`campaignStop`, or the end date; open places are paid back (E10).",
    _CE.RESTART: "`campaignRestart`; books E2 for the new places.",
    _CE.ASK_RESTART: "`campaignRestart`, where staff look first; books E2 all the same.",
    _CE.EXHAUST: "Job `campaign_advance`: no place is open or held.",
    _CE.REOPEN: "Job `campaign_advance`: a place came back.",
    _CE.FINISH: "Job `campaign_advance`: nothing is undecided.",
    _CE.ARCHIVE: "Job `campaign_advance`: 30 days have passed.",
}
ASSIGNMENT_MEANING: Final[Mapping[assignments.AssignmentState, str]] = {
    _A.CLAIMED: "A worker holds the place until the deadline.",
    _A.SUBMITTED: "Handed in; the reward lies in the worker's pending account.",
    _A.RETURNED: "Given back by the worker.",
    _A.EXPIRED: "The deadline passed.",
    _A.REVOKED: "The campaign was blocked; handed in before the deadline it is paid.",
    _A.REVISION_REQUESTED: "The employer wants a better version within 24 hours.",
    _A.WITHDRAWN: "Withdrawn by the worker instead of a revision.",
    _A.APPROVED: "Paid; final.",
    _A.PARTLY_APPROVED: "A ruling gave the worker a share; the rest went back. Final.",
    _A.REJECTED: "Refused with a reason; the money stays ring-fenced for 7 days.",
    _A.DISPUTED: "Contested; the money stays ring-fenced until the dispute is final.",
    _A.CLOSED_REJECTED: "The rejection is final; the money went back.",
}
ASSIGNMENT_EVENTS: Final[Mapping[assignments.AssignmentEvent, str]] = {
    _AE.SUBMIT: "`assignmentSubmit`; books E3 the first time.",
    _AE.RETURN: "`assignmentReturn`.",
    _AE.EXPIRE: "Job `assignment_expire`.",
    _AE.REVOKE: "`campaignBlock`.",
    _AE.APPROVE: "`assignmentApprove`, or jobs `assignment_approve_overdue` and "
    "`assignment_approve_by_rule`; books E4.",
    _AE.REJECT: "`assignmentReject`; books nothing.",
    _AE.ASK_REVISION: "`assignmentAskRevision`.",
    _AE.LAPSE_REVISION: "Job `assignment_lapse_revisions`: the last submission counts.",
    _AE.WITHDRAW: "`assignmentWithdraw`; books E5.",
    _AE.REVERSE: "`assignmentReverse`; books E4, or E4r once the place has gone back.",
    _AE.CLOSE: "Job `assignment_close_rejections`; books E5.",
    _AE.DISPUTE: "`disputeOpen`; books nothing.",
    _AE.RULE_FOR_WORKER: "A dispute ended for the worker; books E4.",
    _AE.RULE_SPLIT: "A dispute ended in between; books E4p.",
    _AE.RULE_AGAINST_WORKER: "A dispute ended for the employer, or by our delay; books E5.",
}
DISPUTE_MEANING: Final[Mapping[disputes.DisputeState, str]] = {
    _S.AWAITING_ANSWER: "The employer has 72 hours to answer.",
    _S.MEDIATION: "Both have spoken; 72 hours later it is taken up, asked or not.",
    _S.PANEL: "Three reviewers, or staff, decide within nine days of the opening.",
    _S.DECIDED: "Decided; either side may appeal for seven days.",
    _S.APPEALED: "Other staff decide, within 14 days of the decision.",
    _S.FINAL: "Over. Only here money moves.",
}
DISPUTE_EVENTS: Final[Mapping[disputes.DisputeEvent, str]] = {
    _SE.ANSWER: "`disputeAnswer`.",
    _SE.CONCEDE: "`disputeConcede`: the worker is paid (E4).",
    _SE.OFFER: "`disputeOffer`: a share that this side agrees to, at most three times.",
    _SE.AGREE: "`disputeOffer` of what the other side offers: the split is final (E4p).",
    _SE.SILENCE: "Job `dispute_advance`: no answer in time, so the worker is paid (E4).",
    _SE.ESCALATE: "`disputeEscalate`, or job `dispute_advance`.",
    _SE.RULE: "`disputeRule`, or the second `disputeVote` that says the same.",
    _SE.MISS: "Job `dispute_advance`: we were late. The place opens again (E5), "
    "and we pay the worker (E16).",
    _SE.APPEAL: "`disputeAppeal`.",
    _SE.ACCEPT: "`disputeAccept` by both sides; E4, E4p or E5, as it was decided.",
    _SE.CLOSE: "Job `dispute_advance`: nobody appealed; E4, E4p, E5, or E5 with E16.",
}
FRAUD_MEANING: Final[Mapping[disputes.DisputeState, str]] = {
    **DISPUTE_MEANING,
    _S.AWAITING_ANSWER: "The worker has 72 hours to answer.",
    _S.PANEL: "Staff decide, within nine days of the opening.",
}
FRAUD_EVENTS: Final[Mapping[disputes.DisputeEvent, str]] = {
    _SE.ANSWER: "`disputeAnswer`, by the worker.",
    _SE.CONCEDE: "`disputeConcede`, by the worker: all of the reward is given back (E20).",
    _SE.ADMIT: "`disputeConcede`, where some of the reward is paid out: staff decide.",
    _SE.SILENCE: "Job `dispute_advance`: no answer in time, so staff decide.",
    _SE.ESCALATE: "`disputeEscalate`, or job `dispute_advance`.",
    _SE.RULE: "`disputeRule`.",
    _SE.MISS: "Job `dispute_advance`: we were late. The employer is paid back by us (E20), "
    "and the worker keeps the reward.",
    _SE.APPEAL: "`disputeAppeal`.",
    _SE.ACCEPT: "`disputeAccept` by both sides; E20 or nothing, as it was decided.",
    _SE.CLOSE: "Job `dispute_advance`: nobody appealed; E20 or nothing, as it was decided.",
}
SUSPENSION_MEANING: Final[Mapping[suspensions.SuspensionState, str]] = {
    _U.PROPOSED: "By staff or by a rule; no longer than it takes to ask a person.",
    _U.HUMAN_REVIEW: "A person decides within 48 hours. The member is restricted, not locked out.",
    _U.IMPOSED: "By a person, with reasons, the work, its days and an end.",
    _U.DISMISSED: "The member is as free as before.",
    _U.APPEALED: "The member asked once; a third person decides.",
    _U.UPHELD: "It lasts until its end.",
    _U.REVERSED: "The member is free, and what was lost is paid (E16).",
}
SUSPENSION_EVENTS: Final[Mapping[suspensions.SuspensionEvent, str]] = {
    _UE.REVIEW: "`suspensionPropose`, or job `suspension_propose`, in the same moment.",
    _UE.IMPOSE: "`suspensionImpose`, by staff who did not propose it.",
    _UE.DISMISS: "`suspensionDismiss`, by staff.",
    _UE.SILENCE: "Job `suspension_advance`: nobody decided within 48 hours.",
    _UE.APPEAL: "`suspensionAppeal`, by the member.",
    _UE.UPHOLD: "`suspensionRule`, by staff who neither proposed nor imposed it.",
    _UE.REVERSE: "`suspensionRule`, as above; books E16.",
}
RISK_MEANING: Final[Mapping[risk.RiskState, str]] = {
    _Q.SIGNALLED: "Something was found, too little for anybody to look.",
    _Q.OPEN: "The score is high enough: a person has to look.",
    _Q.IN_REVIEW: "Somebody looks at it.",
    _Q.CLEARED: "There is nothing to it.",
    _Q.ACTIONED: "A person took a measure, or proposed a suspension.",
}
RISK_EVENTS: Final[Mapping[risk.RiskEvent, str]] = {
    _QE.REACH: "Job `risk_look`: the score has reached the rate `risk_review`, 60 at first.",
    _QE.TAKE: "`riskCaseTake`, by staff; also in place of somebody else.",
    _QE.CLEAR: "`riskCaseClear`, by whoever has taken it.",
    _QE.ACT: "`riskCaseAct`, by whoever has taken it.",
}
PAYOUT_MEANING: Final[Mapping[payouts.PayoutState, str]] = {
    _P.REQUESTED: "The money has left the earnings (E8).",
    _P.HELD: "Kept back by us; `problem` says why.",
    _P.APPROVED: "Nothing is screened yet, so a payout passes through this state unseen.",
    _P.QUEUED: "In a batch, or waiting for another one.",
    _P.SENDING: "The batch and its reference are committed; no answer yet.",
    _P.UNKNOWN: "Nobody knows whether it was executed; only the provider's own word ends this.",
    _P.PENDING: "The provider has it.",
    _P.UNCLAIMED: "The provider waits for the member.",
    _P.ON_HOLD: "Kept back by the provider.",
    _P.PAID: "The provider says that it paid (E9); it may still come back.",
    _P.FAILED: "Not paid; the money is back on the earnings.",
    _P.CANCELLED: "Taken back; the money is back on the earnings.",
    _P.RETURNED: "It came back; so did the money.",
    _P.REFUNDED: "The payee sent it back; so did the money come back.",
    _P.REVERSED: "The provider took it back; so did the money come back.",
}
DEPOSIT_MEANING: Final[Mapping[deposits.DepositState, str]] = {
    _D.INITIATED: "Committed here; perhaps the provider does not know of it yet.",
    _D.PENDING: "The provider knows of it.",
    _D.SETTLED: "The money is there and can be spent (E1).",
    _D.FAILED: "It does not come, or two people have dismissed what came.",
    _D.EXPIRED: "Nobody paid in time.",
    _D.MISMATCHED: "Something else came; nothing is booked, two people decide.",
    _D.UNDERPAID: "Less came; nothing is booked, two people decide.",
    _D.OVERPAID: "More came; nothing is booked, two people decide.",
    _D.DISPUTED: "The payer's bank took it back (E11); what is left of it is set aside.",
    _D.WON: "The dispute is over, the money is back (E11r).",
    _D.LOST: "The dispute is over, the money is gone (E12).",
    _D.PARTLY_REFUNDED: "A part went back to the payer (E13).",
    _D.REFUNDED: "All of it went back to the payer (E13).",
}

REFERRAL_MEANING: Final[Mapping[referrals.ReferralState, str]] = {
    _R.SIGNED_UP: "Registered through a member's link.",
    _R.EARNING: "Job `referral_reward`: the referee's first paid work was approved, also in part "
    "by a ruling; E7 for each such work.",
    _R.ENDED: "A year has passed, or the cap is reached.",
    _R.REJECTED: "Found with the first work: both are one person, or paid at one account.",
    _R.CLAWED_BACK: "`referralClawBack`, by staff who found fraud (E7r).",
}
INVITATION_MEANING: Final[Mapping[invitations.InvitationState, str]] = {
    _I.CREATED: "Asked for; the first letter is about to go out.",
    _I.SENT: "The first letter was due. It went out unless the friend is here or wants none: "
    "then the invitation is silent and moves by the clock alone.",
    _I.REMINDED_1: "The first reminder was due.",
    _I.REMINDED_2: "The second and last reminder was due.",
    _I.ACCEPTED: "The friend joined by the member's link; the address is erased.",
    _I.OPTED_OUT: "The friend refused this letter; the address is erased, its hash is kept.",
    _I.BOUNCED: "The address takes no letters; it is erased.",
    _I.EXPIRED: "30 days have passed; the address is erased.",
}
INVITATION_EVENTS: Final[Mapping[invitations.InvitationEvent, str]] = {
    _IE.WRITE: "Job `invitation_advance`, at least 72 hours after the last letter.",
    _IE.ACCEPT: "Job `invitation_advance`: the friend has a referral of the member.",
    _IE.OPT_OUT: "`invitationOptOut`.",
    _IE.BOUNCE: "Job `invitation_mail`: the mail server refuses the address for good.",
    _IE.EXPIRE: "Job `invitation_advance`.",
}
TICKET_MEANING: Final[Mapping[tickets.TicketState, str]] = {
    _T.OPEN: "Staff have to answer.",
    _T.WAITING_FOR_MEMBER: "Staff have answered.",
    _T.RESOLVED: "Nothing is left to do; after 30 days a reply is refused.",
}
TICKET_EVENTS: Final[Mapping[tickets.TicketEvent, str]] = {
    _TE.REPLY: "`ticketReply`, by its member.",
    _TE.ANSWER: "`ticketAnswer`, by staff.",
    _TE.RESOLVE: "`ticketResolve`, by either.",
}
CAMPAIGN_INVITATION_MEANING: Final[Mapping[matching.CampaignInvitationState, str]] = {
    _M.OPEN: "Neither taken nor declined; the worker is told once the campaign runs.",
    _M.TAKEN: "The worker has claimed a place.",
    _M.DECLINED: "The worker does not want to, and is not invited again.",
    _M.ENDED: "The campaign ended first.",
}
CAMPAIGN_INVITATION_EVENTS: Final[Mapping[matching.CampaignInvitationEvent, str]] = {
    _ME.INVITE: "`campaignInvite`, once the campaign was started again.",
    _ME.CLAIM: "`assignmentClaim`.",
    _ME.DECLINE: "`campaignInvitationDecline`.",
    _ME.END: "The campaign is stopped, blocked or finished.",
}
VERIFICATION_MEANING: Final[Mapping[verification.VerificationState, str]] = {
    _V.NOT_STARTED: "Nobody has begun; there is no row.",
    _V.STARTED: "Begun; nobody was asked yet.",
    _V.PENDING: "Verifiers or people are at it.",
    _V.NEEDS_INPUT: "The member is asked for something.",
    _V.VERIFIED: "All its checks hold; payouts may count on the level.",
    _V.DECLINED: "A check has failed; `retry_at` says when a new attempt is possible.",
    _V.EXPIRED: "Its proof has grown too old; a new attempt may begin at once.",
    _V.REVOKED: "It holds no more; without `retry_at` for good.",
}
VERIFICATION_EVENTS: Final[Mapping[verification.VerificationEvent, str]] = {
    _VE.START: "`verificationStart`.",
    _VE.HAND_OVER: "Job `verification_step`: a verifier is asked.",
    _VE.ASK_MEMBER: "Job `verification_step`: something is missing.",
    _VE.PASS: "The last check holds.",
    _VE.DECLINE: "A check has failed, or `verificationDecide` says so.",
    _VE.EXPIRE: "Job `verification_expire`, or a proof that could not be renewed.",
    _VE.REVOKE: "A re-check says no, or `verificationRevoke`.",
}
CHECK_MEANING: Final[Mapping[CheckState, str]] = {
    _K.UNCHECKED: "Nobody was asked yet.",
    _K.FORMAT_OK: "Well-formed; never called verified.",
    _K.PENDING: "A verifier or a person has it.",
    _K.NEEDS_INPUT: "The member is asked for something.",
    _K.VERIFIED: "It is so.",
    _K.MISMATCH: "It is not so; no other verifier is asked.",
    _K.HIT: "A list has an entry like the member; a person decides, payouts are held.",
    _K.UNAVAILABLE: "Nobody could answer; all are asked again later.",
    _K.EXPIRED: "Its proof could not be renewed in time.",
    _K.REVOKED: "It was so, and is not any more.",
}

HEAD: Final = """\
# States

Written by `python -m tests.docs_support.states` from the rules of the code: do not edit it.
A member who asks for a move that no arrow shows is refused with `INVALID_TRANSITION`.
The codes E1 to E24 are explained in [finance/ledger.md](finance/ledger.md).
In the database the states are in lower case, in GraphQL in upper case.
"""


PAYOUT_NOTES: Final = """\
Each try to execute a payout is an attempt with a state of its own; the last one decides.
A worker may cancel in {cancellable}, while nothing was sent.
In {credited} the money is back on the earnings; what follows there is news and books nothing.
"""


def page() -> str:
    parts = [
        HEAD,
        *_with_events("Campaign", campaigns.MOVES, CAMPAIGN_MEANING, CAMPAIGN_EVENTS),
        *_with_events("Assignment", assignments.MOVES, ASSIGNMENT_MEANING, ASSIGNMENT_EVENTS),
        *_with_events("Dispute", disputes.MOVES, DISPUTE_MEANING, DISPUTE_EVENTS),
        *_with_events("Dispute about fraud", disputes.FRAUD_MOVES, FRAUD_MEANING, FRAUD_EVENTS),
        *_with_events("Suspension", suspensions.MOVES, SUSPENSION_MEANING, SUSPENSION_EVENTS),
        *_with_events("Risk case", risk.MOVES, RISK_MEANING, RISK_EVENTS),
        *_with_events("Invitation", invitations.MOVES, INVITATION_MEANING, INVITATION_EVENTS),
        *_with_events(
            "Invitation to a campaign",
            matching.MOVES,
            CAMPAIGN_INVITATION_MEANING,
            CAMPAIGN_INVITATION_EVENTS,
        ),
        *_without_events("Referral", referrals.MOVES, REFERRAL_MEANING),
        *_without_events("Payout", payouts.MOVES, PAYOUT_MEANING),
        PAYOUT_NOTES.format(
            cancellable=_named(payouts.CANCELLABLE, _P), credited=_named(payouts.CREDITED, _P)
        ),
        *_with_events("Ticket", tickets.MOVES, TICKET_MEANING, TICKET_EVENTS),
        *_without_events("Deposit", deposits.MOVES, DEPOSIT_MEANING),
        *_with_events(
            "Verification", verification.MOVES, VERIFICATION_MEANING, VERIFICATION_EVENTS
        ),
        *_without_events("Check", verification.CHECK_MOVES, CHECK_MEANING),
    ]
    return "\n".join(parts).rstrip("\n") + "\n"


def _with_events(
    title: str,
    moves: Mapping[tuple[State, Event], State],
    meaning: Mapping[State, str],
    events: Mapping[Event, str],
) -> list[str]:
    arrows = [f"    {source} --> {target}: {event}" for (source, event), target in moves.items()]
    ends = {state for state in meaning if not any(state is source for source, _ in moves)}
    rows = [
        f"| `{event}` | {_sources(moves, event)} | {_targets(moves, event)} | {how} |"
        for event, how in events.items()
    ]
    return [
        *_diagram(
            title, next(iter(meaning)), arrows, [state for state in meaning if state in ends]
        ),
        *_states(meaning),
        "| event | from | to | caused by |",
        "|---|---|---|---|",
        *rows,
        "",
    ]


def _without_events(
    title: str,
    moves: Mapping[State, frozenset[State]],
    meaning: Mapping[State, str],
) -> list[str]:
    arrows = [
        f"    {source} --> {target}"
        for source in meaning
        for target in meaning
        if target in moves[source] and target is not source
    ]
    return [
        *_diagram(
            title, next(iter(meaning)), arrows, [state for state in meaning if not moves[state]]
        ),
        *_states(meaning, {state: _named(moves[state] - {state}, meaning) for state in meaning}),
    ]


def _diagram(title: str, first: State, arrows: list[str], ends: list[State]) -> list[str]:
    return [
        f"## {title}",
        "",
        "```mermaid",
        "stateDiagram-v2",
        f"    [*] --> {first}",
        *arrows,
        *(f"    {state} --> [*]" for state in ends),
        "```",
        "",
    ]


def _states(
    meaning: Mapping[State, str], following: Mapping[State, str] | None = None
) -> list[str]:
    if following is None:
        rows = [f"| `{state}` | {text} |" for state, text in meaning.items()]
        return ["| state | meaning |", "|---|---|", *rows, ""]
    rows = [f"| `{state}` | {text} | {following[state]} |" for state, text in meaning.items()]
    return ["| state | meaning | next |", "|---|---|---|", *rows, ""]


def _sources(moves: Mapping[tuple[State, Event], State], event: Event) -> str:
    return ", ".join(f"`{source}`" for source, each in moves if each is event)


def _targets(moves: Mapping[tuple[State, Event], State], event: Event) -> str:
    targets = dict.fromkeys(target for (_, each), target in moves.items() if each is event)
    return ", ".join(f"`{target}`" for target in targets)


def _named(states: Iterable[State], order: Iterable[State]) -> str:
    wanted = set(states)
    return ", ".join(f"`{state}`" for state in order if state in wanted)


if __name__ == "__main__":
    PAGE.write_text(page())
