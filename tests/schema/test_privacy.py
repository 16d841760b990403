"""Who can read what: everybody asks for everything, and canaries tell what came out."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
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
    get_operation_ast,
    is_abstract_type,
    is_leaf_type,
    is_required_argument,
    parse,
)

from domain.database import engine
from gateway.providers import Providers
from schema import TOKENS_MAX
from schema import schema as served
from schema.ids import Tag
from schema.limits import LIMITS, LimitExceeded, check
from tests.make.ask import Ask
from tests.make.logs import production_logs
from tests.make.scene import BORN_ON, NOBODY, Scene, found_in, made
from tests.make.world import World
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
PIECE_COST_MAX: Final = 2_400  # half of what one operation may cost
ID: Final = re.compile(r"\b([a-z]{3})1_[\w-]{22}(?![\w-])")
CORE: Final = served._schema  # noqa: SLF001  # GRAPHQL.md appendix B
AMOUNT: Final = '{amount: "7.00", currency: EUR}'
ARGUMENTS: Final = {
    "version": "1",
    "balance": "EARNINGS",
    "currency": "EUR",
    "sale": '{on: "2026-01-01", sellerCountry: "DE", buyerCountry: "FR"}',
}
# The type of each tag, and who may see its objects: a type that is missing here fails.
ONE, PARTIES, PUBLIC, FINANCE = "its member", "both parties", "everybody", "its member and finance"
STAFF: Final = "its member and staff"
CONTESTED: Final = "both parties, and staff who decide about it"
TYPES: Final = {
    Tag.ASSIGNMENT: ("Assignment", PARTIES),
    Tag.BONUS: ("Bonus", PARTIES),
    Tag.CAMPAIGN: ("Campaign", PUBLIC),
    Tag.DEPOSIT: ("Deposit", ONE),
    Tag.DESTINATION: ("Destination", ONE),
    Tag.DISPUTE: ("Dispute", CONTESTED),
    Tag.DOCUMENT: ("Document", FINANCE),
    Tag.EVENT: ("AssignmentEvent", PARTIES),
    Tag.INVITATION: ("Invitation", ONE),
    Tag.LEDGER_ENTRY: ("LedgerEntry", ONE),
    Tag.MEMBER: ("Member", PUBLIC),
    Tag.MESSAGE: ("Message", PARTIES),
    Tag.NOTIFICATION: ("Notification", ONE),
    Tag.PAYOUT: ("Payout", FINANCE),
    Tag.POLICY: ("Policy", PUBLIC),
    Tag.RATING: ("Rating", PUBLIC),
    Tag.REFERRAL: ("Referral", ONE),
    Tag.REJECTION_REQUEST: ("RejectionRequest", ONE),
    Tag.REVIEW: ("Review", CONTESTED),
    Tag.SESSION: ("Session", ONE),
    Tag.SKILL: ("Skill", PUBLIC),
    Tag.SPENDING: ("Spending", ONE),
    Tag.SUBMISSION: ("Submission", CONTESTED),
    Tag.SUSPENSION: ("Suspension", STAFF),
    Tag.TASK: ("Task", PARTIES),
    Tag.THREAD: ("Thread", PARTIES),
    Tag.TICKET: ("Ticket", STAFF),
    Tag.VERIFICATION: ("Verification", STAFF),
    Tag.VERIFICATION_CHECK: ("VerificationCheck", STAFF),
    Tag.TAX_FORM: ("TaxForm", FINANCE),
    Tag.UPLOAD: ("Upload", CONTESTED),
    Tag.VIEWER: ("Viewer", ONE),
    Tag.WEBHOOK_DELIVERY: ("WebhookDelivery", ONE),
    Tag.WEBHOOK_ENDPOINT: ("WebhookEndpoint", ONE),
}


def arguments_of_roots(scene: Scene) -> dict[str, str]:
    """Where the root is about somebody, it is asked about a worker."""
    destination = scene.ids["destination_worker_ann"]
    return {
        "payoutMethods": 'country: "PH"',
        "payoutQuote": f'input: {{amount: {AMOUNT}, destinationId: "{destination}"}}',
        "payoutRouteDryRun": f'input: {{amount: {AMOUNT}, country: "PH",'
        ' destinationCountry: "PH", destinationKind: "sandbox"}',
    }


@dataclass(frozen=True, slots=True)
class Piece:
    """One root field of a document: what is asked, what it costs, and its shared fragment."""

    text: str
    cost: int
    fragment: str = ""


def closed(text: str) -> str:
    return text + "}" * (text.count("{") - text.count("}"))


def tokens_of(text: str) -> int:
    """Not fewer than the server counts."""
    return len(re.findall(r"\w+|[^\w\s]", text))


def cost_of(text: str) -> int:
    """What the server would charge; too much where a limit says no."""
    document = parse(text)
    operation = get_operation_ast(document)
    assert operation is not None
    try:
        cost = check(CORE, document, operation, limits=LIMITS).cost
    except LimitExceeded:
        return LIMITS.cost + 1
    return cost if tokens_of(text) <= TOKENS_MAX else LIMITS.cost + 1


def documents_of(pieces: Iterable[Piece]) -> Iterator[str]:
    """As few documents as the limits let these be."""
    roots: list[str] = []
    fragments: dict[str, None] = {}
    cost = 0
    for piece in pieces:
        text = written([*roots, piece.text], {**fragments, piece.fragment: None})
        is_too_long = tokens_of(text) > TOKENS_MAX or len(roots) == LIMITS.aliases
        if roots and (is_too_long or cost + piece.cost > LIMITS.cost):
            yield written(roots, fragments)
            roots, fragments, cost = [], {}, 0
        roots.append(piece.text)
        fragments[piece.fragment] = None
        cost += piece.cost
    if roots:
        yield written(roots, fragments)


def written(roots: Sequence[str], fragments: Iterable[str]) -> str:
    named = " ".join(f"p{number}: {root}" for number, root in enumerate(roots))
    return f"{{ {named} }} " + " ".join(fragments)


class Crawler:
    def __init__(self, scene: Scene, schema: GraphQLSchema) -> None:
        self.scene = scene
        self.schema = schema
        member, payout = scene.ids["member_worker_ann"], scene.ids["payout_worker_ann"]
        self.given = {**ARGUMENTS, "memberId": f'"{member}"', "payoutId": f'"{payout}"'}
        self.kinds: dict[str, tuple[str, int]] = {}  # their selections and what they cost
        self.ids: set[str] = set(scene.ids.values())
        self.read: dict[str, list[str]] = {}  # all answers to a person
        self.ids_read: dict[str, set[str]] = {}  # what stood in these

    async def crawl(self) -> None:
        """Every root field, then every id that anybody was given, asked by everybody."""
        people = [NOBODY, *self.scene.people]
        await self.ask(people, list(self.roots()))
        asked: set[str] = set()
        while new := self.found() - asked:
            ids = (id_ for id_ in sorted(new) if Tag(id_[:3]) not in OF_FINANCE)
            await self.ask(people, [piece for id_ in ids for piece in self.of_id(id_)])
            asked |= new

    async def ask(self, people: Sequence[str], pieces: Sequence[Piece]) -> None:
        for text in documents_of(pieces):
            for person in people:
                answer = await self.scene.ask(text, viewer=self.scene.people.get(person))
                codes = {error["extensions"]["code"] for error in answer.errors}
                assert codes <= {"FORBIDDEN"} and answer.data is not None, (answer.errors, text)
                read = json.dumps(answer.data, ensure_ascii=False)
                self.read.setdefault(person, []).append(read)
                ids = (found.group() for found in ID.finditer(read))
                self.ids_read.setdefault(person, set()).update(ids)

    def roots(self) -> Iterator[Piece]:
        """Fields of a root that holds only fields are asked one by one, to go deep in each."""
        given = arguments_of_roots(self.scene)
        for name, field in self.object_type("Query").fields.items():
            kind = get_named_type(field.type)
            if "id" in field.args or "ids" in field.args:
                continue  # asked with the ids that were found
            root = f"{name}({given[name]})" if name in given else name + self.arguments(field)
            if not isinstance(kind, GraphQLObjectType) or kind.name.endswith("Connection"):
                yield self.piece(root, kind.name)
                continue
            for inner_name, inner in kind.fields.items():
                whole = f"{root} {{ {inner_name}{self.arguments(inner)}"
                yield self.piece(whole, get_named_type(inner.type).name)

    def of_id(self, id_: str) -> Iterator[Piece]:
        """`node`, and the root field of its own that a kind may have."""
        kind = "Viewer" if id_[:3] == Tag.STEP_UP else TYPES[Tag(id_[:3])][0]
        if kind not in self.kinds:
            start = f'node(id: "") {{ ... on {kind}'
            self.kinds[kind] = self.deepest(start, kind, most=PIECE_COST_MAX)
        inner, cost = self.kinds[kind]
        fragment = f"fragment {kind}_ on {kind} {inner}"
        yield Piece(f'node(id: "{id_}") {{ ...{kind}_ }}', cost, fragment)
        for name, field in self.object_type("Query").fields.items():
            if "id" in field.args and get_named_type(field.type).name == kind:
                yield Piece(f'{name}(id: "{id_}") {{ ...{kind}_ }}', cost, fragment)

    def piece(self, start: str, kind: str) -> Piece:
        inner, cost = self.deepest(start, kind, most=LIMITS.cost)
        return Piece(closed(f"{start} {inner}"), cost)

    def deepest(self, start: str, kind: str, *, most: int) -> tuple[str, int]:
        """As deep as it may cost, and the cost; plain values may cost more."""
        found = None
        for depth in range(1, DEPTH_MAX + 1):
            inner = self.selection(self.schema.type_map[kind], depth)
            cost = cost_of("{" + closed(f"{start} {inner}") + "}")
            if cost > (most if depth > 1 else LIMITS.cost):
                break
            if found == (inner, cost):
                break  # nothing lies deeper
            found = inner, cost
        assert found is not None, start
        return found

    def selection(self, kind: Any, depth: int) -> str:
        """Every field down to a depth; objects of one's own kind are not entered again."""
        if is_leaf_type(kind):
            return ""
        if isinstance(kind, GraphQLUnionType | GraphQLInterfaceType):
            kinds = self.schema.get_possible_types(kind)
            types = {(name, str(its.type)) for each in kinds for name, its in each.fields.items()}
            names = Counter(name for name, _ in types)
            twice = {name for name in names if names[name] > 1}  # no answer could hold both
            branches = (
                f"... on {each.name} {{ __typename {' '.join(self.fields(each, depth, twice))} }}"
                for each in kinds
            )
            return "{ __typename " + " ".join(branches) + " }"
        assert isinstance(kind, GraphQLObjectType)
        return "{ __typename " + " ".join(self.fields(kind, depth)) + " }"

    def fields(
        self, kind: GraphQLObjectType, depth: int, renamed: Collection[str] = ()
    ) -> Iterator[str]:
        for name, field in kind.fields.items():
            inner = get_named_type(field.type)
            is_step = name not in ("nodes", "pageInfo") and self.leads_on(inner)
            if name == "edges" or (depth <= 1 and is_step):
                continue  # `nodes` are the same objects
            asked = f"{kind.name}_{name}: {name}" if name in renamed else name
            yield f"{asked}{self.arguments(field)} {self.selection(inner, depth - is_step)}"

    def leads_on(self, kind: Any) -> bool:
        """To objects with an id; what is part of its object is asked with it, however deep."""
        if is_leaf_type(kind):
            return False
        kinds = [kind, *self.schema.get_possible_types(kind)] if is_abstract_type(kind) else [kind]
        return any(
            each.name.endswith("Connection") or "id" in each.fields
            for each in kinds
            if isinstance(each, GraphQLObjectType)
        )

    def arguments(self, field: GraphQLField) -> str:
        given = [
            f"{name}: {self.given[name]}"
            for name, argument in field.args.items()
            if is_required_argument(argument)
        ]
        if "first" in field.args:
            given.append("first: 9")
        return f"({', '.join(given)})" if given else ""

    def object_type(self, name: str) -> GraphQLObjectType:
        kind = self.schema.type_map[name]
        assert isinstance(kind, GraphQLObjectType)
        return kind

    def found(self) -> set[str]:
        return self.ids.union(*self.ids_read.values())

    def readers_of_finances(self) -> set[str]:
        """Who reads an id that only finance has a use for."""
        return {
            person
            for person, ids in self.ids_read.items()
            for id_ in ids
            if Tag(id_[:3]) in OF_FINANCE
        }


