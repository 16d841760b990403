"""What a client says is understood once, and never taken for what another client said."""

from __future__ import annotations

from typing import Any, Final

from graphql import GraphQLObjectType, get_variable_values, parse

from domain.campaigns.rules import Category
from schema import schema
from schema.execution.plans import FieldPlan
from schema.execution.values import SAID_MAX, wishes
from schema.prepared import Prepared

CORE: Final = schema._schema  # noqa: SLF001  # GRAPHQL.md appendix B
LIST: Final = """query L($category: CampaignCategory, $first: Int) {
  viewer { campaigns(where: { category: { eq: $category } }, first: $first) { nodes { id } } }
}"""
CHANGE: Final = """mutation C($email: EmailAddress!, $password: String!) {
  sessionCreate(input: { email: $email, password: $password }) { token }
}"""


def asked(document: str, *below: str, **values: Any) -> tuple[FieldPlan, dict[str, Any]]:
    """The field at the end of the path, and what its resolver is told."""
    prepared = Prepared(CORE, parse(document))
    return told(prepared, *below, **values)


def told(prepared: Prepared, *below: str, **values: Any) -> tuple[FieldPlan, dict[str, Any]]:
    operation = prepared.operation(None)
    assert operation is not None
    variables = get_variable_values(CORE, operation.node.variable_definitions or (), values)
    assert not isinstance(variables, list)
    plan = prepared.plan(operation, variables)
    assert plan is not None
    (field,) = plan.root.fields
    for name in below:
        kind = CORE.get_type(name)
        assert isinstance(kind, GraphQLObjectType)
        (field,) = plan.selection_of(field, kind, variables).fields
    return field, wishes(CORE, field, variables)


def test_a_list_is_told_what_this_client_said() -> None:
    """Kept by all the values that its arguments name, also those left out."""
    prepared = Prepared(CORE, parse(LIST))
    first, second = list(Category)[:2]
    said = [
        told(prepared, "Viewer", **values)[1]
        for values in (
            {"category": first.name, "first": 3},
            {"category": second.name, "first": 3},
            {"category": second.name},
            {"category": first.name, "first": 3},
        )
    ]

    assert [each["where"].category.eq for each in said] == [first, second, second, first]
    assert [each.get("first") for each in said] == [3, 3, None, 3]
    assert said[0]["where"] is said[3]["where"]  # once understood is enough


def test_few_are_kept() -> None:
    """However many sizes somebody asks for."""
    prepared = Prepared(CORE, parse(LIST))
    for size in range(2 * SAID_MAX):
        field, said = told(prepared, "Viewer", first=size)
        assert said["first"] == size

    assert len(field.said) == SAID_MAX


def test_a_password_is_not_kept() -> None:
    """What a change is told goes with its request."""
    field, said = asked(CHANGE, email="a@example.org", password="correct horse")  # noqa: S106  # made up

    assert said["input"].password == "correct horse"  # noqa: S105  # made up
    assert not field.said
