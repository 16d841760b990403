"""Documents that were made ready, kept by their text."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Container, Iterator

from strawberry.extensions import SchemaExtension
from strawberry.schema.schema import validate_document

from schema.prepared import Prepared


class Shelf:
    """The most recently used documents, bounded by the sum of their text lengths."""

    def __init__(self, *, characters_max: int) -> None:
        self._by_text: OrderedDict[str, Prepared] = OrderedDict()
        self._characters = 0
        self._characters_max = characters_max

    def get(self, text: str) -> Prepared | None:
        known = self._by_text.get(text)
        if known:
            self._by_text.move_to_end(text)
        return known

    def add(self, text: str, prepared: Prepared) -> None:
        assert text not in self._by_text
        self._by_text[text] = prepared
        self._characters += len(text)
        while self._characters > self._characters_max:
            dropped, _ = self._by_text.popitem(last=False)
            self._characters -= len(dropped)


class KnownDocuments:
    """Trusted documents stand on a shelf of their own: free texts cannot push them out."""

    def __init__(self, *, free_max: int = 300_000, trusted_max: int = 600_000) -> None:
        self.trusted_texts: Container[str] = frozenset()
        self._free = Shelf(characters_max=free_max)
        self._trusted = Shelf(characters_max=trusted_max)

    def get(self, text: str) -> Prepared | None:
        return self._shelf(text).get(text)

    def add(self, text: str, prepared: Prepared) -> None:
        self._shelf(text).add(text, prepared)

    def _shelf(self, text: str) -> Shelf:
        return self._trusted if text in self.trusted_texts else self._free


class DocumentCache(SchemaExtension):
    """Wraps the engine's own parsing, so that a syntax error keeps its normal way out."""

    def __init__(self, known: KnownDocuments) -> None:
        self._known = known

    def on_parse(self) -> Iterator[None]:
        execution = self.execution_context
        assert execution.query is not None  # else nothing is parsed
        known = self._known.get(execution.query)
        if known:
            execution.graphql_document = known.document
        yield
        if known is None and execution.graphql_document:
            schema = execution.schema._schema  # noqa: SLF001  # GRAPHQL.md appendix B
            known = Prepared(schema, execution.graphql_document, execution.query)
            self._known.add(execution.query, known)
        execution.context.prepared = known
        execution.context.is_trusted_document = execution.query in self._known.trusted_texts

    def on_validate(self) -> Iterator[None]:
        execution = self.execution_context
        assert execution.query is not None and execution.graphql_document is not None
        known = self._known.get(execution.query)
        errors = known.errors if known else None
        if errors is None:
            errors = tuple(
                validate_document(
                    execution.schema._schema,  # noqa: SLF001  # GRAPHQL.md appendix B
                    execution.graphql_document,
                    execution.validation_rules,
                )
            )
        if known:
            known.errors = errors
        execution.pre_execution_errors = list(errors)
        yield
