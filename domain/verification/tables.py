"""Rows of verifications, rulesets and lists; migrations 0025 and 0026 create them."""

from __future__ import annotations

from piccolo.columns import (
    JSONB,
    UUID,
    Array,
    BigInt,
    Boolean,
    Bytea,
    Date,
    ForeignKey,
    Integer,
    Text,
    Timestamptz,
)
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from domain.members.rules import Role
from domain.members.tables import Member
from domain.verification.provider import CheckKind, CheckState, Entity
from domain.verification.rules import (
    DecisionAction,
    HitState,
    RulesetState,
    VerificationState,
)


class VerificationProfile(Table, tablename="verification_profile"):
    """What a member says besides the registration."""

    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    entity = Text(default=None, choices=Entity)
    phone = Bytea(null=True, default=None, help_text="Sealed.")
    changed_at = Timestamptz(default=None)


class VerificationStanding(Table, tablename="verification_standing"):
    """What payouts look at: a level, and whether a person must look first."""

    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    level = Integer(default=None)
    is_held = Boolean(default=None, help_text="A hit is open or confirmed: nothing is paid.")
    changed_at = Timestamptz(default=None)


class Verification(Table, tablename="verification"):
    """One member at one level; its state moves by `rules.MOVES` only."""

    id = UUID(primary_key=True, default=None)
    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    level = Integer(default=None)
    state = Text(default=None, choices=VerificationState)
    attempt_no = Integer(default=None)
    decline_count = Integer(default=None, help_text="In a row; a passed one begins anew.")
    ruleset_version = Integer(default=None)
    rule_name = Text(default=None)
    attempts_max = Integer(default=None)
    retry_hours = Integer(default=None)
    started_at = Timestamptz(default=None)
    changed_at = Timestamptz(default=None)
    decided_at = Timestamptz(null=True, default=None)
    valid_until = Date(null=True, default=None)
    retry_at = Timestamptz(
        null=True, default=None, help_text="From then on a new attempt; none: never."
    )
    reasons = Array(
        base_column=Text(), default=None, help_text="Public codes of the last decision."
    )
    return_url = Text(default=None, help_text="Where vendors send the member back to.")


