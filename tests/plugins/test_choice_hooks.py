"""Routers and screeners of plugins: collected by name, kept from doing harm."""

from __future__ import annotations

import textwrap
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from domain.money import Money
from domain.provider import CallContext
from domain.routing.provider import (
    PayoutRouter,
    PayoutScreener,
    RouteOffer,
    RouteRequest,
    ScreenDecision,
    ScreenRequest,
    ScreenVerdict,
)
from plugins.guarded_choice import FAILED, GuardedRouter, GuardedScreener
from plugins.manager import Offers, PluginStatus, load_plugins

GOOD = """
    from piecerate.plugin import (
        PayoutRouter, PayoutScreener, ScreenDecision, ScreenVerdict, hookimpl
    )

    class Dearest(PayoutRouter):
        name = "dearest"

        async def choose(self, request, offers, context):
            return max(offers, key=lambda each: each.fee).instance_id

    class Nobody(PayoutScreener):
        name = "nobody"

        async def screen(self, request, context):
            return ScreenVerdict(decision=ScreenDecision.DENY)

    @hookimpl
    def payout_routers():
        return (Dearest(),)

    @hookimpl
    def payout_screeners():
        return [Nobody()]
"""
WRONG = {
    "returns a class": "return (Dearest,)",
    "returns something else": "return (object(),)",
    "returns no sequence": "return Dearest()",
    "raises": "raise RuntimeError('no')",
    "ends the process": "raise SystemExit(3)",
    "has no name": "Dearest.name = ''\n        return (Dearest(),)",
}
CONTEXT = CallContext(now=datetime(2026, 3, 29, tzinfo=UTC), send_no=1, correlation_id="x")
REQUEST = RouteRequest(
    amount=Money(1_000_000, "EUR"),
    country="PH",
    destination_kind="sandbox",
    destination_country="PH",
)
OFFERS = [
    RouteOffer(instance_id=name, fee=Money(fee, "EUR"), arrives_within=timedelta(days=1))
    for name, fee in (("cheap", 1), ("dear", 2))
]
SCREEN = ScreenRequest(
    payout_id=UUID(int=1),
    worker_id=UUID(int=2),
    amount=Money(1_000_000, "EUR"),
    country="PH",
    destination_kind="sandbox",
    destination_country="PH",
    member_age_days=1,
    level=0,
)


def loaded(folder: Path, monkeypatch: pytest.MonkeyPatch, **plugins: str) -> Offers:
    monkeypatch.syspath_prepend(str(folder))
    for name, text in plugins.items():
        (folder / f"{name}.py").write_text(textwrap.dedent(text))
    return load_plugins(list(plugins), built_in={name: name for name in plugins})


def test_routers_and_screeners_are_collected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rules name a router; every screener is asked."""
    offers = loaded(tmp_path, monkeypatch, choice_good=GOOD)

    assert [each.name for each in offers.routers] == ["dearest"]
    assert [each.name for each in offers.screeners] == ["nobody"]


@pytest.mark.parametrize("body", WRONG.values(), ids=WRONG)
def test_a_wrong_one_is_quarantined_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    """What the same plugin offers besides goes with it; other plugins stay."""
    wrong = GOOD.replace("return (Dearest(),)", body).replace('"dearest"', '"other"')
    module = f"choice_wrong_{abs(hash(body))}"

    offers = loaded(tmp_path, monkeypatch, **{module: wrong, "choice_good": GOOD})

    states = {each.name: each.status for each in offers.reports if each.name.startswith("choice")}
    assert states == {module: PluginStatus.QUARANTINED, "choice_good": PluginStatus.LOADED}
    assert [each.name for each in offers.routers] == ["dearest"]


def test_a_name_is_taken_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a ruleset would not know whom it means."""
    offers = loaded(tmp_path, monkeypatch, choice_good=GOOD, choice_copy=GOOD)

    states = sorted(each.status for each in offers.reports if each.name.startswith("choice"))
    assert states == [PluginStatus.LOADED, PluginStatus.QUARANTINED]
    assert len(offers.routers) == len(offers.screeners) == 1


class Given(PayoutRouter, PayoutScreener):
    """Answers what the test says, or raises it."""

    name = "given"

    def __init__(self, answer: object) -> None:
        self.answer = answer

    async def choose(
        self,
        request: RouteRequest,
        offers: object,
        context: CallContext,
    ) -> str | None:
        assert (request, offers, context) == (REQUEST, OFFERS, CONTEXT)
        return self._said()  # type: ignore[return-value]  # it may be wrong: that is the test

    async def screen(self, request: ScreenRequest, context: CallContext) -> ScreenVerdict:
        assert (request, context) == (SCREEN, CONTEXT)
        return self._said()  # type: ignore[return-value]  # as above

    def _said(self) -> object:
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("answer", "chosen"),
    [("dear", "dear"), (None, None), (7, None), (RuntimeError("no"), None)],
)
async def test_a_router_that_fails_chooses_nobody(answer: object, chosen: str | None) -> None:
    """The cheapest is taken then."""
    assert await GuardedRouter(Given(answer)).choose(REQUEST, OFFERS, CONTEXT) == chosen


@pytest.mark.asyncio
@pytest.mark.parametrize("answer", [None, "ALLOW", RuntimeError("no"), SystemExit(3)])
async def test_a_screener_that_fails_holds(answer: object) -> None:
    """Silence lets nothing out, and a plugin ends no process."""
    assert await GuardedScreener(Given(answer)).screen(SCREEN, CONTEXT) == FAILED


@pytest.mark.asyncio
async def test_a_screeners_verdict_is_handed_on() -> None:
    """With its reason for staff."""
    verdict = ScreenVerdict(decision=ScreenDecision.ALLOW, reason="known")

    assert await GuardedScreener(Given(verdict)).screen(SCREEN, CONTEXT) is verdict
