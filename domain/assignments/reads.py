"""Assignments as clients may read them, and what assignments add to tasks and campaigns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from domain.assignments.queries import (
    OF_CAMPAIGN,
    PARTY,
    PAYABLE_AT,
    TASK_SEEN,
    UPLOAD_SEEN,
    answers_of,
)
from domain.assignments.rules import AssignmentEvent, AssignmentState, available_events
from domain.assignments.rules.rejection import REVERSAL_TIME
from domain.campaigns.reads import INSTRUCTIONS, OWN
from domain.campaigns.rules.variables import filled
from domain.contacts import ContactKind
from domain.links import Link, host_of, is_external, links_in
from domain.reads import (
    Amount,
    Choice,
    Entity,
    Field,
    Items,
    Leaf,
    Listed,
    One,
    Paged,
    Part,
    Ruled,
    columns,
)
from domain.tasks import reads as tasks
from domain.tasks.queries import variables_of


def kinds(found: list[str]) -> list[ContactKind]:
    return [ContactKind(each) for each in found]


def transitions(state: str, is_worker: bool, is_due: bool) -> list[AssignmentEvent]:  # noqa: FBT001  # as the row has them
    return list(available_events(AssignmentState(state), for_worker=is_worker, is_due=is_due))


# As `rules.reversible_until` has it; a test holds the two equal.
REVERSIBLE_UNTIL: Final = f"""
    case when {{row}}.state in ('rejected', 'closed_rejected')
              and {{row}}.decided_by is distinct from 'platform'
         then {{row}}.decided_at + interval '{REVERSAL_TIME.days} days' end
"""
WORKER_LEVEL: Final = """
    coalesce((select s.level from worker_standing s where s.worker_id = {row}.worker_id), 0)
"""
PINNED_TEXT: Final = """
    (select i.text from instruction_version i
     where i.campaign_id = {row}.campaign_id and i.version = {row}.instruction_version)
"""
VARIABLES: Final = "(select t.variables::text from task t where t.id = {row}.task_id)"


def filled_text(text: str, variables: str) -> str:
    return filled(text, variables_of(variables))


def filled_links(text: str, variables: str, own_host: str) -> tuple[Link, ...]:
    return links_in(filled_text(text, variables), own_host=own_host)


ASSIGNMENT: Final = Entity(
    name="Assignment",
    source="from assignment a join campaign c on c.id = a.campaign_id",
    row="a",
    visible=PARTY,
    fields={
        **columns(
            "state",
            "revision_count",
            "claimed_at",
            "deadline_at",
            "submitted_at",
            "approves_at",
            "decided_at",
            "decided_by",
        ),
        "payable_at": Leaf(PAYABLE_AT),
        "reversible_until": Leaf(REVERSIBLE_UNTIL),
        "reward": Amount("{row}.reward_micros"),
        "awarded": Amount("{row}.awarded_reward_micros"),
        "agreed_data_use": Part(
            {
                "purpose": Leaf("{row}.agreed_purpose"),
                "details": Leaf("{row}.agreed_details"),
                "licence": Leaf("{row}.agreed_licence"),
            },
            present="{row}.agreed_purpose is not null",
        ),
        "worker": One("Member", key="{row}.worker_id"),
        "worker_level": Leaf(WORKER_LEVEL),
        "task": One("Task", key="{row}.task_id"),
        "campaign": One("Campaign", key="{row}.campaign_id"),
        "instructions": One("InstructionsOfAssignment", key="{row}.id", to="a.id"),
        "filled_instructions": Ruled(filled_text, (PINNED_TEXT, VARIABLES)),
        "filled_links": Ruled(filled_links, (PINNED_TEXT, VARIABLES, "{own_host}")),
        "submissions": Listed("Submission", to="{row}.assignment_id", order="{row}.revision"),
        "reviews": Listed("Review", to="{row}.assignment_id", order="{row}.decided_at, {row}.id"),
        "ratings": Listed("Rating", to="{row}.assignment_id", order="{row}.given_at, {row}.id"),
        "rejection_request": One("RejectionRequest", key="{row}.id", to="r.assignment_id"),
        "available_transitions": Ruled(
            transitions,
            (
                "{row}.state",
                "coalesce({row}.worker_id = {viewer}, false)",
                "coalesce({row}.approves_at <= {now}, false)",
            ),
        ),
    },
)
OF_PARTY: Final = """
    exists (select from assignment a join campaign c on c.id = a.campaign_id
            where a.id = {row}.assignment_id and {viewer} in (a.worker_id, c.employer_id))
