"""Every mutation, sent by people who may not, with real ids of others: refused, nothing changes."""

from __future__ import annotations

from typing import Any, Final

import pytest

from domain.database import fetch
from gateway.providers import Providers
from schema import schema
from tests.make.ask import Ask
from tests.make.scene import NOBODY, Scene, made
from tests.schema.documents import example
from tests.schema.examples import reads
from tests.schema.wishes import Wishes
from tests.schema.wishes_of_money import EMPLOYER, WORKER

pytestmark = pytest.mark.asyncio

# Nobody's own: a stranger who sends it does it for himself.
FOR_ONESELF: Final = {
    "analyticsAllow",
    "referralLinkCreate",
    "campaignReport",
    "campaignCreate",
    "campaignImport",
    "skillCreate",
    "depositStart",
    "accountStatementIssue",
    "documentLanguageSet",
    "taxFormSubmit",
    "taxFormReportChange",
    "selfBillingAccept",
    "selfBillingWithdraw",
    "verificationStart",
    "verificationProfileSet",
    "notificationChoose",
    "invitationCreate",
    "memberPreferencesSet",
    "memberMark",
    "profileSet",
    "payoutHoldSet",
    "profileChangeAsk",
    "consentGive",
    "consentSourceSet",
    "ticketOpen",
    "savedSearchSet",
}
# Both parties of an assignment may.
FOR_BOTH: Final = {
    "ratingGive",
    "disputeEscalate",
    "disputeOffer",
    "disputeAppeal",
    "disputeAccept",
    "messageSend",
    "messageRead",
}
FOR_ANYBODY: Final = {"invitationOptOut", "memberRegister", "sessionCreate"}
BEGUN_FOR_ONESELF: Final = {
    "stepUpBegin destination", "stepUpBegin webhook", "stepUpBegin reveal",
    "stepUpBegin closing", "stepUpBegin export", "stepUpBegin spending",
    "notificationRead all",
    "messageSend campaign",  # whoever sees a campaign may write to its employer
}  # fmt: skip
ENDS_ONES_OWN: Final = {"sessionEnd", "sessionRevokeAll"}
STRANGERS: Final = (NOBODY, "worker_bob", "employer_bob")
REFUSALS: Final = {
    "INVALID_ID", "NOT_FOUND", "NOT_ALLOWED", "STEP_UP_REQUIRED", "NOT_ELIGIBLE",
    "QUOTE_EXPIRED",  # a quote is its member's
}  # fmt: skip
VOLATILE: Final = {"login_session", "rate_bucket"}  # a request is seen, an attempt counted


async def everything() -> dict[str, tuple[int, int | None]]:
    """Rows of each of our tables, and the last transaction that wrote one: whatever is written,
    even the same again, is seen, and nothing has to be read twice. In one statement: it is asked
    for hundreds of times.
    """
    names = await fetch(
        "select relname::text as name from pg_class"
        " where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1"
    )
    state = "select '{0}' as name, count(*) as n, max(xmin::text::bigint) as writer from {0}"
    watched = [row["name"] for row in names if row["name"] not in VOLATILE]
    rows = await fetch(" union all ".join(state.format(name) for name in watched))
    return {row["name"]: (row["n"], row["writer"]) for row in rows}


async def test_every_mutation_has_a_wish(ask: Ask, providers: Providers) -> None:
    """A new mutation cannot be forgotten here."""
    wishes = Wishes(Scene(ask, providers)).all()
    mutation = schema._schema.mutation_type  # noqa: SLF001  # GRAPHQL.md appendix B
    assert mutation is not None
    known = {name.partition(" ")[0] for name in wishes} | ENDS_ONES_OWN

    assert known == set(mutation.fields)


@pytest.mark.timeout(240)  # hundreds of requests
async def test_the_wrong_person_changes_nothing(ask: Ask, providers: Providers) -> None:
    """Foreign ids answer like malformed ones; who lacks a role is told so."""
    scene = await made(ask, providers)
    wrong: list[tuple[str, str, Any]] = []
    for name, (who, wish) in Wishes(scene).all().items():
        mutation = name.partition(" ")[0]
        if mutation in FOR_ANYBODY or name in BEGUN_FOR_ONESELF:
            continue
        input_ = await wish()
        before = await everything()
        people = [NOBODY] if mutation in FOR_ONESELF else list(STRANGERS)
        if mutation not in FOR_ONESELF | FOR_BOTH:
            people.append(EMPLOYER if who == WORKER else WORKER)
        for person in people:
            viewer = scene.people.get(person)
            payload = (await ask(example(mutation), viewer=viewer, input=input_)).only()
            codes = {error["code"] for error in payload["errors"]}
            expected = {"SIGN_IN_REQUIRED"} if person == NOBODY else REFUSALS
            if payload.get("outcomes"):  # of many things, each refused by itself
                codes, payload["outcomes"] = codes_of(payload["outcomes"]), None
            objects = {
                key: value for key, value in payload.items() if key not in ("errors", "replayed")
            }
            if not codes or not codes <= expected or any(objects.values()):
                wrong.append((name, person, payload))
        if await everything() != before:
            wrong.append((name, "somebody", "has changed something"))

    assert wrong == []


def codes_of(outcomes: list[dict[str, Any]]) -> set[str]:
    """`DONE` is nothing that is expected of anybody here."""
    return {
        code
        for outcome in outcomes
        for code in [error["code"] for error in outcome["errors"]] or ["DONE"]
    }


async def test_what_finance_reads_nobody_else_reads(ask: Ask, providers: Providers) -> None:
    """A scope in a description guards nothing: each of these reads asks for the role itself."""
    scene = await made(ask, providers)
    wrong: list[tuple[str, str, Any]] = []
    for name, (who, variables) in reads(scene).items():
        if who != "finance":
            continue
        for person in (*STRANGERS, WORKER, EMPLOYER):
            answer = await ask(example(name), viewer=scene.people.get(person), **variables)
            if any((answer.data or {}).values()) or answer.code != "FORBIDDEN":
                wrong.append((name, person, answer))

    assert wrong == []


async def test_a_quote_is_of_whom_it_was_given_to(ask: Ask, providers: Providers) -> None:
    """Neither another's destination is priced, nor is another's price agreed to."""
    scene = await made(ask, providers)
    (who, variables) = reads(scene)["payoutQuote"]
    token = (await ask(example("payoutQuote"), viewer=scene.people[who], **variables)).only()
    stranger = scene.people["worker_bob"]

    asked = (await ask(example("payoutQuote"), viewer=stranger, **variables)).only()
    assert asked["quote"] is None and asked["errors"]

    _, wish = Wishes(scene).all()["payoutRequest"]
    input_ = {**await wish(), "quote": token["quote"]["token"]}
    paid = (await ask(example("payoutRequest"), viewer=stranger, input=input_)).only()
    assert paid["payout"] is None and paid["errors"]
