"""The simulator is PayPal for all the others: it keeps PayPal's rules, and its documents' words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import paypalrestsdk  # type: ignore[import-untyped]  # it ships no types
import pytest
import requests

from plugins.conformance.bench import Bench
from plugins.payments.paypal.simulator.required import OPERATIONS, Operation, Shape
from tests.judges.prism import specs
from tests.plugins.paypal.bench import on_paypal, paypal, to, usd
from tests.plugins.paypal.server import CLIENT_ID, CLIENT_SECRET

ITEM = {"amount": {"currency": "USD", "value": "1.50"}, "receiver": "anna@example.com"}


class Client:
    """Somebody who talks to PayPal without our plugin."""

    def __init__(self, bench: Bench) -> None:
        self.url = bench.url
        self.http = requests.Session()
        self.http.trust_env = False
        token = self.http.post(
            f"{bench.url}/v1/oauth2/token",
            data="grant_type=client_credentials",
            auth=(CLIENT_ID, CLIENT_SECRET),
            timeout=10,
        ).json()["access_token"]
        self.http.headers["Authorization"] = f"Bearer {token}"

    def post(self, path: str, body: Any, *, request_id: str | None = None) -> requests.Response:
        headers = {} if request_id is None else {"PayPal-Request-Id": request_id}
        return self.http.post(f"{self.url}{path}", json=body, headers=headers, timeout=10)

    def get(self, path: str, **query: str) -> requests.Response:
        return self.http.get(f"{self.url}{path}", params=query, timeout=10)


def batch(name: str = "B1", **item: object) -> dict[str, Any]:
    header = {"sender_batch_id": name}
    return {"sender_batch_header": header, "items": [{**ITEM, "sender_item_id": "P1", **item}]}


def test_the_vendors_own_library_pays_through_it() -> None:
    """Unmodified, with its random request ids and its path that ends with a slash."""
    with on_paypal() as bench:
        api = paypalrestsdk.Api(
            mode="sandbox", endpoint=bench.url, client_id=CLIENT_ID, client_secret=CLIENT_SECRET
        )
        payout = paypalrestsdk.Payout(batch(), api=api)

        assert payout.create() is True
        assert payout.batch_header.batch_status == "PENDING"
        again = paypalrestsdk.Payout(batch(), api=api)
        assert again.create() is False and again.error["name"] == "USER_BUSINESS_ERROR"

        (effect,) = bench.simulator.effects()

    assert (effect.ref, effect.amount_micros, effect.state) == ("P1", 1_500_000, "SUCCESS")


def test_a_reference_is_good_once_in_thirty_days() -> None:
    """Then it is forgotten, and the same one pays again: that is what the window is for."""
    with on_paypal() as bench:
        client = Client(bench)
        first = client.post("/v1/payments/payouts", batch())
        refused = client.post("/v1/payments/payouts", batch())
        bench.wait(timedelta(days=30))
        later = Client(bench).post("/v1/payments/payouts", batch())

        assert (first.status_code, refused.status_code, later.status_code) == (201, 400, 201)
        (link,) = refused.json()["details"][0]["link"]
        assert link["href"].endswith(first.json()["batch_header"]["payout_batch_id"])
        assert len(bench.simulator.effects()) == 2


def test_without_a_reference_everything_is_paid_again() -> None:
    """The control: the rule above is what keeps money from moving twice."""
    with on_paypal() as bench:
        client = Client(bench)
        body = {"sender_batch_header": {}, "items": [{**ITEM, "sender_item_id": "P1"}]}
        for _ in range(2):
            assert client.post("/v1/payments/payouts", body).status_code == 201

        assert [each.ref for each in bench.simulator.effects()] == ["P1", "P1"]


def test_the_same_request_id_repeats_the_answer() -> None:
    """And only with the same body: with another one, the reference decides."""
    with on_paypal() as bench:
        client = Client(bench)
        path = "/v1/payments/payouts"
        first = client.post(path, batch(), request_id="K")
        again = client.post(path, batch(), request_id="K")
        other = client.post(path, batch(receiver="bela@example.com"), request_id="K")

        assert first.json() == again.json() and other.status_code == 400
        assert len(bench.simulator.effects()) == 1


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, {"/items", "/sender_batch_header"}),
        ({"sender_batch_header": {}, "items": [{"receiver": "a"}]}, {"/items/0/amount"}),
        (batch(sender_item_id="P" * 64), {"/items/0/sender_item_id"}),
        (batch(purpose="WAGES"), {"/items/0/purpose"}),
        (batch(amount={"value": "1"}), {"/items/0/amount/currency"}),
    ],
)
def test_a_request_that_breaks_the_documents_is_refused(body: Any, pointers: set[str]) -> None:
    """It names the place, as PayPal does."""
    with on_paypal() as bench:
        told = Client(bench).post("/v1/payments/payouts", body)

    assert told.status_code == 400
    assert {each["field"] for each in told.json()["details"]} == pointers


@pytest.mark.parametrize("value", ["1.505", "one", "-1"])
def test_an_amount_that_does_not_fit_is_refused(value: str) -> None:
    """PayPal rounds nothing."""
    with on_paypal() as bench:
        told = Client(bench).post(
            "/v1/payments/payouts", batch(amount={"currency": "USD", "value": value})
        )

        assert told.status_code == 400 and bench.simulator.effects() == []


def test_a_token_is_needed_and_runs_out() -> None:
    """After nine hours, by the simulator's clock."""
    with on_paypal() as bench:
        assert requests.get(f"{bench.url}/v1/reporting/balances", timeout=10).status_code == 401
        client = Client(bench)
        assert client.get("/v1/reporting/balances").ok
        bench.wait(timedelta(hours=9))
        assert client.get("/v1/reporting/balances").status_code == 401

        paypal(bench).tokens.credentials = ("somebody", "else")
        refused = requests.post(
            f"{bench.url}/v1/oauth2/token",
            data="grant_type=client_credentials",
            auth=(CLIENT_ID, CLIENT_SECRET),
            timeout=10,
        )
        assert refused.status_code == 401


