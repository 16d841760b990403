"""Hostile values in every place of every input: a typed no, never a failure of ours."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from graphql import (
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLString,
    Undefined,
    coerce_input_value,
    get_named_type,
    get_nullable_type,
)
from structlog.testing import capture_logs

from domain.database import execute, transaction
from gateway.providers import Providers
from schema import schema
from tests.make.ask import Ask
from tests.make.scene import Scene, made
from tests.schema.documents import example
from tests.schema.wishes import Wishes

pytestmark = pytest.mark.asyncio

TEXTS: Final = (
    "a\0b",
    "half of a pair \ud800",
    "https://nobody-leads-here.example/\0",  # not where campaigns lead: staff may block it
    "\ufffe\u202e\u2066x\u2028\x1b[2J\x7f",
    "👩‍👩‍👧‍👦" * 50,
    "a" * 100_000,
    "\u0301" * 300,
    "",
    " ",
    "NaN",
    "٣",
)
# Where the text is read: as a number, a day, an instant, an address.
READ: Final = {
    "amount": ("-1", "1e400", "999999999999999999.999999", "0.0000001", "9223372036854775808"),
    "bornOn": ("0000-01-01", "0001-01-01", "9999-12-31", "2026-02-30"),
    "endsAt": ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "2026-01-01T23:59:60Z"),
    "url": ("https://[::1", "https://" + "b" * 1_990, "javascript:alert(1)"),
    "returnUrl": ("https://[::1", "https://" + "b" * 1_990, "https://a b"),
    "email": ("a@" + "b" * 300 + ".example", "a@xn--", "a@[1.1.1.1]", '"x y"@example.org'),
    "country": ("XX", "de"),
}
# An accepted one of these leaves nothing to try the next value on.
USE_UP: Final = ("assignment", "campaignFund", "campaignPublish", "campaignStop", "ratingGive")
NUMBERS: Final = (0, -1, 2**31 - 1, -(2**31), 2**31, 2**63, -(2**63) - 1, 10**30)
OF_ANOTHER_TYPE: Final[tuple[object, ...]] = (None, True, 1.5, [], {}, [[]])
# Nobody reads it (passwords, what is only compared or looked up), its letters and digits alone are
# kept (numbers of taxes), or the refusal stands beside its verdict.
NOT_READ: Final = frozenset(
    """
    memberRegister password
    sessionCreate password
    stepUpComplete proof.password
    stepUpBegin action.destinationAdd.destination.form.kind
    stepUpBegin action.destinationAdd.destination.form.fields.name
    stepUpBegin action.destinationAdd.destination.form.fields.value
    invitationOptOut token
    providerQuarantineLift instance
    referenceRuleConfirm ruleKind
    referenceRuleConfirm scope
    taxFormSubmit form.w9.tin
    taxFormSubmit form.w8ben.usTin
    taxFormSubmit form.w8ben.foreignTin
    taxFormSubmit form.vat.vatId
    taxFormSubmit form.vat.taxNumber
    taxFormSubmit form.seller.tin
    taxFormSubmit form.seller.companyNumber
    assignmentReviewAll verdicts.comment
    """.strip()
    .replace("    ", "")
    .splitlines()
)
LENGTHS: Final = (0, 60, 101, 2_000)


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every place of an input; of a list, the first item's."""
    yield path, value
    if isinstance(value, dict):
        for name, each in value.items():
            yield from places(each, (*path, name))
    elif isinstance(value, list) and value:
        yield from places(value[0], (*path, 0))


def with_value(input_: Any, path: tuple[Any, ...], value: object) -> Any:
    if not path:
        return value
    changed = copy.deepcopy(input_)
    at = changed
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return changed


@dataclass
class Doors:
    """What a type alone refuses is refused before any of us looks, whichever mutation it is in:
    one place for each type and value is enough, where the server says so too.
    """

    tried: set[tuple[str, str]] = field(default_factory=set)  # types and values

    def are_new_to(self, kind: Any, value: object) -> bool:
        door = (str(kind), repr(value))
        is_known = door in self.tried and is_refused_by(kind, value)
        self.tried.add(door)
        return not is_known


def is_refused_by(kind: Any, value: object) -> bool:
    try:
        return coerce_input_value(value, kind) is Undefined
    except GraphQLError:
        return True


def kind_at(mutation: str, path: tuple[Any, ...]) -> Any:
    """The type that the schema names for this place of the input."""
    root = schema._schema.mutation_type  # noqa: SLF001  # GRAPHQL.md appendix B
    assert root is not None
    kind: Any = root.fields[mutation].args["input"].type
    for step in path:
        inner: Any = get_nullable_type(kind)
        kind = inner.of_type if isinstance(inner, GraphQLList) else inner.fields[step].type
    return kind


def hostile(place: object, value: object, scene: Scene) -> Iterator[object]:
    match value:
        case bool():
            yield from OF_ANOTHER_TYPE
        case int():
            yield from NUMBERS
        case list():
            yield from (value[:1] * length for length in LENGTHS)
        case dict():
            yield from (None, [], {}, {"nonsense": 1})
        case _:
            yield from (*TEXTS, *READ.get(str(place), ()))
            if isinstance(value, str) and value[3:5] == "1_":
                yield from {id_[:4]: id_ for id_ in scene.ids.values()}.values()
    if not isinstance(value, dict | list | bool):
        yield from OF_ANOTHER_TYPE[:3]


