"""PayPal's own documents judge our plugin and our simulator, call by call and answer by answer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import pytest
import requests

from domain.deposits.provider import DepositRequest, ObservedDeposit, RefundRequest
from domain.payouts.provider import ObservedState
from domain.provider import BatchRefused, InsufficientFunds
from plugins.conformance.bench import Bench
from plugins.payments.paypal.deposits import PayPalDeposits
from plugins.payments.paypal.payouts import PayPalPayouts
from plugins.payments.paypal.simulator.required import OPERATIONS
from tests.judges.prism import FOLDER, Front, Passed, behind_prism, prism_packages, specs
from tests.plugins.paypal.bench import on_paypal, paypal, raw_webhook, to, usd

pytestmark = pytest.mark.timeout(400)  # the first one installs, and Prism starts slowly

PREFIXES: Final = {
    "/v1/payments/payouts": "payments_payouts_batch_v1.json",
    "/v1/notifications/webhooks-events": "notifications_webhooks_v1.json",
    "/v1/notifications/verify": "notifications_webhooks_v1.json",
    "/v1/reporting": "reporting_transactions_v1.json",
    "/v2/checkout": "checkout_orders_v2.json",
}


@dataclass(frozen=True, slots=True)
class Judged:
    """`flow` is what was judged before the control made mistakes on purpose."""

    bench: Bench
    front: Front
    flow: tuple[Passed, ...] = ()


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judged]:
    """One simulator behind a proxy per document, and the whole flow through them."""
    folder, packages = specs("paypal"), prism_packages()
    documents = {prefix: folder / name for prefix, name in PREFIXES.items()}
    with on_paypal() as bench:
        logs = tmp_path_factory.mktemp("prism")
        with behind_prism(packages, upstream=bench.url, documents=documents, logs=logs) as front:
            bench.simulator.url = front.url  # its links lead through Prism too
            bench.config = {**bench.config, "endpoint": front.url}
            for part in (payouts_flow, search_flow, orders_flow):
                part(Judged(bench, front))
            yield Judged(bench, front, tuple(front.passed))


@contextmanager
def ports(judged: Judged, **config: object) -> Iterator[tuple[Any, Any]]:
    """The provider of payouts and the one of deposits, without their guards."""
    bench = judged.bench
    before = bench.config
    bench.config = {**before, **config}
    try:
        bench.kind = PayPalDeposits
        deposits = bench.open().raw
        bench.kind = PayPalPayouts
        yield bench.open().raw, deposits
    finally:
        bench.config = before


def payouts_flow(judged: Judged) -> None:
    """Sent, refused, found with and without its id, cancelled: requests and answers alike."""
    bench, simulator = judged.bench, paypal(judged.bench)
    with ports(judged) as (payouts, _):
        bench.run(payouts.health(bench.context()))
        batch = to(bench.batch(count=3), "unclaimed", "failed")
        sent = bench.run(payouts.send(batch, bench.context()))
        simulator.payouts.request_ids.forget()
        again = bench.run(payouts.send(batch, bench.context(send_no=2)))
        assert again.provider_ref == sent.provider_ref
        for local_part, refused in (("invalid", BatchRefused), ("denied", None)):
            other = to(bench.batch(count=2), local_part)
            if refused is not None:
                with pytest.raises(refused):
                    bench.run(payouts.send(other, bench.context()))
            else:
                bench.run(payouts.send(other, bench.context()))
        huge = bench.batch(amounts=[usd(2_000_000_000_000)])
        with pytest.raises(InsufficientFunds):
            bench.run(payouts.send(huge, bench.context()))
        found = bench.run(
            payouts.look_up(replace(batch, provider_ref=sent.provider_ref), bench.context())
        )
        items = {each.item_ref: each for each in found.found}
        unclaimed, _, paid = (
            replace(item, provider_ref=items[item.item_ref].provider_ref) for item in batch.items
        )
        returned = bench.run(payouts.cancel(unclaimed, bench.context()))
        assert returned.state is ObservedState.RETURNED
        assert bench.run(payouts.cancel(paid, bench.context())).state is ObservedState.PAID


def search_flow(judged: Judged) -> None:
    """Events, the report in pages and windows, webhooks sent again and checked online."""
    bench, simulator = judged.bench, paypal(judged.bench)
    with ports(judged, verify_online=True) as (payouts, _):
        batch = replace(bench.batch(), first_sent_at=bench.now())
        bench.run(payouts.send(batch, bench.context()))
        bench.wait(timedelta(hours=7))
        found = bench.run(payouts.look_up(batch, bench.context()))
        assert [each.state for each in found.found] == [ObservedState.PAID]
        nobody = replace(bench.batch(), first_sent_at=bench.now(), provider_ref="NOSUCHBATCH")
        assert bench.run(payouts.look_up(nobody, bench.context())).missing

        async def lines() -> int:
            read = payouts.statement(None, bench.now(), bench.context())
            return sum([len(page.lines) async for page in read])

        assert bench.run(lines()) > 0
        event = simulator.events.pending[-1]
        assert bench.run(payouts.verify_webhook(raw_webhook(bench, event), bench.context()))
        token = simulator.tokens.any()
        resent = requests.post(
            f"{judged.front.url}/v1/notifications/webhooks-events/{event.event_id}/resend",
            json={},
            headers={"Authorization": f"Bearer {token}"},
            timeout=20,
        )
        assert resent.status_code == requests.codes.accepted
        item = f"/v1/payments/payouts-item/{next(iter(simulator.payouts.items))}"
        shown = requests.get(
            f"{judged.front.url}{item}", headers={"Authorization": f"Bearer {token}"}, timeout=20
        )
        assert shown.ok


def orders_flow(judged: Judged) -> None:
    """Started, captured too early and in time, refunded, disputed, forgotten."""
    bench, simulator = judged.bench, paypal(judged.bench)
    with ports(judged) as (_, deposits):
        asked = DepositRequest(
            deposit_ref="DZZ00000000PRSM",
            amount=usd(25_000_000),
            employer_id=UUID(int=7),
            reference="order 7",
            return_url="https://piecerate.example/back",
        )
        start = bench.run(deposits.create(asked, bench.context()))
        asked = replace(asked, provider_ref=start.provider_ref)
        early = bench.run(deposits.capture(asked, bench.context()))
        assert early.state is ObservedDeposit.PENDING
        simulator.orders.approve(start.provider_ref)
        settled = bench.run(deposits.capture(asked, bench.context()))
        assert settled.state is ObservedDeposit.SETTLED
        refund = RefundRequest(refund_ref="RZZ00000000PRSM", deposit=asked, amount=usd(5_000_000))
        bench.run(deposits.refund(refund, bench.context()))
        simulator.orders.open_dispute(start.provider_ref)
        seen = bench.run(deposits.look_up(asked, bench.context()))
        assert seen.state is ObservedDeposit.DISPUTED and seen.refunded == usd(5_000_000)
        gone = replace(asked, provider_ref="NOSUCHORDER")
        assert bench.run(deposits.look_up(gone, bench.context())).state is ObservedDeposit.EXPIRED


@pytest.mark.parametrize("document", sorted(set(PREFIXES.values())))
def test_the_flow_keeps_to_the_document(judged: Judged, document: str) -> None:
    """No request of ours and no answer of the simulator breaks a rule of PayPal's."""
    seen = [each for each in judged.flow if each.document == document]

    assert len(seen) > 3
    assert [each for each in seen if each.violations] == []


