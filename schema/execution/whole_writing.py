"""Writes a list for `whole.py`: what of each row PostgreSQL writes, and what is put right later."""

from __future__ import annotations

from typing import Any, Final

from graphql import (
    GraphQLEnumType,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_non_null_type,
)
from graphql.execution.values import VariableValues

from domain.columns import Columns
from domain.paging import Listing
from domain.reads import Amount, Leaf, Listed, One, Paged
from domain.whole import AMOUNT, INSTANT, MARKS, ListBelow, OneBelow, PageBelow, TextLevel
from schema.execution.levels import Unreadable
from schema.execution.plans import FieldPlan, Plan, Selection
from schema.execution.readings import PageStatement
from schema.execution.values import PLAIN, names_of
from schema.execution.whole import Path, Whole
from schema.ids import Tag
from schema.read_model import MODEL, Mapped, mapped

AS_TEXT: Final = {"Int", "Boolean"}  # PostgreSQL's text of it is its JSON
QUOTED: Final = {"CountryCode", "Date"}  # nothing in it is to be escaped


class WholeWriter:
    """Of one list. Raises `Unreadable` for what goes level by level."""

    def __init__(self, plan: Plan, variables: VariableValues) -> None:
        self._plan = plan
        self._variables = variables
        self._tags: dict[int, Tag | None] = {}
        self._pages: dict[int, PageStatement] = {}
        self._counted: dict[Path, int | None] = {}

    def list_of(self, selection: Selection, target: str, listing: Listing) -> Whole:
        top = self._level(target, listing.row)
        self._counted[()] = None
        opening, closing = self._page(top, selection, ())
        return Whole(
            top=top,
            opening=opening,
            closing=closing,
            tags=self._tags,
            pages=self._pages,
            counted=self._counted,
        )

    def _level(self, target: str, row: str | None = None) -> TextLevel:
        number, entity = len(self._tags), MODEL[target]
        if number == len(MARKS):
            raise Unreadable("too many levels to be written")
        if entity.kinds is not None or entity.value is not None:
            raise Unreadable(f"{target} is not written")
        self._tags[number] = None
        return TextLevel(number, entity, row or entity.row)

    def _page(self, level: TextLevel, selection: Selection, path: Path) -> tuple[str, str]:
        """Writes the rows of a page; gives what stands before and after them."""
        around: list[str] = []
        text = "{"
        for position, key in enumerate(selection.empty):
            text += f'{"," if position else ""}"{key}":'
            plan = plan_of(selection, key)
            if plan is None:
                text += f'"{selection.type.name}"'
            elif plan.name == "nodes" and not around:
                around.append(f"{text}[")
                text = "]"
                self._object(level, self._selection(plan), (*path, key))
            else:
                raise Unreadable(f"{plan.name} of a connection is not written")
        if not around:
            raise Unreadable("a connection without rows is not written")
        return around[0], f"{text}}}"

    def _object(self, level: TextLevel, selection: Selection, path: Path) -> None:
        known = mapped(selection.type.name)
        if known is None:
            raise Unreadable(f"{selection.type.name} is read from no entity")
        self._counted[path] = level.number
        ids = [each.key for each in selection.fields if is_id(each)]
        if len(ids) > 1:
            raise Unreadable("an id under two keys is not written")
        level.write("{" if ids else f"{{{level.mark}{level.mark}")
        for position, key in enumerate(selection.empty):
            level.write(f'{"," if position else ""}"{key}":')
            plan = plan_of(selection, key)
            if plan is None:
                level.write(f'"{selection.type.name}"')
            elif key in ids:
                self._tags[level.number] = known.tag
                self._between(level, level.mark, f"({level.entity.key})::text", quote='"')
            else:
                self._field(level, plan, known, (*path, key))
        level.write("}")

    def _field(self, level: TextLevel, plan: FieldPlan, known: Mapped, path: Path) -> None:
        name = plan.strawberry_field.python_name
        if name in known.loaded or name in known.written:
            raise Unreadable(f"{plan.parent.name}.{plan.name} is not written")
        kind = plan.definition.type
        match level.entity.fields_of(plan.parent.name).get(name):
            case Leaf() as leaf:
                self._leaf(level, leaf.expression, kind)
            case Amount() as amount if is_non_null_type(kind):
                self._amount(level, plan, amount, path)
            case One(target=target, key=key, to=None) if not is_non_null_type(kind):
                below = self._level(target)
                self._object(below, self._selection(plan), path)
                level.put(OneBelow(below, level.column(key)))
            case Listed(target=target, to=to, order=order, most=most):
                below = self._level(target)
                self._object(below, self._selection(plan), path)
                level.write("[")
                level.put(ListBelow(below, to, order, most))
                level.write("]")
            case Paged() as paged:
                self._paged(level, plan, paged, known.orders[name], path)
            case _:
                raise Unreadable(f"{plan.parent.name}.{plan.name} is not written")

    def _leaf(self, level: TextLevel, sql: str, kind: Any) -> None:
        inner = get_nullable_type(kind)
        if isinstance(inner, GraphQLEnumType):
            if any(
                each is not None and each.upper() != shown
                for each, shown in names_of(inner).items()
            ):
                raise Unreadable(f"{inner.name} is not written")
            level.value(json_or_null(f"""'"' || upper(({sql}) collate "C") || '"'"""))
            return
        match str(inner):
            case "DateTime":
                level.value(json_or_null(f"""'"{INSTANT}' || ({sql})::text || '{INSTANT}"'"""))
            case name if name in QUOTED:
                level.value(json_or_null(f"""'"' || ({sql})::text || '"'"""))
            case name if name in AS_TEXT:
                level.value(json_or_null(f"({sql})::text"))
            case name if name in PLAIN:
                level.value(json_or_null(f"to_json({sql})::text"))
            case name:
                raise Unreadable(f"a column as {name} is not written")

    def _amount(self, level: TextLevel, plan: FieldPlan, amount: Amount, path: Path) -> None:
        self._counted[path] = level.number
        selection = self._selection(plan)
        level.write("{")
        for position, key in enumerate(selection.empty):
            level.write(f'{"," if position else ""}"{key}":')
            inner = plan_of(selection, key)
            if inner is None:
                level.write(f'"{selection.type.name}"')
            elif inner.strawberry_field.python_name == "amount":
                said = f"({amount.micros})::text || ' ' || {amount.currency}"
                self._between(level, AMOUNT, said, quote='"')
            else:
                level.value(f"to_json({amount.currency})::text")
        level.write("}")

    def _paged(
        self, level: TextLevel, plan: FieldPlan, paged: Paged, orders: Any, path: Path
    ) -> None:
        below = self._level(paged.target, paged.listing.row)
        opening, closing = self._page(below, self._selection(plan), path)
        present = None if paged.present is None else level.column(paged.present)
        if present is not None:
            # How many there are is not how many rows there are: each has an empty mark of its own.
            opening += self._mark_of(path)
        else:
            self._counted[path] = level.number
        self._pages[below.number] = PageStatement(
            plan=plan,
            listing=paged.listing,
            orders=orders,
            selected=Columns(),
            by_viewer=paged.by_viewer,
        )
        level.put(PageBelow(below, paged.listing, opening, closing, present))

    def _mark_of(self, path: Path) -> str:
        number = len(self._tags)
        if number == len(MARKS):
            raise Unreadable("too many levels to be written")
        self._tags[number] = None
        self._counted[path] = number
        return MARKS[number] * 2

    def _between(self, level: TextLevel, mark: str, sql: str, *, quote: str) -> None:
        level.write(f"{quote}{mark}")
        level.value(sql)
        level.write(f"{mark}{quote}")

    def _selection(self, plan: FieldPlan) -> Selection:
        inner = self._plan.schema.get_type(get_named_type(plan.definition.type).name)
        if not isinstance(inner, GraphQLObjectType):
            raise Unreadable(f"{plan.parent.name}.{plan.name} is not written")
        return self._plan.selection_of(plan, inner, self._variables)


def plan_of(selection: Selection, key: str) -> FieldPlan | None:
    """None for `__typename`."""
    return next((each for each in selection.fields if each.key == key), None)


def is_id(plan: FieldPlan) -> bool:
    return plan.strawberry_field is not None and plan.strawberry_field.python_name == "id"


def json_or_null(sql: str) -> str:
    return f"coalesce({sql}, 'null')"