async def contest(scene: Scene) -> None:
    """A dispute that staff must decide: they read what it is about, and of nothing else."""
    both = ("worker_ann", "employer_ann")
    for canary in scene.readers:
        if re.match("canary-(work-rejected-first|rejection)-ann", canary):
            scene.readers[canary] |= {"staff"}
    about = {"assignmentId": scene.ids["assignment_rejected_ann"]}
    opened = await scene.do(
        "worker_ann", "disputeOpen", **about, text=scene.canary("dispute", *both, "staff")
    )
    scene.ids["dispute"] = id_ = opened["dispute"]["id"]
    answer = scene.canary("answer", *both, "staff")
    await scene.do("employer_ann", "disputeAnswer", disputeId=id_, text=answer)
    await scene.do("worker_ann", "disputeEscalate", disputeId=id_)


async def ask_changes(scene: Scene) -> None:
    """Names that are asked for: no list shows them, nor why; staff give a reason first (P51)."""
    for side in ("ann", "bob"):
        wanted, reason = (
            scene.canary(f"{what}_change_{side}", f"worker_{side}") for what in ("name", "why")
        )
        await scene.do(
            f"worker_{side}", "profileChangeAsk", field="NAME", value=wanted, reason=reason
        )


async def propose_suspension(scene: Scene) -> None:
    """What staff say of a member is read by both, and by nobody else."""
    found = await scene.do(
        "staff",
        "suspensionPropose",
        memberId=scene.ids["member_employer_bob"],
        text=scene.canary("suspension", "employer_bob", "staff"),
        campaignIds=[scene.ids["campaign_running_bob"]],
    )
    scene.ids["suspension_bob"] = found["suspension"]["id"]


