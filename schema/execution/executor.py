"""Runs one plan: all objects of a level at once, then all objects below them.

Values, nulls, errors and their places are those of graphql-core; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Coroutine, Iterable
from types import CoroutineType
from typing import Any, NamedTuple, TypeAlias

import strawberry
from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLObjectType,
    GraphQLResolveInfo,
    default_type_resolver,
    located_error,
)
from graphql.execution.values import VariableValues, get_argument_values
from graphql.pyutils import Path

from schema.context import Context
from schema.execution.batches import Batches, Rest
from schema.execution.later import Later, LaterReads
from schema.execution.plans import FieldPlan, Kind, Plan, Selection, Shape
from schema.execution.references import PageOf, Reference
from schema.execution.values import wishes
from schema.read_model import mapped


class Place(NamedTuple):
    """Where a value goes: a key of an object or an index of a list, and what that lies in."""

    container: Any
    key: Any
    above: Place | None
    is_required: bool


class Group(NamedTuple):
    """Objects of which the same is asked."""

    selection: Selection
    sources: list[Any]
    places: list[Place | None]


class Waiting(NamedTuple):
    """A resolver that has not answered yet."""

    coroutine: Coroutine[Any, Any, Any]
    field: FieldPlan
    place: Place


Groups: TypeAlias = dict[int, Group]  # by the identity of the selection


class Run:
    """One execution of a plan."""

    def __init__(
        self, plan: Plan, *, context: Context, root: Any, variables: VariableValues
    ) -> None:
        self._plan = plan
        self._context = context
        self._root = root
        self._variables = variables
        self._batches = Batches(context)
        self._errors: list[GraphQLError] = []
        self._nulled: dict[int, Place] = {}  # by identity: equal places are not the same
        self._infos: dict[FieldPlan, GraphQLResolveInfo[Context]] = {}
        self._below: Groups = {}
        self._later: list[Later] = []
        self._reads = LaterReads(
            plan=plan,
            context=context,
            variables=variables,
            complete=self._value,
            fail=self._fail,
        )

    async def result(self, *, one_by_one: bool) -> ExecutionResult:
        """`one_by_one`: each root field of a mutation ends before the next begins."""
        top: dict[str, Any] = {"data": None}
        whole = Place(top, "data", None, is_required=False)
        self._context.batches = self._batches
        try:
            root = self._plan.root
            parts = [root]
            if one_by_one and len(root.fields) > 1:
                parts = [Selection(root.type, (), (each,), root.empty) for each in root.fields]
            data = root.empty.copy()
            top["data"] = data
            for key in root.typenames:
                data[key] = root.type.name
            for part in parts:
                await self._all_levels(part, data, whole)
        finally:
            self._context.batches = None
            del self._reads  # they hold us: nothing is left to the collector of garbage
        return ExecutionResult(data=top["data"], errors=self._errors or None)

    async def _all_levels(self, root: Selection, data: dict[str, Any], whole: Place) -> None:
        waiting: list[Waiting] = []
        for field in root.fields:
            self._field(field, [self._root], [data], [whole], waiting)
        await self._settle(waiting)
        while self._below:
            groups, self._below = self._below, {}
            waiting = []
            for group in groups.values():
                self._group(group, waiting)
            await self._settle(waiting)

    def _group(self, group: Group, waiting: list[Waiting]) -> None:
        selection, sources, places = group
        if self._reads.is_complete and mapped(selection.type.name) is not None:
            self._reads.resolved(f"{selection.type.name} came from a resolver")
        objects = []
        for place in places:
            assert place is not None
            made = selection.empty.copy()
            place.container[place.key] = made
            objects.append(made)
        for key in selection.typenames:
            for made in objects:
                made[key] = selection.type.name
        for field in selection.fields:
            self._field(field, sources, objects, places, waiting)

    # -- one field of many objects -------------------------------------------------------------

    def _field(
        self,
        field: FieldPlan,
        sources: list[Any],
        objects: list[dict[str, Any]],
        places: Iterable[Place | None],
        waiting: list[Waiting],
    ) -> None:
        attribute, shape, key = field.attribute, field.shape, field.key
        if attribute is None:
            self._resolve(field, sources, objects, places, waiting)
            return
        if shape.kind is Kind.LEAF and self._leaves(field, sources, objects):
            return
        for source, made, above in zip(sources, objects, places, strict=True):
            place = Place(made, key, above, shape.is_required)
            try:
                value = getattr(source, attribute)
            except Exception as error:  # noqa: BLE001  # becomes an error of the answer
                self._fail(error, field, place)
            else:
                self._value(value, shape, field, place)

    def _leaves(self, field: FieldPlan, sources: list[Any], objects: list[dict[str, Any]]) -> bool:
        """The quick way, without a place per value. False when one of them has a fault."""
        attribute, key = field.attribute, field.key
        assert attribute is not None
        serialize, is_required = field.shape.type.serialize, field.shape.is_required
        try:
            for source, made in zip(sources, objects, strict=True):
                value = getattr(source, attribute)
                if value is not None:
                    made[key] = serialize(value)
                elif is_required:
                    return False
        except Exception:  # noqa: BLE001  # found again on the slow way, with its place
            return False
        return True

    def _resolve(
        self,
        field: FieldPlan,
        sources: list[Any],
        objects: list[dict[str, Any]],
        places: Iterable[Place | None],
        waiting: list[Waiting],
    ) -> None:
        shape, key = field.shape, field.key
        ask = self._resolver(field)
        for source, made, above in zip(sources, objects, places, strict=True):
            place = Place(made, key, above, shape.is_required)
            try:
                value = ask(source)
            except Exception as error:  # noqa: BLE001
                self._fail(error, field, place)
                continue
            if type(value) is CoroutineType:
                waiting.append(Waiting(value, field, place))
            else:
                self._value(value, shape, field, place)

    def _resolver(self, field: FieldPlan) -> Any:
        try:
            arguments = self._arguments(field)
        except Exception as error:  # noqa: BLE001  # an error of the answer, of each object
            failure = error

            def refuse(_: Any) -> Any:
                raise failure

            return refuse
        info = self._info(field)
        if field.call is None:
            resolve = field.definition.resolve
            assert resolve is not None
            return lambda source: resolve(source, info, **arguments)
        call = field.call
        if field.strawberry_field.base_resolver.info_parameter is not None:
            arguments["info"] = strawberry.Info(_raw_info=info, _field=field.strawberry_field)
        return lambda source: call(source, **arguments)

    def _arguments(self, field: FieldPlan) -> dict[str, Any]:
        if not field.definition.args:
            return {}
        if field.call is None:
            return get_argument_values(field.definition, field.nodes[0], self._variables)
        return wishes(self._plan.schema, field, self._variables)

    def _info(self, field: FieldPlan) -> GraphQLResolveInfo[Context]:
        known = self._infos.get(field)
        if known is None:
            known = self._infos[field] = resolve_info(
                self._plan, field, root=self._root, variables=self._variables, context=self._context
            )
        return known

    # -- resolvers that wait -------------------------------------------------------------------

    async def _settle(self, waiting: list[Waiting]) -> None:
        """Steps them all until each has answered."""
        parked = waiting
        try:
            while parked:
                parked = [each for each in parked if not await self._step(each)]
                if parked:
                    await self._batches.fetch()
            while self._later:
                later, self._later = self._later, []
                await self._reads.read(later)
        except BaseException:  # such as a cancellation
            for each in waiting:
                each.coroutine.close()
            raise

    async def _step(self, waiting: Waiting) -> bool:
        """Whether it has answered. One that waits for something else runs to its end at once."""
        coroutine, field, place = waiting
        self._batches.is_stepping = True
        try:
            yielded = coroutine.send(None)
        except StopIteration as done:
            self._batches.is_stepping = False
            self._value(done.value, field.shape, field, place)
            return True
        except Exception as error:  # noqa: BLE001
            self._fail(error, field, place)
            return True
        finally:
            self._batches.is_stepping = False
        if yielded is self._batches:
            return False
        try:
            value = await Rest(coroutine, yielded)
        except Exception as error:  # noqa: BLE001
            self._fail(error, field, place)
        else:
            self._value(value, field.shape, field, place)
        return True

    # -- one value -----------------------------------------------------------------------------

    def _value(self, value: Any, shape: Shape, field: FieldPlan, place: Place) -> None:
        try:
            self._complete(value, shape, field, place)
        except Exception as error:  # noqa: BLE001
            self._fail(error, field, place)

    def _complete(self, value: Any, shape: Shape, field: FieldPlan, place: Place) -> None:
        if isinstance(value, Exception):
            raise value
        if value is None:
            if shape.is_required:
                raise TypeError(
                    f"Cannot return null for non-nullable field {field.parent.name}.{field.name}."
                )
            place.container[place.key] = None
        elif type(value) is Reference or type(value) is PageOf:
            self._later.append(Later(value, shape, field, place))
        elif shape.kind is Kind.LEAF:
            place.container[place.key] = shape.type.serialize(value)
        elif shape.kind is Kind.OBJECT:
            self._descend(value, shape.type, field, place)
        elif shape.kind is Kind.ABSTRACT:
            self._descend(value, self._type_of(value, shape.type, field), field, place)
        else:
            self._list(value, shape, field, place)

    def _list(self, value: Any, shape: Shape, field: FieldPlan, place: Place) -> None:
        item = shape.item
        assert item is not None
        if not isinstance(value, Iterable) or isinstance(value, str | bytes):
            raise TypeError(
                f"Expected Iterable, but did not find one for field"
                f" '{field.parent.name}.{field.name}'."
            )
        items = list(value)
        made: list[Any] = [None] * len(items)
        place.container[place.key] = made
        for index, each in enumerate(items):
            self._value(each, item, field, Place(made, index, place, item.is_required))

    def _descend(self, value: Any, kind: GraphQLObjectType, field: FieldPlan, place: Place) -> None:
        selection = field.selections.get(kind.name) or self._plan.selection_of(
            field, kind, self._variables
        )
        group = self._below.get(id(selection))
        if group is None:
            group = self._below[id(selection)] = Group(selection, [], [])
        group.sources.append(value)
        group.places.append(place)

    def _type_of(self, value: Any, kind: Any, field: FieldPlan) -> GraphQLObjectType:
        resolve = kind.resolve_type or default_type_resolver
        name = resolve(value, self._info(field), kind)
        found = self._plan.schema.get_type(name) if isinstance(name, str) else None
        if not isinstance(found, GraphQLObjectType) or not self._plan.schema.is_sub_type(
            kind, found
        ):
            raise TypeError(f"Abstract type '{kind.name}' was resolved to {name!r}.")
        return found

    # -- errors --------------------------------------------------------------------------------

    def _fail(self, error: Exception, field: FieldPlan, place: Place) -> None:
        """Null goes up to the next place that may hold it; an answer names one cause per null."""
        here: Place | None = place
        while here is not None:
            if id(here) in self._nulled:
                return
            here = here.above
        self._errors.append(located_error(error, field.nodes, path_of(place)))
        target = place
        while target.is_required and target.above is not None:
            target = target.above
        target.container[target.key] = None
        self._nulled[id(target)] = target


def path_of(place: Place) -> list[str | int]:
    keys: list[str | int] = []
    here: Place | None = place
    while here is not None and here.above is not None:
        keys.append(here.key)
        here = here.above
    return keys[::-1]


def resolve_info(
    plan: Plan, field: FieldPlan, *, root: Any, variables: VariableValues, context: Context
) -> GraphQLResolveInfo[Context]:
    """One per field of the plan: its path is the field alone, which no resolver of ours reads."""
    given = {
        "field_name": field.name,
        "field_nodes": field.nodes,
        "return_type": field.definition.type,
        "parent_type": field.parent,
        "path": Path(None, field.key, field.parent.name),
        "schema": plan.schema,
        "fragments": plan.fragments,
        "root_value": root,
        "operation": plan.operation,
        "variable_values": variables,
        "context": context,
    }
    every: dict[str, Any] = dict.fromkeys(GraphQLResolveInfo._fields) | given
    return GraphQLResolveInfo(**every)