def test_every_documented_operation_was_judged(judged: Judged) -> None:
    """What nobody called, nobody has judged."""
    known = {
        key: re.compile(re.sub(r"\{\w+\}", "[^/]+", key))
        for key, operation in OPERATIONS.items()
        if operation.document
    }
    called = {f"{each.method} {each.path}" for each in judged.flow}

    unseen = [key for key, shape in known.items() if not any(map(shape.fullmatch, called))]

    assert not unseen


def test_the_lock_pins_contents_and_names_no_source() -> None:
    """As for the other judges: what is installed is known, where from is not our business."""
    node = json.loads((FOLDER / "package-lock.json").read_text())["packages"]

    assert len(node) > 100
    for name, package in node.items():
        assert "resolved" not in package, name
        assert not name or package["integrity"].startswith("sha512-"), name


def test_a_wrong_request_and_a_wrong_answer_are_seen(judged: Judged) -> None:
    """The control: a judge that never objects proves nothing."""
    before = len(judged.front.passed)
    url = f"{judged.front.url}/v1/payments/payouts"
    requests.post(url, json={"items": [{"receiver": "x@example.com"}]}, timeout=20)
    simulator = paypal(judged.bench)
    token = {"Authorization": f"Bearer {simulator.tokens.any()}"}
    batch = next(iter(simulator.payouts.batches.values()))
    status, batch.status = batch.status, "SHIPPED"
    requests.get(f"{url}/{batch.name}", headers=token, timeout=20)
    batch.status = status

    request, answer = judged.front.passed[before:]

    assert any("request" in each for each in request.violations), request
    assert any("response" in each for each in answer.violations), answer