async def crawled(ask: Ask, providers: Providers) -> Crawler:
    scene = await made(ask, providers)
    await contest(scene)
    await ask_changes(scene)
    await propose_suspension(scene)
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
async def test_everybody_reads_exactly_what_is_theirs(
    world: World, tmp_path: Path, providers: Providers
) -> None:
    """A9: names, addresses, work, reviews, drafts, documents: to their readers, to no one else."""
    # Its documents are as large as the limits let them be: a busy machine needs longer for one.
    ask = Ask.of(world, tmp_path, providers, PIECERATE_DEADLINE_SECONDS="60")
    crawler = await crawled(ask, providers)
    scene = crawler.scene
    nobodys = [*scene.passwords.values(), *scene.tokens, *BORN_ON.values()]
    wrong = []
    for person, answers in crawler.read.items():
        text = "".join(answers)
        assert found_in(text, nobodys) == []
        seen = set(found_in(text, scene.readers))
        mine = {canary for canary, readers in scene.readers.items() if person in readers}
        wrong += [(person, "reads", canary) for canary in seen - mine]
        wrong += [(person, "does not read", canary) for canary in mine - seen]
    assert wrong == []
    assert crawler.readers_of_finances() <= {"finance"}

    assert {tag for tag, _ in TYPES.items()} == set(Tag) - {
        Tag.STEP_UP,
        Tag.PANEL_SEAT,
        *OF_FINANCE,
    }  # seats are no objects: `test_panel`
    for id_ in crawler.found():
        if id_[:3] == Tag.STEP_UP or Tag(id_[:3]) in OF_FINANCE:
            continue
        readers = {person for person, ids in crawler.ids_read.items() if id_ in ids}
        _, rule = TYPES[Tag(id_[:3])]
        readers -= {FINANCE: {"finance"}, STAFF: {"staff"}, CONTESTED: {"staff"}}.get(rule, set())
        if rule in (ONE, FINANCE, STAFF):
            assert len(readers) <= 1, (id_, readers)
        elif rule in (PARTIES, CONTESTED):
            sides = {person.rpartition("_")[2] for person in readers}
            assert len(readers) <= 2 and len(sides) <= 1, (id_, readers)
