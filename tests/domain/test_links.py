"""Where addresses lead, however they are written (P50)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.links import host_of, is_web_address, plain_host


@pytest.mark.parametrize(
    "url",
    [
        "https://b\u00fccher.example/",
        "HTTPS://B\u00dcCHER.EXAMPLE",
        "https://xn--bcher-kva.example./",
        "https://someone:secret@xn--bcher-kva.example:8443/x",
        "https://b\u00fc\u00adcher\u3002example",
        "https://b%C3%BCcher.example",
        "https://\uff42u\u0308cher\uff0eexample",
        "https:\\\\b\u00fccher.example\\@good.example",
    ],
)
def test_one_host_has_one_spelling(url: str) -> None:
    """P50: another script, case, port, point at the end or name before it changes nothing."""
    assert host_of(url) == "xn--bcher-kva.example"


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "ftp://example.org",
        "//example.org",
        "https://",
        "https://[::1",
        "https://exa mple.org",
        "https://example.org/\u202e",
        "https:\\\\example.org",
        f"https://example.org/{'x' * 2_000}",
    ],
)
def test_what_no_browser_should_open_is_no_address(url: str) -> None:
    """An address that is shown and followed is plain, and of the web."""
    assert is_web_address("https://example.org/?a=b#c")
    assert not is_web_address(url)


@given(st.text(max_size=60))
def test_the_plain_spelling_is_final(host: str) -> None:
    """Whatever is said for a host: no error, ASCII, and the same when it is read again."""
    plain = plain_host(host)
    assert plain.isascii()
    if "%" not in plain:
        assert plain_host(plain) == plain