def test_items_are_told_page_by_page() -> None:
    """As many as were asked for, with how many there are."""
    with on_paypal() as bench:
        opened = bench.open()
        sent = bench.send(opened, bench.batch(count=5))
        path = f"/v1/payments/payouts/{sent.provider_ref}"
        pages = [
            Client(bench).get(path, page=str(page), page_size="2", total_required="true").json()
            for page in (1, 2, 3)
        ]

    assert [len(page["items"]) for page in pages] == [2, 2, 1]
    assert {(page["total_items"], page["total_pages"]) for page in pages} == {(5, 3)}


def test_a_script_decides_over_the_name() -> None:
    """Before the work is done, and after it."""
    with on_paypal() as bench:
        simulator, opened = paypal(bench), bench.open()
        first, second = bench.batch(), to(bench.batch(), "unclaimed")
        simulator.decide(first.items[0].item_ref, "BLOCKED")
        bench.send(opened, first)
        bench.send(opened, second)
        simulator.decide(second.items[0].item_ref, "REFUNDED")

        states = [each.state for each in simulator.effects()]

    assert states == ["BLOCKED", "REFUNDED"]


def test_money_leaves_the_balance_and_comes_back() -> None:
    """With the fee, which does not come back."""
    with on_paypal() as bench:
        simulator, opened = paypal(bench), bench.open()
        before = simulator.balances["USD"]
        payment = to(bench.batch(amounts=[usd(7_000_000)]), "unclaimed")
        bench.send(opened, payment)
        during = simulator.balances["USD"]
        simulator.decide(payment.items[0].item_ref, "RETURNED")

        assert (before - during, before - simulator.balances["USD"]) == (7_140_000, 140_000)


def test_the_report_is_three_hours_behind() -> None:
    """What happened just now is not in it, and the answer says so."""
    with on_paypal() as bench:
        bench.send(bench.open(), bench.batch())
        query = {"start_date": "2026-03-28T00:00:00Z", "end_date": "2026-03-30T00:00:00Z"}
        early = Client(bench).get("/v1/reporting/transactions", **query).json()
        bench.wait(timedelta(hours=3))
        late = Client(bench).get("/v1/reporting/transactions", **query).json()
        wide = {**query, "end_date": "2026-05-30T00:00:00Z"}

        assert early["total_items"] == 0 and late["total_items"] == 1
        assert early["last_refreshed_datetime"] == "2026-03-28T21:59:59Z"
        assert Client(bench).get("/v1/reporting/transactions", **wide).status_code == 400


