"""What the provider knows without a chain: addresses, its set-up, prices, and bad nodes."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import msgspec
import pytest

from domain.provider import ConfigError, NoAnswer, NotSent, OutcomeUnknown, Unsupported
from plugins.payments.crypto.ethereum import load_ethereum
from plugins.payments.crypto.payouts import CryptoPayouts
from plugins.payments.crypto.prices import require_peg
from plugins.payments.crypto.rpc import Ask, Node, Nodes
from plugins.payments.crypto.settings import CryptoConfig
from plugins.sessions import Sessions
from tests.plugins.crypto.make import (
    GOOD,
    KEY,
    MIXED,
    NOW,
    SECRETS,
    destination_of,
    environment,
    simulated_config,
)

NODE = "http://127.0.0.1:9"
CONFIG = msgspec.convert(simulated_config(NODE), type=CryptoConfig)


def codes(address: str, *, chain_id: int = 31337, **changed: str) -> list[str]:
    """What a member is told about this address."""
    with environment(simulated_config(NODE)) as env, asyncio.Runner() as runner:
        provider = CryptoPayouts()
        runner.run(provider.open(env))
        destination = destination_of(address, chain_id=chain_id)
        fields = {**destination.fields, **changed}
        found = runner.run(provider.check_destination(replace(destination, fields=fields)))
    return [each.code for each in found]


def test_addresses_are_held_to_their_checksum() -> None:
    """One wrong letter pays a stranger, for ever."""
    assert codes(MIXED) == codes(GOOD) == []
    assert codes(MIXED.replace("Ae", "aE", 1)) == ["checksum"]
    assert codes(MIXED.lower()) == codes("0x" + MIXED[2:].upper()) == ["unconfirmed"]
    assert codes("") == ["missing"]
    assert codes(MIXED[2:]) == codes(MIXED + "0") == codes("0X" + MIXED[2:]) == ["not_an_address"]
    assert codes(MIXED + "\n") == ["not_an_address"]


def test_an_unconfirmed_address_is_shown_with_its_capitals() -> None:
    """The member compares it with their wallet; what they enter then is checked."""
    with environment(simulated_config(NODE)) as env, asyncio.Runner() as runner:
        provider = CryptoPayouts()
        runner.run(provider.open(env))
        (problem,) = runner.run(provider.check_destination(destination_of(MIXED.lower())))

    assert MIXED in problem.message


def test_nobody_is_paid_at_the_wrong_place() -> None:
    """Another chain, the zero address, the token itself and our own account."""
    ours = load_ethereum().key_signer(KEY).address
    token = load_ethereum().checksum(CONFIG.token)

    assert codes(MIXED, chain_id=1) == ["wrong_chain"]
    assert codes(MIXED, memo="x") == ["unknown"]
    assert codes("0x" + "0" * 40) == codes(ours) == codes(token) == ["forbidden"]


def test_the_pages_of_eip_55_agree() -> None:
    """The examples of the standard."""
    ethereum = load_ethereum()
    for address in (MIXED, GOOD, "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"):
        assert ethereum.normal_address(address) == address
        assert ethereum.normal_address(address.lower()) == address


def test_without_the_libraries_it_says_what_to_install() -> None:
    """The extra is optional: whoever does not pay in tokens does not install it."""
    code = (
        "import sys; sys.modules['eth_account'] = None\n"
        "from plugins.payments.crypto import payout_providers\n"
        "from plugins.payments.crypto.ethereum import load_ethereum\n"
        "load_ethereum()"
    )
    done = subprocess.run(  # noqa: S603  # our own words
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )

    assert "ConfigError: the extra `crypto` of piecerate is not installed" in done.stderr


def test_importing_the_plugin_loads_no_vendors_library() -> None:
    """Each process would pay for it, whether it sends tokens or not."""
    code = (
        "import sys, plugins.payments.crypto\n"
        "print([each for each in sys.modules if each.startswith(('eth_', 'web3'))])"
    )
    done = subprocess.run(  # noqa: S603  # our own words
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("changed", "secrets", "said"),
    [
        ({}, {}, "signer_key is missing"),
        ({}, {"signer_key": "0xsecret"}, "no private key"),
        ({"signer": "kms"}, SECRETS, "the signers are key"),
        ({"token": MIXED.replace("Ae", "aE", 1)}, SECRETS, "the configured token: checksum"),
        ({}, {**SECRETS, "rpc_path": "v2/x"}, "must begin with a slash"),
    ],
)
def test_a_wrong_set_up_does_not_open(
    changed: dict[str, object], secrets: dict[str, str], said: str
) -> None:
    """Quarantined with a reason that names no secret."""
    config = {**simulated_config(NODE), **changed}
    with environment(config, secrets=secrets) as env, asyncio.Runner() as runner:
        with pytest.raises(ConfigError, match=said) as refused:
            runner.run(CryptoPayouts().open(env))
        assert 'secret"' not in repr(refused.value) and "0xsecret" not in str(refused.value)
        assert refused.value.__cause__ is None or "0xsecret" not in repr(refused.value.__cause__)


def test_one_source_of_the_price_is_configured() -> None:
    """With none, nobody would notice that the token is worth nothing any more."""
    for changed in (
        {"token_price": None},
        {"price_url": "https://prices.example/usdc", "price_keys": ["usd"]},
        {"token_price": None, "price_url": "https://prices.example/usdc"},
    ):
        with pytest.raises(msgspec.ValidationError, match="price"):
            msgspec.convert({**simulated_config(NODE), **changed}, type=CryptoConfig)


def test_the_nodes_and_the_price_source_are_all_it_may_call() -> None:
    """The operator chooses them, so the configuration lists the hosts, not the manifest."""
    config = msgspec.convert(
        {
            **simulated_config("https://one.example"),
            "further_endpoints": ["https://two.example"],
            "token_price": None,
            "price_url": "https://prices.example/v1/usdc?x=1",
            "price_keys": ["usd"],
        },
        type=CryptoConfig,
    )

    assert config.hosts == {"one.example", "two.example", "prices.example"}


@pytest.mark.parametrize(
    ("usd", "is_fine"),
    [("1", True), ("0.995", True), ("0.9949", False), ("1.005", True), ("1.0051", False)],
)
def test_a_token_off_its_peg_is_not_quoted(usd: str, is_fine: bool) -> None:  # noqa: FBT001  # a table
    """Half a percent: beyond, a dollar of pay would not be a dollar."""
    price = {"usd": usd, "at": NOW.isoformat()}
    config = msgspec.convert({**simulated_config(NODE), "token_price": price}, type=CryptoConfig)
    if is_fine:
        require_peg(config=config, http=Sessions(hosts=()), now=NOW)
        return
    with pytest.raises(Unsupported, match="dollars"):
        require_peg(config=config, http=Sessions(hosts=()), now=NOW)


def test_an_old_price_is_none() -> None:
    """A number that nobody has looked at since the crash says that all is well."""
    config = msgspec.convert(
        {**simulated_config(NODE), "price_age_seconds_max": 3600}, type=CryptoConfig
    )
    require_peg(config=config, http=Sessions(hosts=()), now=NOW + timedelta(hours=1))
    with pytest.raises(Unsupported, match="too old"):
        require_peg(config=config, http=Sessions(hosts=()), now=NOW + timedelta(hours=1, seconds=1))


@contextmanager
def answering(body: Any) -> Iterator[str]:
    """A server that says the same to everybody; its address."""

    class Says(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            said = json.dumps(body).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Says)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"usd-coin": {"usd": 0.9991}}, None),
        ({"usd-coin": {"usd": "1.0001"}}, None),
        ({"usd-coin": {"usd": 0.97}}, Unsupported),
        ({"usd-coin": {"usd": "NaN"}}, NoAnswer),
        ({"usd-coin": {}}, NoAnswer),
        ({"usd-coin": None}, NoAnswer),
        ([], NoAnswer),
    ],
)
def test_a_price_may_come_over_http(body: object, error: type[Exception] | None) -> None:
    """Without a price there is no quote, whatever the source says instead."""
    with answering(body) as url:
        config = msgspec.convert(
            {
                **simulated_config(NODE),
                "token_price": None,
                "price_url": f"{url}/simple",
                "price_keys": ["usd-coin", "usd"],
            },
            type=CryptoConfig,
        )
        http = Sessions(hosts=config.hosts)
        if error is None:
            require_peg(config=config, http=http, now=NOW)
            return
        with pytest.raises(error):
            require_peg(config=config, http=http, now=NOW)


def nodes_of(*urls: str) -> Nodes:
    hosts = {url.removeprefix("http://") for url in urls}
    return Nodes(
        [Node(http=Sessions(hosts=hosts), url=url, send_url=url, batch_max=20) for url in urls],
        chain_id=31337,
    )


def test_another_node_is_asked_when_one_cannot_be_reached() -> None:
    """Nothing has left us, so nothing can be doubled; and the bytes are the same anyway."""
    with answering({"id": 0, "result": "0x7a69"}) as url:
        nodes = nodes_of(NODE, url)
        assert nodes.first().ask("eth_chainId") == "0x7a69"
        assert nodes.broadcast("0x02") == "0x7a69"
    with pytest.raises(NotSent):
        nodes_of(NODE, NODE).first()


def test_a_node_of_another_chain_is_not_believed() -> None:
    """Its receipts are about other transactions, its balances about other money."""
    with answering({"id": 0, "result": "0x1"}) as url, pytest.raises(ConfigError, match="chain 1,"):
        nodes_of(url).first()


@pytest.mark.parametrize("body", [[], {}, {"id": 0}, {"id": 0, "error": "no"}, "text", None])
def test_an_answer_that_is_no_json_rpc_says_nothing(body: object) -> None:
    """Load balancers answer 200 with whatever they like."""
    with answering(body) as url, pytest.raises(OutcomeUnknown):
        nodes_of(url).broadcast("0x02")


def test_answers_of_a_batch_are_matched_by_their_ids() -> None:
    """Nodes may answer in any order."""
    body = [{"id": 1, "result": "b"}, {"id": 0, "result": "a"}]
    with answering(body) as url:
        node = Node(
            http=Sessions(hosts={url.removeprefix("http://")}), url=url, send_url=url, batch_max=20
        )
        assert node.ask_all([Ask("x"), Ask("y")]) == ["a", "b"]
        with pytest.raises(OutcomeUnknown):
            node.ask_all([Ask("x"), Ask("y"), Ask("z")])
