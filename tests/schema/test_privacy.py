"""Who can read what: everybody asks for everything, and canaries tell what came out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_client_schema,
    get_introspection_query,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from domain.database import engine
from gateway.providers import Providers
from schema.ids import Tag
from tests.make.ask import Ask
from tests.make.logs import production_logs
from tests.make.scene import BORN_ON, NOBODY, Scene, found_in, made
from tests.schema.documents import example

pytestmark = pytest.mark.asyncio

# No nodes: only finance lists them, and only finance can do anything with their ids.
OF_FINANCE: Final = {
    Tag.DEPOSIT_ARRIVAL,
    Tag.PAYOUT_ATTEMPT,
    Tag.PAYOUT_RESOLUTION,
    Tag.PAYOUT_RUN,
    Tag.PROVIDER_EVENT,
    Tag.PROVIDER_FILE,
    Tag.STATEMENT_LINE,
}

DEPTH_MAX: Final = 6
SHALLOW: Final = ("invited", "integrator", "staff")  # asked the roots only, to save time
ID: Final = re.compile(r"\b([a-z]{3})1_[\w-]{22}(?![\w-])")
ARGUMENTS: Final = {
    "balance": "EARNINGS",
    "currency": "EUR",
    "sale": '{on: "2026-01-01", sellerCountry: "DE", buyerCountry: "FR"}',
    "memberId": '"mem1_AAAAAAAAAAAAAAAAAAAAAA"',
}
# The type of each tag, and who may see its objects: a type that is missing here fails.
ONE, PARTIES, PUBLIC, FINANCE = "its member", "both parties", "everybody", "its member and finance"
STAFF: Final = "its member and staff"
TYPES: Final = {
    Tag.ASSIGNMENT: ("Assignment", PARTIES),
    Tag.BONUS: ("Bonus", PARTIES),
    Tag.CAMPAIGN: ("Campaign", PUBLIC),
    Tag.DEPOSIT: ("Deposit", ONE),
    Tag.DESTINATION: ("Destination", ONE),
    Tag.DISPUTE: ("Dispute", PARTIES),
    Tag.DOCUMENT: ("Document", FINANCE),
    Tag.EVENT: ("AssignmentEvent", PARTIES),
    Tag.INVITATION: ("Invitation", ONE),
    Tag.LEDGER_ENTRY: ("LedgerEntry", ONE),
    Tag.MEMBER: ("Member", PUBLIC),
    Tag.MESSAGE: ("Message", PARTIES),
    Tag.NOTIFICATION: ("Notification", ONE),
    Tag.PAYOUT: ("Payout", FINANCE),
    Tag.RATING: ("Rating", PUBLIC),
    Tag.REFERRAL: ("Referral", ONE),
    Tag.REJECTION_REQUEST: ("RejectionRequest", ONE),
    Tag.REVIEW: ("Review", PARTIES),
    Tag.SESSION: ("Session", ONE),
    Tag.SUBMISSION: ("Submission", PARTIES),
    Tag.TASK: ("Task", PARTIES),
    Tag.THREAD: ("Thread", PARTIES),
    Tag.VERIFICATION: ("Verification", STAFF),
    Tag.VERIFICATION_CHECK: ("VerificationCheck", STAFF),
    Tag.TAX_FORM: ("TaxForm", FINANCE),
    Tag.VIEWER: ("Viewer", ONE),
    Tag.WEBHOOK_DELIVERY: ("WebhookDelivery", ONE),
    Tag.WEBHOOK_ENDPOINT: ("WebhookEndpoint", ONE),
}


def selection(schema: GraphQLSchema, kind: Any, depth: int) -> str:
    """Every field down to a depth; objects of one's own kind are not entered again."""
    if is_leaf_type(kind):
        return ""
    if isinstance(kind, GraphQLUnionType | GraphQLInterfaceType):
        branches = (
            f"... on {each.name} {selection(schema, each, depth)}"
            for each in schema.get_possible_types(kind)
        )
        return "{ __typename " + " ".join(branches) + " }"
    assert isinstance(kind, GraphQLObjectType)
    return "{ __typename " + " ".join(fields(schema, kind, depth)) + " }"


def fields(schema: GraphQLSchema, kind: GraphQLObjectType, depth: int) -> Iterator[str]:
    for name, field in kind.fields.items():
        inner = get_named_type(field.type)
        if name == "edges" or (depth <= 1 and not is_leaf_type(inner)):
            continue  # `nodes` are the same objects
        is_page = name in ("nodes", "pageInfo")
        yield f"{name}{arguments(field)} {selection(schema, inner, depth - (not is_page))}"


def arguments(field: GraphQLField) -> str:
    given = [
        f"{name}: {ARGUMENTS[name]}"
        for name, argument in field.args.items()
        if is_required_argument(argument)
    ]
    if "first" in field.args:
        given.append("first: 9")
    return f"({', '.join(given)})" if given else ""