def test_an_event_can_be_sent_again() -> None:
    """The same event, byte for byte."""
    with on_paypal() as bench:
        bench.send(bench.open(), bench.batch())
        first = bench.simulator.events.take()[-1]
        path = f"/v1/notifications/webhooks-events/{first.event_id}/resend"
        assert Client(bench).post(path, {}).status_code == 202

        (again,) = bench.simulator.events.take()

    assert (again.event_id, again.body) == (first.event_id, first.body)


def test_every_movement_has_its_news() -> None:
    """The batch's, and one per item."""
    with on_paypal() as bench:
        bench.send(bench.open(), to(bench.batch(count=3), "unclaimed", "failed"))
        kinds = [json.loads(each.body)["event_type"] for each in bench.simulator.events.take()]

    assert kinds == [
        "PAYMENT.PAYOUTSBATCH.PROCESSING",
        "PAYMENT.PAYOUTS-ITEM.UNCLAIMED",
        "PAYMENT.PAYOUTS-ITEM.FAILED",
        "PAYMENT.PAYOUTS-ITEM.SUCCEEDED",
        "PAYMENT.PAYOUTSBATCH.SUCCESS",
    ]


# -- the table and PayPal's documents --------------------------------------------


@pytest.mark.parametrize(
    "key", [key for key, operation in OPERATIONS.items() if operation.document]
)
def test_the_table_says_what_the_document_says(key: str) -> None:
    """Required fields, lengths and words; skipped where the documents are not at hand."""
    operation = OPERATIONS[key]
    document = json.loads((specs("paypal") / operation.document).read_text())

    request, answer = _schemas(document, key, operation)

    assert list(_differences(document, request, operation.request)) == []
    assert list(_differences(document, answer, operation.answer)) == []


def test_the_folder_of_documents_can_be_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """And a folder without them skips with a reason."""
    monkeypatch.setenv("PIECERATE_SPECS", str(tmp_path))
    monkeypatch.delenv("PIECERATE_TEST_JUDGES", raising=False)
    with pytest.raises(pytest.skip.Exception, match="PIECERATE_SPECS"):
        specs("paypal")
    (tmp_path / "paypal").mkdir()

    assert specs("paypal") == tmp_path / "paypal"


def _schemas(document: Any, key: str, operation: Operation) -> tuple[Any, Any]:
    method, _, path = key.partition(" ")
    described = document["paths"][path][method.lower()]
    body = described.get("requestBody", {}).get("content", {}).get("application/json", {})
    answer = described["responses"][str(operation.status)]["content"]["application/json"]
    return body.get("schema", {}), answer["schema"]


def _differences(document: Any, schema: Any, shape: Shape) -> Iterator[str]:
    for place, names in shape.required.items():
        said = {
            name for each in _parts(document, schema, place) for name in each.get("required", ())
        }
        if said != names:
            yield f"{place!r}: {sorted(said)} instead of {sorted(names)}"
    for place, length in shape.max_length.items():
        if {each.get("maxLength") for each in _parts(document, schema, place)} - {None} != {length}:
            yield f"{place!r}: another length than {length}"
    for place, words in shape.words.items():
        said = {word for each in _parts(document, schema, place) for word in each.get("enum", ())}
        if said != words:
            yield f"{place!r}: {sorted(said)} instead of {sorted(words)}"


def _parts(document: Any, schema: Any, place: str) -> list[Mapping[str, Any]]:
    """The schema at that place, taken apart into all that must hold at once."""
    found = _flat(document, schema)
    for step in place.split(".") if place else ():
        name = step.removesuffix("[]")
        inner = [each["properties"][name] for each in found if name in each.get("properties", {})]
        assert inner, f"the document has no {place}"
        found = [part for each in inner for part in _flat(document, each)]
        if step.endswith("[]"):
            found = [
                part for each in found if "items" in each for part in _flat(document, each["items"])
            ]
    return found


def _flat(document: Any, schema: Any) -> list[Mapping[str, Any]]:
    parts = [schema]
    if "$ref" in schema:
        named = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        parts += _flat(document, named)
    for each in schema.get("allOf", ()):
        parts += _flat(document, each)
    return parts
