"""What is kept of a document grows with its text, not with what its fragments unfold to."""

from __future__ import annotations

from typing import Final

from graphql import OperationDefinitionNode, parse
from graphql.execution.values import VariableValues

from schema import schema
from schema.limits import LIMITS, Measure, Measurer, check, checked
from schema.prepared import Prepared

CORE: Final = schema._schema  # noqa: SLF001  # GRAPHQL.md appendix B
NOTHING: Final = VariableValues({}, {})
WORK: Final = """
    fragment W0 on Campaign { id title state employer { id } instructions { text } }
    fragment W1 on Campaign { ...W0 assignments(first: 1) { nodes { task { campaign { ...W0 } }
        campaign { ...W0 } } edges { node { campaign { ...W0 } } } } }
    fragment W2 on Campaign { ...W0 assignments(first: 1) { nodes { task { campaign { ...W1 } }
        campaign { ...W1 } } edges { node { campaign { ...W1 } } } } }
"""


def test_many_operations_over_one_fragment_are_not_all_kept() -> None:
    """Anybody may ask for one after another; a text of five thousand letters held 100 MB."""
    names = [f"q{number}" for number in range(200)]
    text = "".join(f'query {name} {{ campaign(id: "x") {{ ...W2 }} }}' for name in names) + WORK
    prepared = Prepared(CORE, parse(text), text)
    sizes = []
    for name in names:
        operation = prepared.operation(name)
        assert operation is not None
        assert prepared.plan(operation, NOTHING) is not None
        prepared.charge(operation, {"campaign": None})
        sizes.append(prepared.size)

    assert max(sizes) < len(text)


def test_what_operations_share_is_measured_once() -> None:
    """A hundred operations over one fragment took a second, in which nobody else was served."""
    measured: list[str] = []

    class Counting(dict[str, Measure]):
        def __setitem__(self, name: str, measure: Measure) -> None:
            measured.append(name)
            super().__setitem__(name, measure)

    text = "".join(f'query q{each} {{ campaign(id: "x") {{ ...W2 }} }}' for each in range(9)) + WORK
    document = parse(text)
    measurer = Measurer(CORE, document)
    measurer._measured = Counting()  # noqa: SLF001  # what it knows of fragments
    costs = {
        checked(measurer, each, LIMITS).cost
        for each in document.definitions
        if isinstance(each, OperationDefinitionNode)
    }

    assert sorted(measured) == ["W0", "W1", "W2"]
    first = next(each for each in document.definitions if isinstance(each, OperationDefinitionNode))
    assert costs == {check(CORE, document, first).cost}


def test_one_operation_stays_ready() -> None:
    """An everyday document is made ready once."""
    text = f'query Q {{ campaign(id: "x") {{ ...W1 }} }} {WORK}'
    prepared = Prepared(CORE, parse(text), text)
    operation = prepared.operation("Q")
    assert operation is not None
    plan = prepared.plan(operation, NOTHING)
    prepared.charge(operation, {"campaign": None})

    assert prepared.operation("Q") is operation
    assert prepared.plan(operation, NOTHING) is plan