class Crawler:
    def __init__(self, scene: Scene, schema: GraphQLSchema) -> None:
        self.scene = scene
        self.schema = schema
        self.depths: dict[str, int] = {}
        self.ids: set[str] = set(scene.ids.values())
        self.read: dict[str, str] = {}  # all answers to a person

    async def ask(self, person: str, field: str, kind: str, **variables: str) -> None:
        """As deep as the limits let it."""
        viewer = self.scene.people.get(person)
        named = self.object_type(kind)
        for depth in range(self.depths.get(kind, DEPTH_MAX), 0, -1):
            inner = selection(self.schema, named, depth)
            text = f"{field} {{ ... on {kind} {inner}" if variables else f"{field} {inner}"
            text += "}" * (text.count("{") - text.count("}"))
            answer = await self.scene.ask(text, viewer=viewer, **variables)
            if answer.data is not None:
                break
        self.depths[kind] = depth
        codes = {error["extensions"]["code"] for error in answer.errors}
        assert codes <= {"FORBIDDEN"}, (text, answer.errors)
        self.read[person] = self.read.get(person, "") + json.dumps(answer.data, ensure_ascii=False)

    async def crawl(self) -> None:
        people = [NOBODY, *self.scene.people]
        most = [each for each in people if not each.startswith(SHALLOW)]
        for person in people:
            await self.ask(person, "{ viewer", "Viewer")
            for name, field in self.object_type("Viewer").fields.items():
                inner = get_named_type(field.type)
                if not is_leaf_type(inner):
                    await self.ask(person, f"{{ viewer {{ {name}{arguments(field)}", inner.name)
            await self.ask(person, "{ campaigns(first: 9)", "CampaignConnection")
            await self.ask(person, "{ finance", "Finance")
        asked: set[str] = set()
        while new := self.found() - asked:
            for id_ in sorted(new):
                if Tag(id_[:3]) in OF_FINANCE:
                    continue
                kind, _ = TYPES[Tag(id_[:3])] if id_[:3] != Tag.STEP_UP else ("Viewer", "")
                for person in most:
                    await self.ask(person, "query ($id: ID!) { node(id: $id)", kind, id=id_)
            asked |= new

    def object_type(self, name: str) -> GraphQLObjectType:
        kind = self.schema.type_map[name]
        assert isinstance(kind, GraphQLObjectType)
        return kind

    def found(self) -> set[str]:
        return self.ids.union(*(self.ids_read_by(person) for person in self.read))

    def ids_read_by(self, person: str) -> set[str]:
        return {found.group() for found in ID.finditer(self.read[person])}

    def readers_of_finances(self) -> set[str]:
        """Who reads an id that only finance has a use for."""
        return {
            person
            for person in self.read
            for id_ in self.ids_read_by(person)
            if Tag(id_[:3]) in OF_FINANCE
        }


async def crawled(ask: Ask, providers: Providers) -> Crawler:
    scene = await made(ask, providers)
    introspection = (await ask(get_introspection_query())).data
    crawler = Crawler(scene, build_client_schema(introspection))
    await crawler.crawl()
    return crawler


@pytest.fixture
def real_logs(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """As in production, into what `capfd` reads."""
    assert capfd
    with production_logs():
        yield


@pytest.mark.usefixtures("real_logs")
async def test_nobody_is_read_in_the_log(
    ask: Ask, providers: Providers, capfd: pytest.CaptureFixture[str]
) -> None:
    """All of the market's doings, and what goes wrong when nobody can help it."""
    scene = await made(ask, providers)
    wrong = {"email": scene.canary("email"), "password": scene.canary("password")}
    await ask(example("sessionCreate"), input={**wrong, "email": wrong["email"] + "@example.org"})
    await ask.with_token("{ viewer { id } }", scene.canary("token"))
    pool, engine.pool = engine.pool, None  # an error that nobody expects
    failed = await ask.with_token("{ campaigns { nodes { id } } }", None)
    engine.pool = pool

    text = "".join(capfd.readouterr())
    assert failed.code == "INTERNAL" and "graphql.unexpected" in text
    assert found_in(text, [*scene.readers, *scene.tokens, *BORN_ON.values()]) == []


@pytest.mark.timeout(240)  # as in test_wrong_person: hundreds of requests
async def test_everybody_reads_exactly_what_is_theirs(ask: Ask, providers: Providers) -> None:
    """Names, addresses, work, reviews, drafts, documents: to their readers, and to no one else."""
    crawler = await crawled(ask, providers)
    scene = crawler.scene
    nobodys = [*scene.passwords.values(), *scene.tokens, *BORN_ON.values()]
    wrong = []
    for person, text in crawler.read.items():
        assert found_in(text, nobodys) == []
        seen = set(found_in(text, scene.readers))
        mine = {canary for canary, readers in scene.readers.items() if person in readers}
        wrong += [(person, "reads", canary) for canary in seen - mine]
        if not person.startswith(SHALLOW):
            wrong += [(person, "does not read", canary) for canary in mine - seen]
    assert wrong == []
    assert crawler.readers_of_finances() <= {"finance"}

    assert {tag for tag, _ in TYPES.items()} == set(Tag) - {Tag.STEP_UP, *OF_FINANCE}
    for id_ in crawler.found():
        if id_[:3] == Tag.STEP_UP or Tag(id_[:3]) in OF_FINANCE:
            continue
        readers = {person for person in crawler.read if id_ in crawler.ids_read_by(person)}
        _, rule = TYPES[Tag(id_[:3])]
        readers -= {FINANCE: {"finance"}, STAFF: {"staff"}}.get(rule, set())
        if rule in (ONE, FINANCE, STAFF):
            assert len(readers) <= 1, (id_, readers)
        elif rule == PARTIES:
            sides = {person.rpartition("_")[2] for person in readers}
            assert len(readers) <= 2 and len(sides) <= 1, (id_, readers)
