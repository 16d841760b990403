"""Writes the function of a reading: what to select, what to fetch in which order, what to make.

The text is made of our own names and of Python literals; what a client says is bound at run time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

import msgspec
from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_non_null_type,
)
from graphql.execution.values import VariableValues

from domain.reads import (
    Amount,
    ByKeys,
    Choice,
    Columns,
    Entity,
    Items,
    Leaf,
    Listed,
    One,
    Paged,
    Part,
    Ruled,
)
from schema.execution.plans import FieldPlan, Plan, Selection
from schema.execution.readings import PageStatement, Reading, amount_of, instant_of
from schema.ids import Tag
from schema.read_model import MODEL, Mapped, mapped
from schema.scalars import decimal_text

LEVELS_MAX: Final = 24  # statements of one reading: more round trips are slower than clever
PLAIN: Final = {"String", "Int", "Boolean", "ID", "CountryCode", "EmailAddress", "URL", "Cursor"}


class Unreadable(Exception):
    """The resolvers answer instead; the message says why."""


@dataclass(slots=True)
class Level:
    """The rows of one statement while the function is written."""

    number: int
    entity: Entity
    columns: Columns = field(default_factory=Columns)
    sealed: dict[str, tuple[int, Tag]] = field(default_factory=dict)  # by variable
    below: list[Callable[[], None]] = field(default_factory=list)

    @property
    def row(self) -> str:
        return f"r{self.number}"

    def value(self, sql: str) -> str:
        return f"{self.row}[{self.columns.add(sql)}]"

    def id(self, tag: Tag) -> str:
        name = f"i{self.number}_{tag.value}"
        self.sealed[name] = (self.columns.add("{row}.id"), tag)
        return name

    @property
    def each(self) -> str:
        """`for` clause over the rows and their sealed ids."""
        names = [self.row, *self.sealed]
        sources = [f"rows{self.number}", *(f"all_{name}" for name in self.sealed)]
        if len(names) == 1:
            return f"for {self.row} in rows{self.number}"
        return f"for {', '.join(names)} in zip({', '.join(sources)})"


class Writer:
    """Writes one reading. `variables` only tell which fields are skipped."""

    def __init__(self, plan: Plan, variables: VariableValues) -> None:
        self._plan = plan
        self._variables = variables
        self._lines: list[str] = []
        self._names: dict[str, Any] = {"amount_of": amount_of, "instant_of": instant_of}
        self._pages: dict[int, PageStatement] = {}
        self._count = 0

    def objects(self, selection: Selection) -> Reading:
        """Of the objects with certain ids. Raises `Unreadable`."""
        level = self._level(_mapped(selection.type.name).entity)
        key = level.columns.add("{row}.id")
        display = self._object(level, selection)
        self._names["sql0"] = ByKeys(level.entity, level.columns)
        self._lines.append("rows0 = await run.rows(sql0, given)")
        self._emit(level)
        self._lines.append(f"return {{r0[{key}]: {display} {level.each}}}")
        return self._reading()

    def connection(self, selection: Selection, target: str, listing: Any) -> Reading:
        """Of one page of a list. Raises `Unreadable`."""
        level = self._level(target)
        statement = PageStatement(
            field=None, listing=listing, orders={}, selected=level.columns, by_viewer=False
        )
        display = self._page(level, selection, statement)
        self._lines.append("found0 = await run.pages(0, page0, [given.parent_id])")
        self._lines.append("rows0 = found0.rows")
        self._emit(level)
        display("[given.parent_id]")
        self._lines.append("return connection0(given.parent_id)")
        return self._reading()

    def _reading(self) -> Reading:
        source = "\n    ".join(["async def read(run, given):", *self._lines]) + "\n"
        scope = dict(self._names)
        exec(compile(source, "<reading>", "exec"), scope)  # noqa: S102  # our own text, see above
        return Reading(pages=self._pages, run=scope["read"], source=source)

    def _level(self, entity: str) -> Level:
        if self._count == LEVELS_MAX:
            raise Unreadable("too many levels")
        level = Level(self._count, MODEL[entity])
        self._count += 1
        return level

    def _emit(self, level: Level) -> None:
        """After the rows of a level are there: their ids, then all levels below."""
        for name, (column, tag) in level.sealed.items():
            self._names[f"tag_{tag.value}"] = tag
            self._lines.append(
                f"all_{name} = run.seal(tag_{tag.value}, "
                f"[{level.row}[{column}] for {level.row} in rows{level.number}])"
            )
        for emit in level.below:
            emit()

    # -- displays ------------------------------------------------------------------------------

    def _object(self, level: Level, selection: Selection) -> str:
        """A dict display of one row, as the selection wants it."""
        fields = {each.key: each for each in selection.fields}
        known = mapped(selection.type.name)
        return _dict(
            (key, self._field(level, fields[key], known))
            if key in fields
            else (key, repr(selection.type.name))
            for key in selection.empty
        )

    def _field(self, level: Level, plan: FieldPlan, known: Mapped | None) -> str:
        if plan.strawberry_field is None:
            raise Unreadable(f"{plan.parent.name}.{plan.name}")
        name = plan.strawberry_field.python_name
        if name == "id" and known is not None:
            return level.id(known.tag)
        if known is not None and name in known.loaded:
            return self._loaded(level, plan, known.loaded[name])
        match level.entity.fields.get(name):
            case One() as one:
                return self._one(level, plan, one)
            case Listed() as listed:
                return self._listed(level, plan, listed)
            case Paged() as paged:
                assert known is not None
                return self._paged(level, plan, paged, known.orders[name])
            case None:
                raise Unreadable(f"{plan.parent.name}.{plan.name}")
            case what:
                return self._value(level, plan, what)

    def _value(self, level: Level, plan: FieldPlan, what: Any) -> str:
        match what:
            case Leaf():
                return self._leaf(level.value(what.expression), plan.definition.type)
            case Ruled():
                return self._ruled(level, plan, what)
            case Amount():
                return self._amount(level, plan, what)
            case Items():
                return self._items(level, plan, what)
            case Part():
                return self._part(level, plan, what)
            case Choice():
                return self._choice(level, plan, what)
        raise AssertionError(what)

    def _leaf(self, value: str, kind: Any) -> str:
        inner = get_nullable_type(kind)
        if isinstance(inner, GraphQLEnumType):
            return f"{self._enum(inner)}[{value}]"
        match inner.name:
            case "DateTime":
                text = f"instant_of({value})"
            case "Date":
                text = f"{value}.isoformat()"
            case name if name in PLAIN:
                return value
            case name:
                raise Unreadable(f"a column as {name}")
        return text if is_non_null_type(kind) else f"(None if {value} is None else {text})"

    def _enum(self, kind: GraphQLEnumType) -> str:
        """A dict from what the database holds to what the client reads."""
        name = f"names_{kind.name}"
        if name not in self._names:
            ours = kind.extensions["strawberry-definition"].wrapped_cls
            self._names[name] = {
                None: None,
                **{_stored(member): kind.serialize(member) for member in ours},
            }
        return name

    def _ruled(self, level: Level, plan: FieldPlan, ruled: Ruled) -> str:
        name = self._named(ruled.rule)
        call = f"{name}({', '.join(level.value(each) for each in ruled.of)})"
        return f"{self._named(shown_as(plan.definition.type))}({call})"

    def _amount(self, level: Level, plan: FieldPlan, amount: Amount) -> str:
        micros, currency = level.value(amount.micros), level.value(amount.currency)
        values = {"amount": f"amount_of({micros}, {currency})", "currency": currency}
        display = self._parts(plan, lambda name, _: values[name])
        return display if is_non_null_type(plan.definition.type) else _unless(micros, display)

    def _items(self, level: Level, plan: FieldPlan, items: Items) -> str:
        self._names["items_of"] = items_of
        display = self._parts(plan, lambda name, _: f"item[{name!r}]")
        return f"[{display} for item in items_of({level.value(items.sql)})]"

    def _part(self, level: Level, plan: FieldPlan, part: Part) -> str:
        display = self._parts(
            plan, lambda name, inner: self._value(level, inner, part.fields[name])
        )
        if part.present is None:
            return display
        return f"({display} if {level.value(part.present)} else None)"

    def _choice(self, level: Level, plan: FieldPlan, choice: Choice) -> str:
        which = level.value(choice.which)
        shown = "None"
        for name, part in choice.parts.items():
            kind = self._plan.schema.get_type(name)
            assert isinstance(kind, GraphQLObjectType)
            display = self._parts(
                plan,
                lambda key, inner, part=part: self._value(level, inner, part.fields[key]),  # type: ignore[misc]  # its own part
                kind=kind,
            )
            shown = f"({display} if {which} == {name!r} else {shown})"
        return shown

    def _parts(
        self,
        plan: FieldPlan,
        value: Callable[[str, FieldPlan], str],
        kind: GraphQLObjectType | None = None,
    ) -> str:
        """A dict display of a value object, whose fields have plain names."""
        inner = kind or get_named_type(plan.definition.type)
        selection = self._plan.selection_of(plan, inner, self._variables)
        fields = {each.key: each for each in selection.fields}
        return _dict(
            (key, value(fields[key].strawberry_field.python_name, fields[key]))
            if key in fields
            else (key, repr(inner.name))
            for key in selection.empty
        )

    def _loaded(self, level: Level, plan: FieldPlan, loaded: Any) -> str:
        if get_nullable_type(plan.definition.type) is not get_named_type(plan.definition.type):
            leaf = get_nullable_type(plan.definition.type).of_type
            if isinstance(get_named_type(leaf), GraphQLObjectType):
                raise Unreadable(f"{plan.parent.name}.{plan.name}")
        key = level.columns.add("{row}.id")
        load, value = self._named(loaded.load), self._named(loaded.value)
        variable = f"loaded{level.number}_{load}"

        def emit() -> None:
            line = (
                f"{variable} = await run.loaded({load}, "
                f"[{level.row}[{key}] for {level.row} in rows{level.number}])"
            )
            if line not in self._lines:
                self._lines.append(line)

        level.below.append(emit)
        shown = self._named(shown_as(plan.definition.type))
        return f"{shown}({value}({variable}.get({level.row}[{key}])))"

    # -- levels below --------------------------------------------------------------------------

    def _one(self, level: Level, plan: FieldPlan, one: One) -> str:
        if is_non_null_type(plan.definition.type):
            raise Unreadable(f"{plan.parent.name}.{plan.name} may not be null")
        below, key = self._level(one.target), level.value(one.key)
        to = below.columns.add(one.to)
        kind = get_named_type(plan.definition.type)
        display = self._object(below, self._plan.selection_of(plan, kind, self._variables))
        number = below.number

        def emit() -> None:
            self._names[f"sql{number}"] = ByKeys(below.entity, below.columns, to=one.to)
            self._lines.append(
                f"rows{number} = await run.rows(sql{number}, "
                f"[{key} for {level.row} in rows{level.number}])"
            )
            self._emit(below)
            self._lines.append(f"one{number} = {{{below.row}[{to}]: {display} {below.each}}}")

        level.below.append(emit)
        return f"one{number}.get({key})"

    def _listed(self, level: Level, plan: FieldPlan, listed: Listed) -> str:
        below, key = self._level(listed.target), level.value("{row}.id")
        to = below.columns.add(listed.to)
        if below.entity.choice is not None:
            display = self._choice(below, plan, below.entity.choice)
        else:
            kind = get_named_type(plan.definition.type)
            display = self._object(below, self._plan.selection_of(plan, kind, self._variables))
        number, order = below.number, f"{listed.to}, {listed.order}"

        def emit() -> None:
            self._names[f"sql{number}"] = ByKeys(
                below.entity, below.columns, to=listed.to, order=order
            )
            self._lines.append(
                f"rows{number} = await run.rows(sql{number}, "
                f"[{key} for {level.row} in rows{level.number}])"
            )
            self._emit(below)
            self._lines += [
                f"of{number} = {{{key}: [] for {level.row} in rows{level.number}}}",
                f"for parent, made in [({below.row}[{to}], {display}) {below.each}]:",
                f"    of{number}[parent].append(made)",
            ]

        level.below.append(emit)
        return f"of{number}[{key}]"

    def _paged(self, level: Level, plan: FieldPlan, paged: Paged, orders: Mapping[Any, Any]) -> str:
        below, key = self._level(paged.target), level.value("{row}.id")
        present = None if paged.present is None else level.value(paged.present)
        number = below.number
        statement = PageStatement(
            field=plan,
            listing=paged.listing,
            orders=orders,
            selected=below.columns,
            by_viewer=paged.by_viewer,
        )
        kind = get_named_type(plan.definition.type)
        selection = self._plan.selection_of(plan, kind, self._variables)
        display = self._page(below, selection, statement)
        parents = (
            f"[{key} for {level.row} in rows{level.number}{f' if {present}' if present else ''}]"
        )

        def emit() -> None:
            self._lines += [
                f"parents{number} = {parents}",
                f"found{number} = await run.pages({number}, page{number}, parents{number})",
                f"rows{number} = found{number}.rows",
            ]
            self._emit(below)
            display(f"parents{number}")

        level.below.append(emit)
        shown = f"connection{number}({key})"
        return shown if present is None else f"({shown} if {present} else None)"

    def _page(
        self, level: Level, selection: Selection, statement: PageStatement
    ) -> Callable[[str], None]:
        """Asks for the columns now; the function given writes the rest, once the rows are there."""
        number = level.number
        self._pages[number] = statement
        self._names[f"page{number}"] = statement
        shown = _PageShown(number)
        members = [(key, _member(self, level, selection, key, shown)) for key in selection.empty]
        if shown.wants_cursors:
            statement.keys_at = {
                by: tuple(level.columns.add(each) for each in names)
                for by, names in statement.listing.orders.items()
            }

        def write(parents: str) -> None:
            lines = [f"{name} = [{text} {level.each}]" for name, text in shown.lists.items()]
            if shown.wants_counts:
                lines.append(
                    f"counts{number} = await run.counts({number}, page{number}, {parents})"
                )
            if shown.wants_cursors:
                lines.append(f"cursor{number} = run.cursor({number}, page{number})")
            lines += [
                f"begins{number}, ends{number}, backward{number} = run.info({number})",
                f"def connection{number}(parent):",
                f"    start, stop, more = found{number}.cuts[parent]",
                f"    return {_dict(members)}",
            ]
            self._lines += lines

        return write

    def _named(self, what: Any) -> str:
        for name, known in self._names.items():
            if known is what:
                return name
        name = f"given{len(self._names)}"
        self._names[name] = what
        return name


@dataclass(slots=True)
class _PageShown:
    """What of a page is asked for."""

    number: int
    lists: dict[str, str] = field(default_factory=dict)  # displays of the rows, by variable
    wants_cursors: bool = False
    wants_counts: bool = False


def _member(writer: Writer, level: Level, selection: Selection, key: str, shown: _PageShown) -> str:
    plan = next((each for each in selection.fields if each.key == key), None)
    if plan is None:
        return repr(selection.type.name)
    number = level.number
    match plan.name:
        case "nodes":
            return f"{_rows(writer, level, plan, shown)}[start:stop]"
        case "edges":
            edge = writer._plan.selection_of(
                plan, get_named_type(plan.definition.type), writer._variables
            )  # its other half
            display = _dict((each, _edge(writer, level, edge, each, shown)) for each in edge.empty)
            return f"[{display} for at in range(start, stop)]"
        case "pageInfo":
            info = writer._plan.selection_of(
                plan, get_named_type(plan.definition.type), writer._variables
            )  # its other half
            return _dict((each, _info(number, info, each, shown)) for each in info.empty)
        case "totalCount":
            shown.wants_counts = True
            return f"counts{number}[parent].number"
        case "totalCountIsEstimate":
            shown.wants_counts = True
            return f"counts{number}[parent].is_estimate"
    raise Unreadable(f"{plan.name} of a connection")


def _rows(writer: Writer, level: Level, plan: FieldPlan, shown: _PageShown) -> str:
    kind = get_named_type(plan.definition.type)
    selection = writer._plan.selection_of(plan, kind, writer._variables)  # noqa: SLF001  # its other half
    name = f"made{level.number}_{len(shown.lists)}"
    shown.lists[name] = ""  # its number is taken before what lies below takes one
    shown.lists[name] = writer._object(level, selection)  # noqa: SLF001  # as above
    return name


def _edge(writer: Writer, level: Level, edge: Selection, key: str, shown: _PageShown) -> str:
    plan = next((each for each in edge.fields if each.key == key), None)
    if plan is None:
        return repr(edge.type.name)
    if plan.name == "node":
        return f"{_rows(writer, level, plan, shown)}[at]"
    shown.wants_cursors = True
    return f"cursor{level.number}(rows{level.number}[at])"


def _info(number: int, info: Selection, key: str, shown: _PageShown) -> str:
    plan = next((each for each in info.fields if each.key == key), None)
    if plan is None:
        return repr(info.type.name)
    match plan.name:
        case "hasNextPage":
            return f"(ends{number} or more and not backward{number})"
        case "hasPreviousPage":
            return f"(begins{number} or more and backward{number})"
    shown.wants_cursors = True
    at = "start" if plan.name == "startCursor" else "stop - 1"
    return f"(cursor{number}(rows{number}[{at}]) if stop > start else None)"


def items_of(text: str) -> Any:
    return msgspec.json.decode(text)


def shown_as(kind: Any) -> Callable[[Any], Any]:
    """What a rule gives, as the answer holds it."""
    inner = get_nullable_type(kind)
    if isinstance(inner, GraphQLList):
        one = shown_as(inner.of_type)
        return lambda values: None if values is None else [one(each) for each in values]
    if isinstance(inner, GraphQLEnumType):
        names = {each: inner.serialize(each) for each in _members(inner)}
        return lambda value: None if value is None else names[value]
    if inner.name == "Decimal":
        return _decimal
    if inner.name not in PLAIN:
        raise Unreadable(f"a rule as {inner.name}")
    return _as_it_is


def _decimal(value: Decimal | None) -> str | None:
    return None if value is None else decimal_text(value)


def _as_it_is(value: Any) -> Any:
    return value


def _members(kind: GraphQLEnumType) -> Iterable[Any]:
    members: Iterable[Any] = kind.extensions["strawberry-definition"].wrapped_cls
    return members


def _stored(member: Any) -> str:
    return member.value if isinstance(member, StrEnum) else member.name


def _mapped(name: str) -> Mapped:
    found = mapped(name)
    if found is None:
        raise Unreadable(f"{name} is read from no entity")
    return found


def _unless(value: str, display: str) -> str:
    return f"(None if {value} is None else {display})"


def _dict(members: Iterable[tuple[str, str]]) -> str:
    return "{" + ", ".join(f"{key!r}: {text}" for key, text in members) + "}"
