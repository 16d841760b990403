"""Rows of assignments, submissions and reviews; migration 0005 is what creates them."""

from __future__ import annotations

from piccolo.columns import (
    JSONB,
    UUID,
    Array,
    BigInt,
    Boolean,
    ForeignKey,
    Integer,
    Text,
    Timestamptz,
)
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from domain.assignments.rules import (
    AssignmentState,
    DecidedBy,
    Decision,
    ItemKind,
    ItemRole,
    ReasonCode,
    RequestState,
)
from domain.campaigns.rules import AnnotationLicence, DataPurpose
from domain.campaigns.tables import Campaign
from domain.members.tables import Member
from domain.tasks.tables import Task
from domain.taxes.tables import VatDecided
from domain.uploads.tables import Upload


class Assignment(Table, tablename="assignment"):
    """A worker's claim on a place; a trigger refuses moves that `rules.MOVES` does not list."""

    id = UUID(primary_key=True, default=None)
    task_id = ForeignKey(
        Task, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, null=False, default=None
    )
    campaign_id = ForeignKey(
        Campaign, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, null=False, default=None
    )
    worker_id = ForeignKey(
        Member, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, null=False, default=None
    )
    state = Text(default=None, choices=AssignmentState)
    currency = Text(default=None)
    reward_micros = BigInt(default=None, help_text="Fixed at the claim, like fee, VAT, version.")
    fee_micros = BigInt(default=None)
    vat_micros = BigInt(default=None)
    vat_decision_id = ForeignKey(
        VatDecided,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=True,
        default=None,
        index=True,
        help_text="Why it has that VAT; a trigger takes it from the campaign at the claim.",
    )
    instruction_version = Integer(default=None, help_text="The version the work is judged by.")
    revision_count = Integer(default=None, help_text="Rounds of revision asked for so far.")
    claimed_at = Timestamptz(default=None)
    deadline_at = Timestamptz(default=None, help_text="Of the claim, or of the asked revision.")
    submitted_at = Timestamptz(null=True, default=None)
    approves_at = Timestamptz(null=True, default=None, help_text="Approved by itself from then.")
    decided_at = Timestamptz(null=True, default=None)
    payable_at = Timestamptz(
        null=True, default=None, help_text="Until then a hold keeps the reward on the earnings."
    )
    decided_by = Text(null=True, default=None, choices=DecidedBy)
    awarded_reward_micros = BigInt(
        null=True, default=None, help_text="By a split ruling, in place of the reward."
    )
    awarded_fee_micros = BigInt(null=True, default=None)
    awarded_vat_micros = BigInt(null=True, default=None)
    returned_at = Timestamptz(
        null=True, default=None, help_text="By its worker's own word: three in a day cool down."
    )
    is_outpriced = Boolean(
        default=False, help_text="Given back after its price had changed, and not paid back yet."
    )
    is_beyond_places = Boolean(
        default=False, help_text="Paid after its place had gone back: no place is settled by it."
    )
    agreed_purpose = Text(
        null=True,
        default=None,
        choices=DataPurpose,
        help_text="What the campaign said at the claim; empty from before it said so.",
    )
    agreed_details = Text(null=True, default=None)
    agreed_licence = Text(null=True, default=None, choices=AnnotationLicence)


class Submission(Table, tablename="submission"):
    """One revision of what was handed in; never changes."""

    id = UUID(primary_key=True, default=None)
    assignment_id = ForeignKey(
        Assignment,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
    )
    revision = Integer(default=None)
    received_at = Timestamptz(default=None)
    check_answers = JSONB(default="[]", help_text="List of {id, text}: to the questions asked.")
    failed_check_count = Integer(
        null=True, default=None, help_text="Empty: nothing was asked. Never shown to the worker."
    )
    contact_kinds = Array(Text(), default=[], help_text="Contact data that was found in it.")


class SubmissionItem(Table, tablename="submission_item"):
    """One answer or proof inside a submission."""

    submission_id = ForeignKey(
        Submission,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    position = Integer(default=None)
    kind = Text(default=None, choices=ItemKind)
    role = Text(default=None, choices=ItemRole)
    text = Text(null=True, default=None)
    score = Integer(null=True, default=None)
    answers = JSONB(
        null=True, default=None, help_text="List of {question_id, options, number, text}."
    )
    url = Text(null=True, default=None)
    proof_id = Text(null=True, default=None, help_text="The proof of the instructions it is.")
    upload_id = ForeignKey(
        Upload,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=True,
        default=None,
        unique=True,
    )


class Review(Table, tablename="review"):
    """An employer's decision on one revision; never changes."""

    id = UUID(primary_key=True, default=None)
    assignment_id = ForeignKey(
        Assignment,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
    )
    revision = Integer(default=None)
    decision = Text(default=None, choices=Decision)
    reason_code = Text(null=True, default=None, choices=ReasonCode)
    clause_id = Text(null=True, default=None, help_text="The clause of the instructions it cites.")
    text = Text(null=True, default=None)
    reviewer_id = ForeignKey(
        Member, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, null=False, default=None
    )
    decided_at = Timestamptz(default=None)


class RejectionRequest(Table, tablename="rejection_request"):
    """A rejection beyond the campaign's limit, until staff have decided."""

    id = UUID(primary_key=True, default=None)
    assignment_id = ForeignKey(
        Assignment,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        unique=True,
    )
    employer_id = ForeignKey(
        Member, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, null=False, default=None
    )
    state = Text(default=None, choices=RequestState)
    reason_code = Text(default=None, choices=ReasonCode)
    clause_id = Text(null=True, default=None)
    text = Text(default=None)
    asked_at = Timestamptz(default=None)
    decided_by = ForeignKey(
        Member, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, null=True, default=None
    )
    decided_at = Timestamptz(null=True, default=None)
    answer = Text(null=True, default=None, help_text="What staff say to it.")


class ClaimAllowance(Table, tablename="claim_allowance"):
    """Staff let this worker claim so much in 24 hours, until then."""

    member_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    claims_per_day = Integer(default=None)
    reasons = Text(default=None, help_text="The member reads them.")
    set_at = Timestamptz(default=None)
    set_by = ForeignKey(
        Member, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, null=False, default=None
    )
    ends_at = Timestamptz(default=None)


class ReviewReminder(Table, tablename="review_reminder"):
    """The employer was told that work waits for a decision; its key is campaign and mark."""

    campaign_id = ForeignKey(
        Campaign,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    percent = Integer(default=None, help_text="Of the review time that had passed.")
    told_at = Timestamptz(default=None)


class RejectionWaiver(Table, tablename="rejection_waiver"):
    """Staff freed this campaign of the limits of rejections."""

    campaign_id = ForeignKey(
        Campaign,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    staff_id = ForeignKey(
        Member, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, null=False, default=None
    )
    text = Text(default=None, help_text="Why.")
    given_at = Timestamptz(default=None)
