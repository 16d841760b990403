"""Whether a document would run here, found out without running it."""

from __future__ import annotations

from typing import Final

from graphql import GraphQLError, parse, specified_rules
from strawberry.schema.schema import validate_document

from schema import TOKENS_MAX, schema
from schema.limits import OperationLimits

RULES: Final = (*specified_rules, OperationLimits)


def faults_of(text: str) -> list[str]:
    """What the schema and the limits have against it, one sentence each.

    Page sizes in variables count as 1, as they do before a request has come.
    """
    try:
        document = parse(text, max_tokens=TOKENS_MAX)
    except GraphQLError as error:
        return [_sentence(error)]
    except RecursionError:
        return ["It is nested too deep."]
    errors = validate_document(schema._schema, document, RULES)  # noqa: SLF001  # GRAPHQL.md appendix B
    return [_sentence(error) for error in errors]


def _sentence(error: GraphQLError) -> str:
    places = ", ".join(f"line {each.line}" for each in error.locations or ())
    return f"{error.message} ({places})" if places else error.message
