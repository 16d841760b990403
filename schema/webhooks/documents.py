"""The queries that write payloads: one built in per subject, or the owner's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    parse,
    print_ast,
    validate,
)

from domain.errors import Refused
from domain.events.rules import Subject
from domain.webhooks.rules import DOCUMENT_LENGTH_MAX
from schema.limits import LIMITS, LimitExceeded, check

TOKENS_MAX: Final = 2_000
PROBLEMS_MAX: Final = 10
ID_EXAMPLE: Final = "evt1_x"

_AMOUNT: Final = "amount { amount currency }"
_ASSIGNMENT: Final = "id state task { id } campaign { id title }"
# The type of the event, and what it says besides its own kind, instant and cursor.
_FIELDS: Final[Mapping[Subject, tuple[str, str]]] = {
    Subject.CAMPAIGN: ("CampaignEvent", "campaign { id title state }"),
    Subject.ASSIGNMENT: ("AssignmentEvent", f"assignment {{ {_ASSIGNMENT} }}"),
    Subject.DEPOSIT: ("DepositEvent", f"deposit {{ id state reference {_AMOUNT} }}"),
    Subject.PAYOUT: ("PayoutEvent", f"payout {{ id state problem {_AMOUNT} }}"),
    Subject.SPENDING: ("SpendingEvent", f"spending {{ id {_AMOUNT} }}"),
    Subject.DISPUTE: ("DisputeEvent", "dispute { id state ruling dueAt }"),
    Subject.MESSAGE: ("MessageEvent", "message { id thread { id } }"),
    Subject.SESSION: ("SessionEvent", "session { id createdAt }"),
    Subject.DESTINATION: ("DestinationEvent", "destination { id kind label }"),
    Subject.RATING: ("RatingEvent", "rating { id stars }"),
    Subject.SEARCH: ("SearchEvent", "campaign { id title state }"),
    Subject.REFERRAL: ("ReferralEvent", "referral { id state }"),
    Subject.DOCUMENT: ("DocumentEvent", "document { id kind number }"),
    Subject.POLICY: ("PolicyEvent", "policy { id kind version effectiveAt }"),
    Subject.SUSPENSION: ("SuspensionEvent", "suspension { id state dueAt endsAt }"),
    Subject.ALLOWANCE: ("AllowanceEvent", "allowance { claimsPerDay reasons endsAt }"),
    Subject.TICKET: ("TicketEvent", "ticket { id category state }"),
    Subject.VERIFICATION: ("VerificationEvent", "verification { id level state reasons }"),
}
BUILT_IN: Final[Mapping[Subject, str]] = {
    subject: f"query WebhookPayload($id: ID!) {{ node(id: $id) {{ id ... on {kind} "
    f"{{ kind occurredAt cursor {fields} }} }} }}"
    for subject, (kind, fields) in _FIELDS.items()
}


class WebhookDocumentRefused(Refused):
    """It could not run when an event happens; `problems` says why."""

    code = "WEBHOOK_DOCUMENT_REFUSED"
    argument = "document"

    def __init__(self, problems: list[str]) -> None:
        super().__init__(problems[0])
        self.problems = problems


def require_document(text: str, schema: GraphQLSchema) -> None:
    """One query with exactly one variable, `$id: ID!`. Refuses with `WebhookDocumentRefused`."""
    if len(text) > DOCUMENT_LENGTH_MAX:
        raise WebhookDocumentRefused([f"at most {DOCUMENT_LENGTH_MAX} characters"])
    try:
        document = parse(text, max_tokens=TOKENS_MAX)
    except (GraphQLError, RecursionError) as error:
        message = error.message if isinstance(error, GraphQLError) else "nested too deeply"
        raise WebhookDocumentRefused([message]) from error
    operation = _only_query(document)
    problems = _invalid(document, operation, schema)
    if problems:
        raise WebhookDocumentRefused(problems[:PROBLEMS_MAX])


def _only_query(document: DocumentNode) -> OperationDefinitionNode:
    operations = [
        each for each in document.definitions if isinstance(each, OperationDefinitionNode)
    ]
    if len(operations) != 1 or operations[0].operation is not OperationType.QUERY:
        raise WebhookDocumentRefused(["a document holds exactly one operation, a query"])
    (operation,) = operations
    variables = [
        (each.variable.name.value, print_ast(each.type), each.default_value)
        for each in operation.variable_definitions or ()
    ]
    if variables != [("id", "ID!", None)]:
        raise WebhookDocumentRefused(["a document takes exactly one variable, `$id: ID!`"])
    return operation


def _invalid(
    document: DocumentNode, operation: OperationDefinitionNode, schema: GraphQLSchema
) -> list[str]:
    """The limits first: the rules never see an oversized document."""
    try:
        check(schema, document, operation, {"id": ID_EXAMPLE}, LIMITS)
    except LimitExceeded as error:
        return [error.message]
    return [error.message for error in validate(schema, document)]
