"""Writes the function of a reading: what to select, what to fetch in which order, what to make.

The text is made of our own names and of Python literals; what a client says is bound at run time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from graphql import (
    GraphQLEnumType,
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
    Items,
    Leaf,
    Listed,
    One,
    Paged,
    Part,
    Ruled,
)
from schema.execution.levels import Level, Unreadable, dict_display
from schema.execution.pages import write_page
from schema.execution.plans import FieldPlan, Plan, Selection
from schema.execution.readings import PageStatement, Reading, amount_of
from schema.execution.values import PLAIN, each_of, items_of, names_of, shown_as
from schema.read_model import MODEL, Mapped, mapped

LEVELS_MAX: Final = 24  # statements of one reading: more round trips are slower than clever


class Writer:
    """Writes one reading. `variables` only tell which fields are skipped."""

    def __init__(self, plan: Plan, variables: VariableValues) -> None:
        self._plan = plan
        self._variables = variables
        self.lines: list[str] = []
        self.names: dict[str, Any] = {"amount_of": amount_of}
        self.pages: dict[int, PageStatement] = {}
        self._count = 0

    def objects(self, selections: Sequence[Selection], *, is_given: bool = False) -> Reading:
        """Of the rows with certain ids, a selection for each type; `is_given`: whosever they are.

        Raises `Unreadable`.
        """
        level = self._level(_mapped(selections[0].type.name).entity)
        key = level.key(level.entity.key)
        display = self._objects(level, selections)
        entity = replace(level.entity, visible="true") if is_given else level.entity
        self.names["sql0"] = ByKeys(entity, level.columns)
        self.lines.append(f"{level.all} = await run.columns(sql0, given)")
        self._emit(level)
        self.lines.append(f"return {{{key}: {display} {level.each}}}")
        return self._reading()

    def connection(self, selection: Selection, target: str, listing: Any) -> Reading:
        """Of one page of a list. Raises `Unreadable`."""
        level = self._level(target)
        statement = PageStatement(
            plan=None, listing=listing, orders={}, selected=level.columns, by_viewer=False
        )
        write = write_page(self, level, selection, statement)
        self.lines.append("parents0 = [given.parent_id.bytes]")
        self.lines.append("found0 = await run.pages(0, page0, parents0)")
        self.lines.append(f"{level.all} = found0.columns")
        self._emit(level)
        write("parents0")
        self.lines.append("return connection0(parents0[0])")
        return self._reading()

    def selection(self, plan: FieldPlan, name: str | None = None) -> Selection:
        """What is asked of the objects of a field, or of those of one type."""
        inner = self._plan.schema.get_type(name or get_named_type(plan.definition.type).name)
        assert isinstance(inner, GraphQLObjectType)
        return self._plan.selection_of(plan, inner, self._variables)

    def _reading(self) -> Reading:
        source = "\n    ".join(["async def read(run, given):", *self.lines]) + "\n"
        scope = dict(self.names)
        exec(compile(source, "<reading>", "exec"), scope)  # noqa: S102  # our own text, see above
        return Reading(pages=self.pages, run=scope["read"], source=source)

    def _level(self, entity: str) -> Level:
        if self._count == LEVELS_MAX:
            raise Unreadable("too many levels")
        level = Level(self._count, MODEL[entity])
        self._count += 1
        return level

    def _emit(self, level: Level) -> None:
        """After the rows of a level are there: their ids, then all levels below."""
        for name, (column, tag) in level.sealed.items():
            self.names[f"tag_{tag.value}"] = tag
            self.lines.append(f"all_{name} = run.seal(tag_{tag.value}, {level.column(column)})")
        for emit in level.below:
            emit()

    # -- displays ------------------------------------------------------------------------------

    def object(self, level: Level, selection: Selection) -> str:
        """A dict display of one row, as the selection wants it."""
        fields = {each.key: each for each in selection.fields}
        return dict_display(
            (key, self._field(level, fields[key], mapped(selection.type.name)))
            if key in fields
            else (key, repr(selection.type.name))
            for key in selection.empty
        )

    def _objects(self, level: Level, selections: Sequence[Selection]) -> str:
        """As above, of the type that the row has."""
        kinds = level.entity.kinds
        if kinds is None:
            (selection,) = selections
            return self.object(level, selection)
        displays = {each.type.name: self.object(level, each) for each in selections}
        return one_of(level.value(kinds.which), displays)

    def _field(self, level: Level, plan: FieldPlan, known: Mapped | None) -> str:
        if plan.strawberry_field is None:
            raise Unreadable(f"{plan.parent.name}.{plan.name}")
        name = plan.strawberry_field.python_name
        if known is not None and (shown := self._known(level, plan, name, known)):
            return shown
        match level.entity.fields_of(plan.parent.name).get(name):
            case Listed() as listed:
                return self._listed(level, plan, listed)
            case Paged() as paged:
                assert known is not None
                return self._paged(level, plan, paged, known.orders[name])
            case None:
                raise Unreadable(f"{plan.parent.name}.{plan.name}")
            case what:
                return self._value(level, plan, what)

    def _known(self, level: Level, plan: FieldPlan, name: str, known: Mapped) -> str | None:
        """What its mapping alone says."""
        if name == "id":
            return level.id(known.tag)
        if name in known.loaded:
            return self._loaded(level, plan, known.loaded[name])
        if name in known.written:
            return self._written(level, plan, known.written[name])
        return None

    def _written(self, level: Level, plan: FieldPlan, write: Callable[..., Any]) -> str:
        """As our own function writes it."""
        match level.entity.fields_of(plan.parent.name)[plan.strawberry_field.python_name]:
            case Leaf() as leaf:
                value = level.value(leaf.expression)
            case Ruled() as ruled:
                value = self._call(level, ruled)
            case what:
                raise AssertionError(what)
        return f"{self._named(write)}(run.context, {value})"

    def _value(self, level: Level, plan: FieldPlan, what: Any) -> str:  # noqa: PLR0911  # one each
        match what:
            case Leaf():
                return self._leaf(level, what.expression, plan.definition.type)
            case Ruled():
                return self._held(plan, self._call(level, what))
            case Amount():
                return self._amount(level, plan, what)
            case Items():
                return self._items(level, plan, what)
            case Part():
                return self._part(level, plan, what)
            case Choice():
                return self._choice(level, plan, what)
            case One():
                return self._one(level, plan, what)
        raise AssertionError(what)

    def _leaf(self, level: Level, sql: str, kind: Any) -> str:
        inner = get_nullable_type(kind)
        if isinstance(inner, GraphQLEnumType):
            return f"{self._enum(inner)}[{level.value(sql)}]"
        match str(inner):
            case "DateTime":
                return level.instant(sql)
            case "Date":
                value = level.value(sql)
                text = f"{value}.isoformat()"
            case name if name in PLAIN:
                return level.value(sql)
            case name:
                raise Unreadable(f"a column as {name}")
        return text if is_non_null_type(kind) else _unless(value, text)

    def _enum(self, kind: GraphQLEnumType) -> str:
        """A dict from what the database holds to what the client reads."""
        name = f"names_{kind.name}"
        if name not in self.names:
            self.names[name] = names_of(kind)
        return name

    def _shown(self, plan: FieldPlan, found: str) -> str:
        return f"{self._named(shown_as(plan.definition.type))}({found})"

    def _call(self, level: Level, ruled: Ruled) -> str:
        return f"{self._named(ruled.rule)}({', '.join(level.value(each) for each in ruled.of)})"

    def _amount(self, level: Level, plan: FieldPlan, amount: Amount) -> str:
        micros, currency = level.value(amount.micros), level.value(amount.currency)
        values = {"amount": f"amount_of({micros}, {currency})", "currency": currency}
        display = self._parts(plan, lambda name, _: values[name])
        return display if is_non_null_type(plan.definition.type) else _unless(micros, display)

    def _items(self, level: Level, plan: FieldPlan, items: Items) -> str:
        self.names["items_of"] = items_of
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
        displays = {}
        for name, part in choice.parts.items():
            displays[name] = self._parts(
                plan,
                lambda key, inner, part=part: self._value(level, inner, part.fields[key]),  # type: ignore[misc]  # its own part
                name=name,
            )
        return one_of(level.value(choice.which), displays)

    def _parts(
        self,
        plan: FieldPlan,
        value: Callable[[str, FieldPlan], str],
        name: str | None = None,
    ) -> str:
        """A dict display of a value object, whose fields have plain names."""
        selection = self.selection(plan, name)
        fields = {each.key: each for each in selection.fields}
        return dict_display(
            (key, value(fields[key].strawberry_field.python_name, fields[key]))
            if key in fields
            else (key, repr(selection.type.name))
            for key in selection.empty
        )

    def _loaded(self, level: Level, plan: FieldPlan, loaded: Any) -> str:
        key, keys = level.key(level.entity.key), level.keys(level.entity.key)
        load, value = self._named(loaded.load), self._named(loaded.value)
        variable = f"loaded{level.number}_{load}"

        def emit() -> None:
            line = f"{variable} = await run.loaded({load}, {keys})"
            if line not in self.lines:
                self.lines.append(line)

        level.below.append(emit)
        return self._held(plan, f"{value}({variable}.get({key}))")

    def _held(self, plan: FieldPlan, found: str) -> str:
        """Value objects by their attributes; all else as it is shown."""
        if isinstance(get_named_type(plan.definition.type), GraphQLObjectType):
            display = self._parts(plan, lambda name, inner: self._shown(inner, f"item.{name}"))
            return f"{self._named(each_of)}({found}, lambda item: {display})"
        return self._shown(plan, found)

    # -- levels below --------------------------------------------------------------------------

    def _one(self, level: Level, plan: FieldPlan, one: One) -> str:
        if is_non_null_type(plan.definition.type):
            raise Unreadable(f"{plan.parent.name}.{plan.name} may not be null")
        below, key, keys = self._level(one.target), level.key(one.key), level.keys(one.key)
        to = below.key(one.to or below.entity.key)
        display = self._objects(below, self._selections(below, plan))
        number = below.number

        def emit() -> None:
            self.names[f"sql{number}"] = ByKeys(below.entity, below.columns, to=one.to)
            self.lines.append(f"{below.all} = await run.columns(sql{number}, {keys})")
            self._emit(below)
            self.lines.append(f"one{number} = {{{to}: {display} {below.each}}}")

        level.below.append(emit)
        return f"one{number}.get({key})"

    def _selections(self, level: Level, plan: FieldPlan) -> list[Selection]:
        """Of the rows of this level, as the field wants them."""
        kinds = level.entity.kinds
        return [self.selection(plan, name) for name in (kinds.fields if kinds else [None])]

    def _listed(self, level: Level, plan: FieldPlan, listed: Listed) -> str:
        below, key = self._level(listed.target), level.key(level.entity.key)
        keys, to = level.keys(level.entity.key), below.key(listed.to)
        match below.entity.value:
            case None:
                display = self._objects(below, self._selections(below, plan))
            case value:
                display = self._value(below, plan, value)
        number, order = below.number, f"{listed.to}, {listed.order}"

        def emit() -> None:
            self.names[f"sql{number}"] = ByKeys(
                below.entity, below.columns, to=listed.to, order=order, most=listed.most
            )
            self.lines.append(f"{below.all} = await run.columns(sql{number}, {keys})")
            self._emit(below)
            self.lines += [
                f"of{number} = {{key: [] for key in {keys}}}",
                f"{below.each}:",
                f"    of{number}[{to}].append({display})",
            ]

        level.below.append(emit)
        return f"of{number}[{key}]"

    def _paged(self, level: Level, plan: FieldPlan, paged: Paged, orders: Mapping[Any, Any]) -> str:
        below, key = self._level(paged.target), level.key(level.entity.key)
        present = None if paged.present is None else level.value(paged.present)
        number = below.number
        statement = PageStatement(
            plan=plan,
            listing=paged.listing,
            orders=orders,
            selected=below.columns,
            by_viewer=paged.by_viewer,
        )
        selection = self.selection(plan)
        write = write_page(self, below, selection, statement)

        def emit() -> None:
            parents = level.keys(level.entity.key)
            if present is not None:
                parents = f"[{key} {level.each} if {present}]"
            self.lines += [
                f"parents{number} = {parents}",
                f"found{number} = await run.pages({number}, page{number}, parents{number})",
                f"{below.all} = found{number}.columns",
            ]
            self._emit(below)
            write(f"parents{number}")

        level.below.append(emit)
        shown = f"connection{number}({key})"
        return shown if present is None else f"({shown} if {present} else None)"

    def _named(self, what: Any) -> str:
        for name, known in self.names.items():
            if known is what:
                return name
        name = f"given{len(self.names)}"
        self.names[name] = what
        return name


def _mapped(name: str) -> Mapped:
    found = mapped(name)
    if found is None:
        raise Unreadable(f"{name} is read from no entity")
    return found


def one_of(which: str, displays: Mapping[str, str]) -> str:
    """The display of the type that `which` names; null for none of them."""
    shown = "None"
    for name, display in displays.items():
        shown = f"({display} if {which} == {name!r} else {shown})"
    return shown


def _unless(value: str, display: str) -> str:
    return f"(None if {value} is None else {display})"