async def is_ours(ask: Ask, document: str, token: str | None, **variables: Any) -> tuple[str, Any]:
    """What failed on our side, if anything; and the answer."""
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    with capture_logs() as logs:
        response = await ask.client.post(
            "/graphql",
            content=json.dumps({"query": document, "variables": variables}),
            headers={"content-type": "application/json", **headers},
        )
    logs = [each for each in logs if each["event"] != "http.request"]  # every request has that one
    codes = [error["extensions"]["code"] for error in response.json().get("errors", [])]
    failed = {"INTERNAL", "UNAVAILABLE"}.intersection(codes)
    is_wrong = bool(failed or logs or response.status_code >= 500)  # ours begin there
    return str(logs or response.text) if is_wrong else "", response.json().get("data")


def names_in(kind: Any, value: Any) -> Iterator[tuple[str, str]]:
    """Input type and field of everything that a wish says."""
    named = get_named_type(kind)
    if isinstance(value, list):
        for each in value:
            yield from names_in(named, each)
    elif isinstance(value, dict):
        for name, each in value.items():
            yield named.name, name
            yield from names_in(named.fields[name].type, each)


async def test_wishes_say_everything_that_can_be_said(ask: Ask, providers: Providers) -> None:
    """A new field of an input cannot be forgotten here."""
    mutation = schema._schema.mutation_type  # noqa: SLF001  # GRAPHQL.md appendix B
    assert mutation is not None
    said, sayable = set(), set()
    for name, (_, wish) in Wishes(await made(ask, providers)).all().items():
        kind = mutation.fields[name.partition(" ")[0]].args["input"].type
        said |= set(names_in(kind, await wish()))
    for type_name, _ in said:
        kind = schema._schema.type_map[type_name]  # noqa: SLF001
        assert isinstance(kind, GraphQLInputObjectType)
        sayable |= {(type_name, name) for name in kind.fields}

    assert said == sayable


async def fill_budgets() -> None:
    """How much may be asked for at once is not what is tested."""
    async with transaction():
        await execute("delete from rate_bucket")


@pytest.mark.timeout(240)  # hundreds of requests
async def test_no_value_of_an_input_makes_us_fail(ask: Ask, providers: Providers) -> None:
    """Every place of every mutation's input, one at a time, the rest of it valid."""
    scene = await made(ask, providers)
    failures, doors = [], Doors()
    for name, (who, wish) in Wishes(scene).all().items():
        await fill_budgets()
        mutation, input_ = name.partition(" ")[0], await wish()
        document = example(mutation)
        for path, value in list(places(input_)):
            await fill_budgets()
            kind = kind_at(mutation, path)
            for worse in hostile(path[-1:] and path[-1], value, scene):
                if not doors.are_new_to(kind, worse):
                    continue
                token = await ask.token_of(scene.people[who]) if who in scene.people else None
                changed = with_value(input_, path, worse)
                failure, data = await is_ours(ask, document, token, input=changed)
                if failure:
                    failures.append((name, path, repr(worse)[:40], failure[:200]))
                done = data and data[mutation]
                if name.startswith(USE_UP) and done and not done["errors"]:
                    input_ = await wish()

    assert failures == []


def texts_in(kind: Any, value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[Any, str]]:
    """Where a wish says a `String`; of a list, in its first item."""
    named = get_named_type(kind)
    if isinstance(value, list) and value:
        yield from texts_in(named, value[0], (*path, 0))
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from texts_in(named.fields[name].type, each, (*path, name))
    elif named is GraphQLString and isinstance(value, str):
        yield path, value


@pytest.mark.timeout(120)  # some two hundred requests
async def test_no_text_turns_around_what_stands_after_it(ask: Ask, providers: Providers) -> None:
    """What somebody else reads is refused with an override in it, wherever it is written."""
    mutation = schema._schema.mutation_type  # noqa: SLF001  # GRAPHQL.md appendix B
    assert mutation is not None
    scene = await made(ask, providers)
    taken = set()
    for name, (who, wish) in Wishes(scene).all().items():
        field, input_ = name.partition(" ")[0], await wish()
        token = await ask.token_of(scene.people[who]) if who in scene.people else None
        for path, value in texts_in(mutation.fields[field].args["input"].type, input_):
            await fill_budgets()
            changed = with_value(input_, path, f"{value}\u202e")
            failure, data = await is_ours(ask, example(field), token, input=changed)
            payload = (data or {}).get(field) or {"errors": []}
            refused = [error["path"][:1] for error in payload["errors"]]
            if failure or list(path[:1]) not in refused:
                place = ".".join(each for each in path if isinstance(each, str))
                taken.add(f"{field} {place}")

    assert taken == NOT_READ


async def test_a_null_that_may_only_be_absent_is_refused_in_words_of_the_schema(ask: Ask) -> None:
    """Frontends know no `Maybe` and no `str`; they get the name of the field."""
    document = """mutation {
      stepUpComplete(input: { stepUpId: "x", proof: { password: null } }) { token }
    }"""

    messages = [error["message"] for error in (await ask(document)).errors]

    assert "'password' cannot be null: leave it out." in messages
    assert not [message for message in messages if "Maybe" in message or "'str'" in message]
