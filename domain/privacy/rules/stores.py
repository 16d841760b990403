"""Every table: whose its rows are, what a member gets of them, and what erasure does to them.

A table that is missing here fails `tests/domain/privacy/test_stores.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from domain.privacy.rules.leaving import Fate

_PUBLIC: Final = "what was said or handed in cannot be taken back; its author is a deleted member"
_BOOKS: Final = "the books: numbers and opaque ids"
_TAX: Final = "tax law asks for it; nobody reads it for anything else"
_DECIDED: Final = "a decision that others rely on; it names opaque ids"


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """`whose` is a condition over `$1`, the member; None where the member gets nothing of it.

    `left_out` are columns that the member does not get: secrets, who of the staff, what was found
    out about somebody else, and all that the API does not tell either. An export must not warn
    whoever is on a list of sanctions, or tell what a control question found.
    """

    whose: str | None
    left_out: tuple[str, ...] = ()
    fate: Fate
    why: str

    @property
    def is_tax(self) -> bool:
        return self.why == _TAX


def _gone(whose: str | None, *left_out: str, why: str = "nobody needs it any more") -> Store:
    return Store(whose=whose, left_out=left_out, fate=Fate.DELETED, why=why)


def _emptied(whose: str | None, *left_out: str, why: str) -> Store:
    return Store(whose=whose, left_out=left_out, fate=Fate.EMPTIED, why=why)


def _kept(whose: str | None, *left_out: str, why: str) -> Store:
    return Store(whose=whose, left_out=left_out, fate=Fate.KEPT, why=why)


def _via(column: str, table: str, whose: str, key: str = "id") -> str:
    return f"{column} in (select {key} from {table} where {whose})"  # noqa: S608  # our own names


_MEMBER: Final = "member_id = $1"
_WORKER: Final = "worker_id = $1"
_EMPLOYER: Final = "employer_id = $1"
_ASSIGNMENT: Final = _via("assignment_id", "assignment", _WORKER)
_CAMPAIGN: Final = _via("campaign_id", "campaign", _EMPLOYER)
_DEPOSIT: Final = _via("deposit_id", "deposit", _EMPLOYER)
_PAYOUT: Final = _via("payout_id", "payout", _WORKER)
_FORM: Final = _via("form_id", "tax_form", _MEMBER)
_NOTICE: Final = _via("notice_id", "b_notice", _MEMBER)
_ACCOUNT: Final = _via("account_id", "ledger_account", "owner_id = $1")
_CHECK: Final = _via("verification_id", "verification", _MEMBER)
_PARTY: Final = "worker_id = $1 or employer_id = $1"
_NO_HIT: Final = "id not in (select check_id from verification_hit)"
_CALLS: Final = "how a provider was called; it has no place for personal data"

STORES: Final[Mapping[str, Store]] = {
    # the member
    "member": _kept("id = $1", why="the opaque id that all else refers to"),
    "member_person": _gone(_MEMBER),
    "member_profile": _gone(_MEMBER),
    "work_preference": _gone(_MEMBER),
    "member_mark": _gone("owner_id = $1"),
    "profile_change": _gone(_MEMBER, "decided_by"),
    "member_password": _gone(_MEMBER, "hash"),
    "login_session": _gone(_MEMBER, "token_hash"),
    "login_fingerprint": _gone(_MEMBER, "content", "address_mark"),
    "step_up_challenge": _gone(_via("session_id", "login_session", _MEMBER), "bound_hash"),
    "analytics_choice": _gone(_MEMBER),
    "analytics_subject": _gone(_MEMBER),
    "analytics_event": _gone(_via("pseudonym", "analytics_subject", _MEMBER, key="pseudonym")),
    "notification": _gone(_MEMBER),
    "notification_choice": _gone(_MEMBER),
    "saved_search": _gone(_MEMBER, "condition"),  # `filter` says the same
    "search_alert": _gone(_MEMBER),
    "document_preference": _gone(_MEMBER),
    "invitation": _gone(
        "inviter_id = $1",  # what else is there tells whether the friend is here or has refused
        *("is_silent", "token", "address", "address_key", "address_hash"),
        *("is_letter_due", "next_at"),
    ),
    "referral_link": _gone(_MEMBER),
    "ticket": _gone(_MEMBER),
    "ticket_reply": _gone(_via("ticket_id", "ticket", _MEMBER), "author_id"),
    "ticket_note": _gone(None, why="what staff say among themselves; it goes with its ticket"),
    "webhook_endpoint": _gone(_MEMBER, "secret", "previous_secret", "since"),
    "webhook_delivery": _gone(_via("endpoint_id", "webhook_endpoint", _MEMBER)),
    # work
    "campaign": _kept(_EMPLOYER, why=_PUBLIC),
    "campaign_host": _kept(_CAMPAIGN, why=_PUBLIC),
    "campaign_target": _kept(_CAMPAIGN, why=_PUBLIC),
    "instruction_version": _kept(_CAMPAIGN, why=_PUBLIC),
    "check_key": _kept(_CAMPAIGN, why=_PUBLIC),
    "consensus_plan": _kept(_CAMPAIGN, why=_PUBLIC),
    "task": _kept(_CAMPAIGN, why=_PUBLIC),
    "task_consensus": _kept(
        _via("task_id", "task", _via("campaign_id", "campaign", _EMPLOYER)), why=_PUBLIC
    ),
    # Without those that the worker was never told of: they tell who has blocked whom.
    "campaign_invitation": _kept(
        f"{_WORKER} and is_told", "is_told", why="whom an employer invited; an opaque id alone"
    ),
    "campaign_decision": _kept(_CAMPAIGN, "actor_id", why=_DECIDED),
    "campaign_report": _kept("reporter_id = $1", why=_DECIDED),
    "assignment": _kept(_WORKER, "decided_by", "vat_decision_id", "is_outpriced", why=_BOOKS),
    "submission": _kept(_ASSIGNMENT, "failed_check_count", why=_PUBLIC),
    "submission_item": _kept(
        _via("submission_id", "submission", _via("assignment_id", "assignment", _WORKER)),
        why=_PUBLIC,
    ),
    "upload": _kept("owner_id = $1", why=f"{_PUBLIC}; what was never handed in goes by itself"),
    "review": _kept(f"reviewer_id = $1 or {_ASSIGNMENT}", "reviewer_id", why=_PUBLIC),
    "rejection_request": _kept(_EMPLOYER, "decided_by", why=_DECIDED),
    "review_reminder": _kept(_CAMPAIGN, why="when the employer was told of work that waited"),
    "rejection_waiver": _kept(None, why="a decision of staff about a campaign"),
    "rating": _kept("author_id = $1 or (subject_id = $1 and visible_at is not null)", why=_PUBLIC),
    "dispute": _kept(_PARTY, "ruled_by", "worker_accepts", "employer_accepts", why=_DECIDED),
    "panel_seat": _kept("reviewer_id = $1", "dispute_id", why=_DECIDED),
    "dispute_step": _kept("actor_id = $1", why="a chain of hashes that anybody can check"),
    # Without the evidence of a rule, which would show the control questions.
    "suspension": _kept(
        _MEMBER,
        *("assignment_ids", "campaign_ids", "proposed_by", "dismissed_by", "ruled_by"),
        why=_DECIDED,
    ),
    "suspension_decision": _kept(
        _via("suspension_id", "suspension", _MEMBER), "decided_by", why=_DECIDED
    ),
    "risk_case": _kept(None, why="what staff looked at; what came of it the member is told"),
    "risk_signal": _kept(None, why="why staff looked; it goes too, unless they still do"),
    "claim_allowance": _gone(_MEMBER, "set_by"),
    "message_thread": _kept(_PARTY, why=_PUBLIC),
    "message_party": _kept(_MEMBER, why=_PUBLIC),
    "message": _kept("author_id = $1", why=_PUBLIC),
    "message_link": _kept(_via("message_id", "message", "author_id = $1"), why=_PUBLIC),
    "skill": _kept("owner_id = $1", why=_PUBLIC),
    "skill_grant": _kept(_WORKER, why=_DECIDED),
    "worker_merit": _kept(_WORKER, why=_BOOKS),
    "worker_standing": _kept(_WORKER, why=_BOOKS),
    # money
    "ledger_account": _kept("owner_id = $1", why=_BOOKS),
    "ledger_entry": _kept(_ACCOUNT, why=_BOOKS),
    "ledger_hold": _kept(_ACCOUNT, "request_digest", "idempotency_key", why=_BOOKS),
    "idempotent_request": _kept("actor_id = $1", "request_digest", why=_BOOKS),
    "bonus": _kept(_PARTY, why=_BOOKS),
    "campaign_feature": _kept(_EMPLOYER, "vat_decision_id", "weight", why=_BOOKS),
    "referral": _kept("referrer_id = $1 or referee_id = $1", "clawed_back_by", why=_BOOKS),
    "referral_reward": _kept(_via("referral_id", "referral", "referrer_id = $1"), why=_BOOKS),
    "deposit": _kept(_EMPLOYER, why=_BOOKS),
    "deposit_refund": _kept(_DEPOSIT, "asked_by", why=_BOOKS),
    "deposit_arrival": _kept(
        _DEPOSIT,
        *("said", "proposed_as", "proposed_by", "proposed_note", "proposed_employer_id"),
        *("proposed_at", "decided_by"),
        why=_BOOKS,
    ),
    "deposit_decision": _kept(None, why="notes of staff; the deposit tells what came of them"),
    "destination": _emptied(
        _MEMBER, "fields", "fingerprint", "payee_hash", why="payouts refer to the row"
    ),
    "payout_member_hold": _gone(_MEMBER),
    "payout": _kept(_WORKER, why=_BOOKS),
    "spending": _kept(_MEMBER, why=_BOOKS),
    "payout_attempt": _kept(_PAYOUT, "provider_state", "plugin_id", "plugin_version", why=_BOOKS),
    "payout_instruction": _gone(_WORKER),
    "payout_release": _kept(None, why="who of finance released a payout"),
    "payout_resolution": _kept(None, why="what people found about a payout in doubt"),
    "route_decision": _kept(None, why="why a payout took its way; nothing personal"),
    "payout_route_claim": _kept(None, why="who works on a payout this minute"),
    # papers
    "issued_document": _kept("counterparty_id = $1", "canonical_sha256", why=_TAX),
    "document_file": _kept(
        _via("document_id", "issued_document", "counterparty_id = $1"), "content", why=_TAX
    ),
    "document_delivery": _kept(
        _via("document_id", "issued_document", "counterparty_id = $1"), why=_TAX
    ),
    "document_draft": _gone("counterparty_id = $1"),
    "document_run": _kept(None, why="who of finance asked for documents"),
    "document_run_item": _kept("counterparty_id = $1", why=_BOOKS),
    "billing_carry": _kept("counterparty_id = $1", why=_BOOKS),
    "issuer_change": _kept(None, why="what staff changed of the platform's own data"),
    "vat_decision": _kept("counterparty_id = $1", why=_TAX),
    "vat_seller": _kept(None, why="the platform's own data"),
    "vat_proof": _kept(_FORM, "recorded_by", "note", why=_TAX),
    "tax_form": _kept(_MEMBER, why=_TAX),
    "tax_form_end": _kept(_FORM, why=_TAX),
    "tax_number": _kept(_MEMBER, "blind_index", why=_TAX),
    "tax_number_twin": _kept(None, why="that somebody else has the same number"),
    "tax_reveal": _kept(_MEMBER, "actor_id", "reason", why=_TAX),
    "location_proof": _kept(_MEMBER, why=_TAX),
    "self_billing_agreement": _kept(_MEMBER, why=_TAX),
    "b_notice": _kept(_MEMBER, "recorded_by", why=_TAX),
    "b_notice_letter": _kept(_NOTICE, "noted_by", why=_TAX),
    "b_notice_end": _kept(_NOTICE, "ended_by", why=_TAX),
    "data_key": _kept(None, why="a key; destroyed at once where nothing for the tax is under it"),
    "sealed_value": _kept(None, why="as its key"),
    # verification
    "verification": _kept(
        _MEMBER, "return_url", "reasons", why="that a level was reached, and when"
    ),
    "verification_standing": _kept(
        _MEMBER, "is_held", "changed_at", why="that a level was reached"
    ),
    "verification_profile": _gone(_MEMBER, "phone"),
    "verification_check": _emptied(
        _CHECK,
        *("state", "reasons", "given", "facts", "redirect_url", "provider_ref", "check_ref"),
        *("verifiers", "tried", "instance_id", "recheck_days", "outage_days", "is_for_people"),
        *("is_stale", "ask_count", "look_up_count", "away_count", "due_at", "recheck_at"),
        *("changed_at", "redact_at", "valid_until"),
        why="that it was checked, and by whom; the verifier is told to forget",
    ),
    "verification_upload": _emptied(
        _via("check_id", "verification_check", _CHECK),
        *("content", "ticket_hash"),
        why="that something was shown",
    ),
    "verification_answer": _kept(None, why="what a verifier told staff; codes and references"),
    "verification_decision": _kept(None, why="what a person found; the level tells the outcome"),
    "verification_hit": _kept(None, why="sanctions law: nobody is told of it"),
    "verification_look": _kept(
        _via("subject_id", "verification_check", f"{_CHECK} and {_NO_HIT}"),
        *("member_id", "reason"),
        why="who of the staff looked at what",
    ),
    "staff_look": _kept(_MEMBER, "staff_id", "reason", why="that staff looked, and when"),
    "verification_list": _kept(None, why="published lists"),
    # privacy
    "consent": _kept(_MEMBER, why="what was agreed to, and when; it names no person"),
    "policy_notice": _kept(_MEMBER, why="that a policy was told of in time"),
    "erasure": _kept(_MEMBER, why="the receipt, without personal data"),
    "data_export": _gone(_MEMBER, "content"),
    "source_consent": _kept(_MEMBER, why="what was agreed to, and when; it names no person"),
    "profile_supplement": _gone(_MEMBER, "added_by"),
    "disclosure": _kept(
        f"{_MEMBER} and may_be_told", "recorded_by", why="to whom the law made us tell what"
    ),
    "legal_hold": _kept(None, why="that something had to stay, and why"),
    # gone by themselves
    "event": _kept(None, why="opaque ids; gone after 30 days"),
    "provider_call": _kept(None, why=_CALLS),
}

# What is about no member at all; a member here is staff who decided.
IMPERSONAL: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        (
            "assignment_move",
            "dispute_move",
            "ledger_account_kind",
            "ledger_period",
            "rate",
            "suspension_move",
        ),
        "rules",
    ),
    **dict.fromkeys(("reference_rule", "routing_region", "routing_rule"), "rules"),
    **dict.fromkeys(("routing_ruleset", "verification_ruleset"), "rules"),
    **dict.fromkeys(("verification_rule", "verification_requirement"), "rules"),
    **dict.fromkeys(
        ("ledger_transfer", "ledger_unfolded", "ledger_day_seal"), "opaque ids and sums of entries"
    ),
    **dict.fromkeys(("billed_work", "document_subject"), "opaque ids of work and documents"),
    **dict.fromkeys(("legal_entity", "issuer_logo", "number_series"), "the platform's own"),
    **dict.fromkeys(("payout_batch", "payout_run"), "payouts of many; items by opaque ids"),
    **dict.fromkeys(
        ("provider_cursor", "provider_event", "provider_event_refused", "provider_file"),
        "what a provider said; bodies go after 90 days",
    ),
    "provider_statement_line": "what a provider booked, by its references",
    **dict.fromkeys(("provider_pace", "provider_quarantine", "provider_sequence"), "of a provider"),
    **dict.fromkeys(
        (
            "analytics_position",
            "notification_position",
            "search_position",
            "webhook_position",
            "payout_observer",
        ),
        "positions",
    ),
    **dict.fromkeys(("trusted_document", "trusted_document_client"), "queries of clients"),
    **dict.fromkeys(
        (
            "policy_version",
            "category",
            "category_change",
            "category_floor",
            "country_zone",
            "blocked_host",
        ),
        "the platform's own; a member here is staff",
    ),
    "campaign_standing": "numbers per campaign",
    "purge": "how many rows went on a day",
    "invitation_suppression": "keyed hashes of addresses that want no letters",
    "rate_bucket": "digests; emptied each night",
    "migration": "which migrations ran",
}
