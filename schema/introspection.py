"""Introspection, where a deployment has turned it off."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from graphql import GraphQLError, NoSchemaIntrospectionCustomRule, validate
from strawberry.extensions import SchemaExtension

from schema.context import Context

# Cheap, and never wrong in the safe direction: names cannot be written with escapes.
ASKED: Final = re.compile(r"\b__(schema|type)\b")


class Introspection(SchemaExtension):
    """Must stand after `DocumentCache`: documents are cached whoever may introspect."""

    def on_validate(self) -> Iterator[None]:
        execution = self.execution_context
        context: Context = execution.context
        if not execution.pre_execution_errors and not context.services.has_introspection:
            assert execution.query is not None and execution.graphql_document is not None
            if ASKED.search(execution.query) and validate(
                execution.schema._schema,  # noqa: SLF001  # GRAPHQL.md appendix B
                execution.graphql_document,
                [NoSchemaIntrospectionCustomRule],
            ):
                message = "Introspection is turned off here."
                refusal = GraphQLError(message, extensions={"code": "INTROSPECTION_OFF"})
                execution.pre_execution_errors = [refusal]
        yield