class VerificationCheck(Table, tablename="verification_check"):
    """One question about the member; its state moves by `rules.CHECK_MOVES` only."""

    id = UUID(primary_key=True, default=None)
    verification_id = ForeignKey(
        Verification,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    attempt_no = Integer(default=None)
    kind = Text(default=None, choices=CheckKind)
    state = Text(default=None, choices=CheckState)
    check_ref = Text(default=None, help_text="The idempotency key at verifiers.")
    verifiers = Array(
        base_column=Text(),
        default=None,
        help_text="Instances in order, as the rule said when it began.",
    )
    recheck_days = Integer(null=True, default=None)
    outage_days = Integer(default=None)
    tried = Array(
        base_column=Text(),
        default=None,
        help_text="Those of them that could not answer in this round.",
    )
    instance_id = Text(null=True, default=None)
    provider_ref = Text(null=True, default=None)
    redirect_url = Bytea(null=True, default=None, help_text="Sealed; for the member alone.")
    given = Bytea(null=True, default=None, help_text="Sealed; forgotten once it is decided.")
    facts = Bytea(null=True, default=None, help_text="Sealed.")
    reasons = Array(base_column=Text(), default=None)
    ask_count = Integer(default=None)
    look_up_count = Integer(default=None)
    away_count = Integer(default=None, help_text="Rounds in a row in which nobody could answer.")
    is_for_people = Boolean(default=None)
    is_stale = Boolean(
        default=None, help_text="It holds by its last proof: nobody could be asked again."
    )
    due_at = Timestamptz(
        null=True,
        default=None,
        help_text="Of the next step; while a verifier is called, the end of the lease.",
    )
    recheck_at = Timestamptz(null=True, default=None)
    valid_until = Date(null=True, default=None)
    created_at = Timestamptz(default=None)
    changed_at = Timestamptz(default=None)
    redact_at = Timestamptz(
        null=True, default=None, help_text="When the vendor is asked again to delete its data."
    )


class VerificationAnswer(Table, tablename="verification_answer"):
    """What a verifier said, and what proves it. Rows are added, never edited."""

    id = UUID(primary_key=True, default=None)
    check_id = ForeignKey(
        VerificationCheck,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    instance_id = Text(default=None)
    ask_no = Integer(default=None)
    state = Text(default=None, choices=CheckState)
    reasons = Array(base_column=Text(), default=None)
    staff_details = Array(base_column=Text(), default=None)
    evidence_source = Text(null=True, default=None)
    evidence_reference = Text(null=True, default=None)
    evidence_at = Timestamptz(null=True, default=None)
    evidence_digest = Text(null=True, default=None)
    lists = JSONB(default=None, help_text="Identifiers and digests of what was screened against.")
    answered_at = Timestamptz(default=None)


class VerificationHit(Table, tablename="verification_hit"):
    """An entry of a list that may be the member."""

    id = UUID(primary_key=True, default=None)
    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    check_id = ForeignKey(
        VerificationCheck,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    state = Text(default=None, choices=HitState)
    list_id = Text(default=None)
    entry_id = Text(default=None)
    entry_digest = Text(default=None)
    subject_digest = Bytea(default=None, help_text="Of what the verifier was told of the member.")
    score = Integer(default=None)
    entry_name = Bytea(default=None, help_text="Sealed.")
    programmes = Array(base_column=Text(), default=None)
    found_at = Timestamptz(default=None)
    decided_at = Timestamptz(null=True, default=None)


class VerificationDecision(Table, tablename="verification_decision"):
    """What a person decided and why. Rows are added, never edited."""

    id = UUID(primary_key=True, default=None)
    verification_id = ForeignKey(
        Verification,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    check_id = ForeignKey(
        VerificationCheck,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        default=None,
        index=True,
    )
    ask_no = Integer(default=None, help_text="Of the answer that was decided about.")
    decided_by = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    action = Text(default=None, choices=DecisionAction)
    reason = Text(default=None)
    note = Text(default=None)
    is_final = Boolean(default=None, help_text="False for the first of two.")
    decided_at = Timestamptz(default=None)


class VerificationUpload(Table, tablename="verification_upload"):
    """What the member uploads for a check; forgotten once it is decided."""

    id = UUID(primary_key=True, default=None)
    check_id = ForeignKey(
        VerificationCheck,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    name = Text(default=None)
    ticket_hash = Bytea(default=None, help_text="SHA-256 of what the address of the upload holds.")
    ticket_until = Timestamptz(default=None)
    media_type = Text(null=True, default=None)
    digest = Text(null=True, default=None)
    byte_count = Integer(null=True, default=None)
    content = Bytea(null=True, default=None, help_text="Sealed.")
    uploaded_at = Timestamptz(null=True, default=None)


class VerificationLook(Table, tablename="verification_look"):
    """Who looked at an upload, or took a file of checks out of the house."""

    id = UUID(primary_key=True, default=None)
    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    kind = Text(default=None)
    subject_id = UUID(default=None)
    reason = Text(default=None)
    looked_at = Timestamptz(default=None)


class VerificationList(Table, tablename="verification_list"):
    """A list to screen against, as its publisher offers it."""

    id = UUID(primary_key=True, default=None)
    instance_id = Text(default=None)
    list_id = Text(default=None)
    name = Text(default=None)
    digest = Text(default=None, help_text="SHA-256 of the file, in hex.")
    published_on = Date(null=True, default=None)
    entry_count = Integer(default=None)
    content = Bytea(default=None, help_text="Compressed.")
    added_by = ForeignKey(
        Member, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, default=None, index=True
    )
    added_at = Timestamptz(default=None)


class VerificationRuleset(Table, tablename="verification_ruleset"):
    """One version of all rules. The newest approved one that is effective decides."""

    version = Integer(primary_key=True, default=None)
    state = Text(default=None, choices=RulesetState)
    effective_from = Timestamptz(default=None)
    note = Text(default=None)
    author_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    created_at = Timestamptz(default=None)
    approver_id = ForeignKey(
        Member, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, default=None, index=True
    )
    approved_at = Timestamptz(null=True, default=None)
    withdrawn_by = ForeignKey(
        Member, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, default=None, index=True
    )
    withdrawn_at = Timestamptz(null=True, default=None)


class VerificationRule(Table, tablename="verification_rule"):
    """Which checks make which level; the first rule whose conditions hold decides."""

    id = UUID(primary_key=True, default=None)
    version = ForeignKey(
        VerificationRuleset,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    position = Integer(default=None)
    name = Text(default=None)
    country = Text(null=True, default=None)
    region = Text(null=True, default=None)
    role = Text(null=True, default=None, choices=Role)
    entity = Text(null=True, default=None, choices=Entity)
    levels = JSONB(default=None, help_text="Level to checks.")
    attempts_max = Integer(default=None)
    retry_hours = Integer(default=None)


class VerificationRequirement(Table, tablename="verification_requirement"):
    """Which payments need which level; every one that applies counts."""

    id = UUID(primary_key=True, default=None)
    version = ForeignKey(
        VerificationRuleset,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    position = Integer(default=None)
    name = Text(default=None)
    level = Integer(default=None)
    country = Text(null=True, default=None)
    region = Text(null=True, default=None)
    currency = Text(null=True, default=None)
    amount_from_micros = BigInt(null=True, default=None)
    year_from_micros = BigInt(null=True, default=None)
    provider = Text(null=True, default=None)
