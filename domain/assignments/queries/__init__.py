"""Reads of assignments. Its worker and the campaign's employer see one; nobody else does."""

from __future__ import annotations

from domain.assignments.queries.allowance import AllowanceRecord, allowance_of
from domain.assignments.queries.assignments import (
    OF_CAMPAIGN,
    OF_WORKER,
    PARTY,
    TASK_SEEN,
    AssignmentRecord,
    ReviewRecord,
    SubmissionRecord,
    answers_of,
    assignments_by_id,
    assignments_of_campaigns,
    assignments_of_worker,
    claim_facts,
    count_assignments_of_campaign,
    count_assignments_of_worker,
    reviews_by_id,
    reviews_of,
    submissions_by_id,
    submissions_of,
    visible_task_ids,
)
from domain.assignments.queries.checks import CHECKS, audit
from domain.assignments.queries.evidence import Evidence, evidence_of
from domain.assignments.queries.maturity import PAYABLE_AT
from domain.assignments.queries.rejections import (
    RejectionRequestRecord,
    rejection_queue,
    rejection_requests_by_id,
    rejection_requests_of_assignments,
)
from domain.assignments.queries.success import Success, judged_by_category, success_of
from domain.assignments.queries.uploads import UPLOAD_SEEN, uploads_by_id, uploads_handed_in
from domain.assignments.queries.wages import (
    WAGE_COUNT_MAX,
    EffectiveWageRecord,
    effective_wages_of,
)

__all__ = [
    "CHECKS",
    "OF_CAMPAIGN",
    "OF_WORKER",
    "PARTY",
    "PAYABLE_AT",
    "TASK_SEEN",
    "UPLOAD_SEEN",
    "WAGE_COUNT_MAX",
    "AllowanceRecord",
    "AssignmentRecord",
    "EffectiveWageRecord",
    "Evidence",
    "RejectionRequestRecord",
    "ReviewRecord",
    "SubmissionRecord",
    "Success",
    "allowance_of",
    "answers_of",
    "assignments_by_id",
    "assignments_of_campaigns",
    "assignments_of_worker",
    "audit",
    "claim_facts",
    "count_assignments_of_campaign",
    "count_assignments_of_worker",
    "effective_wages_of",
    "evidence_of",
    "judged_by_category",
    "rejection_queue",
    "rejection_requests_by_id",
    "rejection_requests_of_assignments",
    "reviews_by_id",
    "reviews_of",
    "submissions_by_id",
    "submissions_of",
    "success_of",
    "uploads_by_id",
    "uploads_handed_in",
    "visible_task_ids",
]
