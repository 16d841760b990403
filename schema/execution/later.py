"""Reads what the resolvers of one level only referred to: by compiled readings, else by loaders."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple

import structlog
from graphql import GraphQLError, GraphQLObjectType
from graphql.execution.values import VariableValues

from domain.database import AWAY, BUSY
from schema.context import Context
from schema.execution.batches import Batches
from schema.execution.counting import READS
from schema.execution.levels import Unreadable
from schema.execution.plans import FieldPlan, Plan, Selection, Shape
from schema.execution.readings import Reader, Reading
from schema.execution.references import PageOf, Reference
from schema.execution.whole import Whole
from schema.execution.whole_writing import WholeWriter
from schema.execution.writing import Writer
from schema.ids import Tag
from schema.node import kind_of
from schema.read_model import type_names_of

log = structlog.get_logger(__name__)

FAILED: Final = object()


class Later(NamedTuple):
    """A reference, and where what it refers to is wanted."""

    value: Any
    shape: Shape
    field: FieldPlan
    place: Any


class LaterReads:
    """Of one execution. `complete` and `fail` are the executor's."""

    def __init__(
        self,
        *,
        plan: Plan,
        context: Context,
        variables: VariableValues,
        complete: Callable[[Any, Shape, FieldPlan, Any], None],
        fail: Callable[[Exception, FieldPlan, Any], None],
    ) -> None:
        self._plan = plan
        self._context = context
        self._variables = variables
        self._complete = complete
        self._fail = fail
        self.is_complete = True  # nothing of it was left to the resolvers

    def resolved(self, reason: str) -> None:
        self.is_complete = False
        READS.resolved(reason)

    async def read(self, later: Sequence[Later]) -> None:
        references: dict[tuple[FieldPlan, Tag, bool], list[Later]] = {}
        slow: list[Later] = []
        for each in later:
            if isinstance(each.value, PageOf):
                await self._page(each)
            else:
                is_given = each.value.made is not None
                references.setdefault((each.field, each.value.tag, is_given), []).append(each)
        for (field, tag, is_given), group in references.items():
            if not await self._objects(field, tag, group, is_given=is_given):
                slow += group
        if slow:
            await self._load(slow)

    async def _objects(
        self, field: FieldPlan, tag: Tag, group: Sequence[Later], *, is_given: bool
    ) -> bool:
        """False where the resolvers must answer."""
        names = type_names_of(tag)
        if not names:
            self.resolved(f"{tag.name.lower()} is read from no entity")
            return False
        selections = [found for name in names if (found := self._selection(field, name))]
        if len(selections) < len(names):
            return False
        reading = self._reading(
            selections[0],
            "given" if is_given else "",
            lambda writer: writer.objects(selections, is_given=is_given),
        )
        if reading is None:
            return False
        keys = {each.value.key for each in group}
        found = await self._tried(reading.objects(self._reader(), keys), group)
        if found is FAILED:
            return True
        if found is not None:
            for each in group:
                self._put(found.get(each.value.key.bytes), each)
        return found is not None

    async def _page(self, later: Later) -> None:
        page: PageOf = later.value
        selection = self._selection(later.field, later.shape.type.name)
        if selection is not None and await self._written(selection, page, later):
            return
        reading = None
        if selection is not None:
            reading = self._reading(
                selection,
                page.target,
                lambda writer: writer.connection(selection, page.target, page.listing),
            )
        if reading is not None:
            found = await self._tried(reading.connection(self._reader(), page), [later])
            if found is FAILED:
                return
            if found is not None:
                self._put(found, later)
                return
        try:
            made = await page.made()
        except Exception as error:  # noqa: BLE001  # an error of the answer
            self._fail(error, later.field, later.place)
        else:
            self._complete(made, later.shape, later.field, later.place)

    async def _written(self, selection: Selection, page: PageOf, later: Later) -> bool:
        """Whether the database wrote it as a whole."""
        texts = self._context.texts
        if texts is None:
            return False
        name = f"{page.target} as a whole"
        if name not in selection.readings:
            writer = WholeWriter(self._plan, self._variables)
            selection.readings[name] = made(
                lambda: writer.list_of(selection, page.target, page.listing)
            )
        whole = selection.readings[name]
        if not isinstance(whole, Whole):
            return False
        found = await self._tried(whole.written(self._reader(), page), [later])
        if found is FAILED:
            return True
        if found is None:
            return False
        READS.compiled()
        text, counts = found
        texts[id(text)] = counts
        self._put(text, later)
        return True

    async def _tried(self, reading: Awaitable[Any], group: Iterable[Later]) -> Any:
        """None where the resolvers must answer: they tell who is refused what, and where; and a
        mistake in a reading must not take down what they can still answer.
        """
        try:
            return await reading
        except GraphQLError:
            self.resolved("an argument was refused")
        except (*AWAY, *BUSY) as error:
            for each in group:
                self._fail(error, each.field, each.place)
            return FAILED
        except Exception as error:  # whatever it is, it is ours
            self.resolved("a reading failed")
            log.warning(
                "graphql.reading_failed", request_id=self._context.request_id, exc_info=error
            )
        return None

    def _put(self, value: Any, later: Later) -> None:
        if value is None:
            self._complete(None, later.shape, later.field, later.place)
        else:
            later.place.container[later.place.key] = value

    async def _load(self, slow: Sequence[Later]) -> None:
        batches = self._context.batches
        assert batches is not None
        for each in slow:
            if each.value.made is None:
                batches.wants(kind_of(each.value.tag).load, (each.value.key,))
        await batches.fetch()
        for each in slow:
            try:
                made = await self._loaded(each.value, batches)
            except Exception as error:  # noqa: BLE001  # an error of the answer
                self._fail(error, each.field, each.place)
            else:
                self._complete(made, each.shape, each.field, each.place)

    async def _loaded(self, reference: Reference, batches: Batches) -> Any:
        if reference.made is not None:
            return await reference.made()
        kind = kind_of(reference.tag)
        (record,) = batches.found(kind.load, (reference.key,))
        return None if record is None else kind.show(record, self._context)

    def _selection(self, field: FieldPlan, name: str) -> Selection | None:
        """None where a condition is null: whoever makes the objects refuses it, in its place."""
        kind = self._plan.schema.get_type(name)
        assert isinstance(kind, GraphQLObjectType)
        try:
            return self._plan.selection_of(field, kind, self._variables)
        except GraphQLError:
            self.resolved("a condition was refused")
            return None

    def _reading(
        self, selection: Selection, name: str, write: Callable[[Writer], Reading]
    ) -> Reading | None:
        if name not in selection.readings:
            writer = Writer(self._plan, self._variables)
            selection.readings[name] = made(lambda: write(writer))
        found = selection.readings[name]
        if isinstance(found, Reading):
            READS.compiled()
            return found
        self.resolved(str(found))
        return None

    def _reader(self) -> Reader:
        return Reader(self._context, self._plan.schema, self._variables)


def made(write: Callable[[], Reading | Whole]) -> Reading | Whole | Unreadable:
    """Why not, where it cannot be."""
    try:
        return write()
    except Unreadable as reason:
        return reason
    except Exception as error:  # a mistake of ours: the resolvers still answer
        log.warning("graphql.reading_not_written", exc_info=error)
        return Unreadable("it could not be written")