"""
# What was answered wrongly would teach the worker the right answers.
FOR_EMPLOYER: Final = """
    exists (select from assignment a join campaign c on c.id = a.campaign_id
            where a.id = {row}.assignment_id and c.employer_id = {viewer})
"""
SUBMISSION: Final = Entity(
    name="Submission",
    source="from submission s",
    row="s",
    visible=OF_PARTY,
    fields={
        **columns("revision", "received_at"),
        "check_answers": Items("{row}.check_answers"),
        "failed_check_count": Leaf("{row}.failed_check_count", shown=FOR_EMPLOYER),
        "contact_kinds": Ruled(kinds, ("{row}.contact_kinds",)),
        "items": Listed("SubmissionItem", to="{row}.submission_id", order="{row}.position"),
    },
)
LINK: Final[dict[str, Leaf | Ruled]] = {
    "url": Leaf("{row}.url"),
    "host": Ruled(host_of, ("{row}.url",)),
    "is_external": Ruled(is_external, ("{row}.url", "{own_host}")),
}
COMMON: Final = {"role": Leaf("{row}.role"), "proof_id": Leaf("{row}.proof_id")}
SUBMISSION_ITEM: Final = Entity(
    name="SubmissionItem",
    source="from submission_item i",
    row="i",
    value=Choice(
        "case {row}.kind when 'text' then 'TextItem' when 'score' then 'ScoreItem'"
        " when 'survey' then 'SurveyItem' when 'link' then 'LinkItem' else 'FileItem' end",
        {
            "TextItem": Part({**COMMON, "text": Leaf("{row}.text")}),
            "ScoreItem": Part({**COMMON, "score": Leaf("{row}.score")}),
            "SurveyItem": Part({**COMMON, "answers": Ruled(answers_of, ("{row}.answers",))}),
            "LinkItem": Part({**COMMON, "link": Part(LINK)}),
            "FileItem": Part(
                {
                    **COMMON,
                    "kind": Leaf("{row}.kind"),
                    "upload": One("Upload", key="{row}.upload_id"),
                }
            ),
        },
    ),
)
UPLOAD: Final = Entity(
    name="Upload",
    source="from upload u",
    row="u",
    visible=UPLOAD_SEEN,
    fields={
        **columns("kind", "media_type", "state", "asked_at"),
        "byte_count": Leaf("coalesce({row}.kept_byte_count, {row}.byte_count)"),
        "sha256": Leaf("encode(coalesce({row}.kept_sha256, {row}.sha256), 'hex')"),
        "sent_sha256": Leaf("encode({row}.sha256, 'hex')"),
        "url": Leaf("case when {row}.state <> 'asked' then {row}.id end"),
    },
)
REVIEW: Final = Entity(
    name="Review",
    source="from review v",
    row="v",
    visible=OF_PARTY,
    fields=columns("revision", "decision", "reason_code", "clause_id", "text", "decided_at"),
)
REJECTION_REQUEST: Final = Entity(
    name="RejectionRequest",
    source="from rejection_request r",
    row="r",
    visible="{row}.employer_id = {viewer}",
    fields={
        **columns("state", "reason_code", "clause_id", "text", "asked_at", "decided_at", "answer"),
        "assignment": One("Assignment", key="{row}.assignment_id"),
    },
)
INSTRUCTIONS_OF_ASSIGNMENT: Final = Entity(
    name="InstructionsOfAssignment",
    source="from assignment a join instruction_version i"
    " on i.campaign_id = a.campaign_id and i.version = a.instruction_version",
    row="i",
    fields=INSTRUCTIONS,
)
TASK: Final = replace(tasks.TASK, visible=TASK_SEEN)
ENTITIES: Final = (
    ASSIGNMENT,
    SUBMISSION,
    SUBMISSION_ITEM,
    UPLOAD,
    REVIEW,
    REJECTION_REQUEST,
    INSTRUCTIONS_OF_ASSIGNMENT,
    TASK,
    tasks.CONSENSUS,
    tasks.PLACES_OF_CAMPAIGN,
)
TOLD_CAMPAIGNS: Final[Mapping[str, Field]] = {
    "tasks": replace(tasks.TASKS_OF_CAMPAIGN, present=OWN),
    "assignments": Paged("Assignment", OF_CAMPAIGN, by_viewer=True, present=OWN),
}
