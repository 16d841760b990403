"""What a client sends as variables, understood: quickly where each of them is one plain value.

Types of variables are looked up once per operation. Whatever is a list, an object, a default or a
mistake is left to graphql-core, which says what is wrong and where.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    get_nullable_type,
    get_variable_values,
    is_leaf_type,
)
from graphql.execution.get_variable_signature import (
    GraphQLVariableSignature,
    get_variable_signature,
)
from graphql.execution.values import VariableValues, VariableValueSource
from graphql.utilities import coerce_input_value


@dataclass(frozen=True, slots=True)
class Declared:
    """The variables of one operation. `leaves` is None where one of them may be more than that."""

    operation: OperationDefinitionNode
    leaves: tuple[GraphQLVariableSignature, ...] | None

    @classmethod
    def of(cls, schema: GraphQLSchema, operation: OperationDefinitionNode) -> Declared:
        leaves = []
        for node in operation.variable_definitions or ():
            signature = get_variable_signature(schema, node)
            if isinstance(signature, GraphQLError) or node.default_value is not None:
                return cls(operation, None)
            if not is_leaf_type(get_nullable_type(signature.type)):
                return cls(operation, None)
            leaves.append(signature)
        return cls(operation, tuple(leaves))

    def understood(
        self, schema: GraphQLSchema, values: Mapping[str, Any], *, problems_max: int
    ) -> VariableValues | list[GraphQLError]:
        """As `get_variable_values`."""
        return self._quickly(values) or get_variable_values(
            schema,
            self.operation.variable_definitions or (),
            dict(values),
            max_errors=problems_max,
        )

    def _quickly(self, values: Mapping[str, Any]) -> VariableValues | None:
        if self.leaves is None:
            return None
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for signature in self.leaves:
            value = values.get(signature.name, Undefined)
            if value is Undefined:
                return None
            found = coerce_input_value(value, signature.type)
            if found is Undefined:
                return None
            sources[signature.name] = VariableValueSource(signature, value)
            coerced[signature.name] = found
        return VariableValues(sources, coerced)
