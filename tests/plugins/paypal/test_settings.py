"""What an account is told, which currencies it pays in, and where it may be sent."""

from __future__ import annotations

import subprocess
import sys
from datetime import date

import msgspec
import pytest

from domain.money import EXPONENTS, Money, NotRepresentable
from domain.provider import OutcomeUnknown
from plugins.manager import BUILT_IN, load_plugins
from plugins.payments.paypal.currencies import CURRENCIES, ROWS, money_of, value_text
from plugins.payments.paypal.settings import HOSTS, LIVE, PayPalConfig

NO_DECIMALS = {"HUF", "JPY", "TWD"}


def test_the_plugin_offers_both_ports() -> None:
    """By the allow-list, like any other."""
    assert BUILT_IN["paypal"] == "plugins.payments.paypal"

    offers = load_plugins(["paypal"])

    assert offers.payouts.keys() == offers.deposits.keys() == {"paypal"}


def test_the_vendors_library_is_imported_when_an_account_opens() -> None:
    """A house that only allows the plugin must not pay for it, nor trust it."""
    code = "import sys, plugins.payments.paypal; sys.exit('paypalrestsdk' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], check=False, timeout=50)  # noqa: S603  # our own words

    assert done.returncode == 0


@pytest.mark.parametrize(
    "config",
    [
        {"endpoint": "https://api-m.paypal.com/"},
        {"endpoint": "http://api-m.paypal.com"},
        {"endpoint": "http://localhost:8000"},
        {"batch_max": 0},
        {"batch_max": 15_001},
        {"webhook_ids": ["one", "two", "three"]},
        {"fee_basis_points": -1},
        {"client_secret": "in the wrong place"},
    ],
)
def test_a_wrong_setting_is_refused(config: dict[str, object]) -> None:
    """Also an unknown one: it may be a misspelt limit, or a secret."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(config, type=PayPalConfig)


def test_currencies_are_dated_rows() -> None:
    """Each says where it was read and when; three have no decimals for PayPal."""
    assert len(ROWS) == len(CURRENCIES) == 23
    for row in ROWS:
        assert row.source.startswith("developer.paypal.com/")
        assert row.verified_on is not None and row.verified_on <= date(2026, 11, 22)
        assert row.exponent == (0 if row.code in NO_DECIMALS else 2)
    assert CURRENCIES["USD"].maximum == Money(20_000_000_000, "USD")
    assert EXPONENTS.keys() - CURRENCIES.keys() == {"INR", "KWD"}


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(10_000, "USD"), "0.01"),
        (Money(1_000_000, "USD"), "1.00"),
        (Money(123_456_780_000, "EUR"), "123456.78"),
        (Money(1_000_000, "JPY"), "1"),
        (Money(90_000_000, "TWD"), "90"),
    ],
)
def test_amounts_go_there_and_back(money: Money, text: str) -> None:
    """Exactly, in both of PayPal's spellings."""
    assert value_text(money) == text
    assert money_of({"currency": money.currency, "value": text}) == money
    assert money_of({"currency_code": money.currency, "value": text}) == money


def test_an_amount_is_never_rounded() -> None:
    """Half a yen is no yen."""
    for money in (Money(500_000, "JPY"), Money(5_000, "USD"), Money(100_000, "HUF")):
        with pytest.raises(NotRepresentable):
            value_text(money)


@pytest.mark.parametrize(
    "said",
    [
        None,
        [],
        "1.00",
        {},
        {"value": "1.00"},
        {"currency": "USD"},
        {"currency": "USD", "value": None},
        {"currency": "USD", "value": "1,00"},
        {"currency": "USD", "value": "NaN"},
        {"currency": "USD", "value": "Infinity"},
        {"currency": "USD", "value": "0.0000001"},
        {"currency": "usd", "value": "1.00"},
    ],
)
def test_an_amount_that_cannot_be_read_is_no_amount(said: object) -> None:
    """Above all not zero."""
    with pytest.raises(OutcomeUnknown):
        money_of(said)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.paypal.com/checkoutnow?token=5O1", True),
        ("https://paypal.com/checkoutnow", True),
        ("http://www.paypal.com/checkoutnow", False),
        ("https://www.paypal.com.evil.io/checkoutnow", False),
        ("https://evil.io/www.paypal.com", False),
        ("https://www.paypal.com@evil.io/", False),
        ("https://notpaypal.com/", False),
        ("javascript:alert(1)", False),
    ],
)
def test_an_employer_is_sent_to_paypal_only(*, url: str, expected: bool) -> None:
    """The link comes in an answer; the person who follows it types a password there."""
    assert PayPalConfig(endpoint=LIVE).may_show(url) is expected


def test_a_link_leads_to_paypals_interface_or_nowhere() -> None:
    """PayPal's answers may still name the host of years ago; only the path of it is used."""
    config, simulated = PayPalConfig(endpoint=LIVE), PayPalConfig(endpoint="http://127.0.0.1:9")

    for host in HOSTS:
        assert config.is_own(f"https://{host}/v1/payments/payouts/B1")
        assert not simulated.is_own(f"https://{host}/v1/payments/payouts/B1")
        for wrong in (f"http://{host}", f"https://{host}:8443", f"https://{host}.evil.io"):
            assert not config.is_own(f"{wrong}/v1/payments/payouts/B1")
        assert not config.is_own(f"https://{host}@evil.io/v1/payments/payouts/B1")
    assert simulated.is_own("http://127.0.0.1:9/v1/payments/payouts/B1")
    assert not simulated.is_own("http://127.0.0.1:99/v1/payments/payouts/B1")
