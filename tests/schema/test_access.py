"""Joining and signing in as clients see it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from domain.access import queries
from domain.database import fetch, fetch_value
from schema import schema
from tests.make.ask import Ask
from tests.make.members import PASSWORD, add_worker, email_of, session_of
from tests.schema.documents import example

pytestmark = pytest.mark.asyncio


def person(ask: Ask, **change: Any) -> dict[str, Any]:
    return {
        "name": "Nora New",
        "email": f"{ask.world.new_id().hex}@example.org",
        "country": "PH",
        "bornOn": "1990-05-17",
        "password": PASSWORD,
        **change,
    }


async def test_join_sign_in_look_around_sign_out(ask: Ask) -> None:
    """The token works until the session ends, and not a moment longer."""
    new = person(ask)
    joined = (await ask(example("memberRegister"), input=new)).only()
    assert joined["errors"] == [] and joined["member"]["country"] == "PH"
    signed_in = (
        await ask(example("sessionCreate"), input={"email": new["email"], "password": PASSWORD})
    ).only()
    assert signed_in["member"]["id"] == joined["member"]["id"]
    token = signed_in["token"]
    seen = (await ask.with_token(example("viewer"), token)).only()
    assert (seen["name"], seen["email"]) == (new["name"], new["email"])
    assert seen["roles"] == ["EMPLOYER", "WORKER"] and seen["session"]["isCurrent"]

    ended = (await ask.with_token(example("sessionEnd"), token, input={"confirm": True})).only()
    assert ended["errors"] == []
    assert (await ask.with_token("{ viewer { id } }", token)).status == 401


async def test_where_a_sign_in_came_from_is_sealed_and_apart(
    ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    """P9: address, browser and language are kept for the member's own archive and risk cases;
    not in plain text, in no log, and nowhere in the schema.
    """
    members = [await add_worker(ask.world) for _ in range(2)]
    for member in members:
        wish = {"email": email_of(member), "password": PASSWORD}
        said = {"user-agent": "Netscape/9.9", "accept-language": "fil"}
        body = {"query": example("sessionCreate"), "variables": {"input": wish}}
        assert (await ask.send("POST", json=body, headers=said)).errors == []
    (origin,) = (await queries.origins_of(member_id=members[0], vault=ask.services.vault)).values()
    text = "select l::text || encode(content, 'escape') from login_fingerprint l"
    marks = await fetch(
        "select distinct address_mark from login_fingerprint where member_id = any($1)", members
    )
    stored = await fetch_value(f"{text} where member_id = $1", members[0])

    assert (origin.address, origin.browser) == ("127.0.0.1", "Netscape/9.9")
    assert origin.language == "fil"
    assert len(marks) == 1
    for place in (stored, capsys.readouterr().out, schema.as_str()):
        assert not re.search(r"127\.0\.0\.1|Netscape|fingerprint", place, re.IGNORECASE)


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"bornOn": "2010-01-01"}, "TOO_YOUNG", ["bornOn"]),
        ({"password": "short"}, "PASSWORD_TOO_WEAK", ["password"]),
        ({"country": "XX"}, "INVALID_INPUT", ["country"]),
        ({"name": " "}, "INVALID_INPUT", ["name"]),
        ({"referralCode": "nobody"}, "REFERRAL_CODE_UNKNOWN", ["referralCode"]),
    ],
)
async def test_a_refused_registration_points_at_the_field(
    ask: Ask, change: dict[str, str], code: str, path: list[str]
) -> None:
    """Forms mark the field at fault."""
    refused = (await ask(example("memberRegister"), input=person(ask, **change))).only()

    assert refused["member"] is None
    assert [(error["code"], error["path"]) for error in refused["errors"]] == [(code, path)]


async def test_an_address_is_taken_once(ask: Ask) -> None:
    """The other spelling of it as well."""
    new = person(ask)
    await ask(example("memberRegister"), input=new)
    upper = {**new, "email": new["email"].upper()}

    refused = (await ask(example("memberRegister"), input=upper)).only()

    assert [error["code"] for error in refused["errors"]] == ["EMAIL_TAKEN"]


async def test_wrong_passwords_are_refused_and_then_slowed_down(ask: Ask) -> None:
    """The typed refusal says how long to wait; the right password waits too."""
    member = await add_worker(ask.world)
    wish = {"email": email_of(member), "password": "not the right pass phrase"}
    kinds = []
    for _ in range(30):
        refused = (await ask(example("sessionCreate"), input=wish)).only()
        (error,) = refused["errors"]
        kinds.append(error["__typename"])
        if error["__typename"] == "TooManyAttemptsError":
            assert error["retryAfterSeconds"] > 0
            break

    assert kinds[0] == "PlainError" and kinds[-1] == "TooManyAttemptsError"


async def test_sessions_are_revoked_one_by_one_or_all(ask: Ask) -> None:
    """A lost phone is out at once; the session that asks may stay."""
    member = await add_worker(ask.world)
    phone, laptop, other = [(await session_of(ask.world, member)).token for _ in range(3)]
    (lost,) = [
        node["id"]
        for node in (await ask.with_token(example("viewer"), phone)).only()["sessions"]["nodes"]
        if node["isCurrent"]
    ]

    wish = {"sessionId": lost}
    revoked = (await ask.with_token(example("sessionRevoke"), laptop, input=wish)).only()
    assert revoked == {"revokedSessionId": lost, "errors": []}
    assert (await ask.with_token("{ viewer { id } }", phone)).status == 401
    rest = {"keepCurrent": True}
    done = (await ask.with_token(example("sessionRevokeAll"), laptop, input=rest)).only()
    assert done["revokedCount"] == 1
    assert (await ask.with_token("{ viewer { id } }", other)).status == 401
    assert (await ask.with_token("{ viewer { id } }", laptop)).status == 200


async def test_changes_need_somebody(ask: Ask) -> None:
    """Without a token a write is an expected no, not an error of the server."""
    wish = {"assignmentId": "x", "stars": 5}
    refused = (await ask(example("ratingGive"), input=wish)).only()

    assert [error["code"] for error in refused["errors"]] == ["SIGN_IN_REQUIRED"]


async def test_who_brings_somebody_sees_it(ask: Ask) -> None:
    """One link per member, and the new member's registration counts for it."""
    referrer = await add_worker(ask.world)
    wish = {"confirm": True}
    first = (await ask(example("referralLinkCreate"), viewer=referrer, input=wish)).only()
    second = (await ask(example("referralLinkCreate"), viewer=referrer, input=wish)).only()
    code = first["referralLink"]["code"]
    assert first == second

    new = person(ask, referralCode=code)
    joined = (await ask(example("memberRegister"), input=new)).only()
    seen = (await ask(example("viewer"), viewer=referrer)).only()

    assert seen["referralLink"] == {"code": code}
    (referral,) = seen["referrals"]["nodes"]
    assert referral["referee"] == {"id": joined["member"]["id"]}
    assert (referral["state"], referral["rewards"]) == ("SIGNED_UP", [])
