"""What is masked in a message, what is left alone, and where links lead (P3, P50)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.contacts import MASK, ContactKind, masked
from domain.links import Link, links_in

EMAIL, PHONE, HANDLE = ContactKind.EMAIL, ContactKind.PHONE, ContactKind.HANDLE


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("write to ann.b+x@example.org", {EMAIL}),
        ("ann (at) example (dot) org", {EMAIL}),
        ("ann [at] example.org", {EMAIL}),
        ("ann at example dot org", {EMAIL}),
        ("ann\uff20example.org", {EMAIL}),
        ("ann\u200b@\u200bexample.org", {EMAIL}),
        ("+49 171 1234567", {PHONE}),
        ("0049-171-123 45 67", {PHONE}),
        ("(555) 123-4567", {PHONE}),
        ("0171/1234567", {PHONE}),
        ("\uff0b49 171 1234567", {PHONE}),
        ("call me at 555 123 4567", {PHONE}),
        ("my skype is ann.works", {HANDLE}),
        ("Telegram: @ann_works", {HANDLE}),
        ("WhatsApp id = ann.works", {HANDLE}),
        ("find me as @ann_works", {HANDLE}),
        ("https://wa.me/491711234567", {HANDLE}),
        ("t.me/annworks", {HANDLE}),
        ("mailto:ann@example.org", {HANDLE, EMAIL}),
        ("ann@example.org or +491711234567", {EMAIL, PHONE}),
    ],
)
def test_contact_data_is_masked(text: str, kinds: set[ContactKind]) -> None:
    """P3: nothing of it is left, however it is spelled."""
    found = masked(f"Hello, {text} - thanks")
    assert set(found.kinds) == kinds
    assert MASK in found.text and found.text.startswith("Hello, ")
    assert "ann" not in found.text and "4567" not in found.text.replace(" ", "")


@pytest.mark.parametrize(
    "text",
    [
        "There are 1234567 pictures, done on 2026-11-22 at 15:30.",
        "Assignment asg1_Qm3vAAAAAAAAAAAAAAAAAA pays 0.05 USD.",
        "Open the Telegram app and the Facebook page, then take a picture.",
        "The result is 12.50 / 13.75, which is 91 % of 100.000.000.",
        "Look at https://example.org/0171/1234567?user=@somebody, please.",
        "Meet at noon; the dot at the end is missing.",
        "Signal and line are two words.",
    ],
)
def test_what_is_no_contact_data_is_left(text: str) -> None:
    """Work is full of numbers; masking them would make messages useless."""
    found = masked(text)
    assert (found.text, found.kinds) == (text, ())


@given(st.text(max_size=200), st.sampled_from(["a@example.org", "+49 171 1234567", "@ann_works"]))
def test_masking_twice_changes_nothing_more(text: str, contact: str) -> None:
    """Whatever stands around it, and however often a text comes back."""
    once = masked(f"{text} {contact} {text}")
    assert contact not in once.text and once.kinds
    assert masked(once.text).text == once.text


def test_links_say_where_they_lead() -> None:
    """P50: with the host, and whether it is another one than ours."""
    text = "See https://piecerate.test/a, then (http://Example.org/b?c=1). https://[broken"
    assert links_in(text, own_host="piecerate.test") == (
        Link("https://piecerate.test/a", "piecerate.test", is_external=False),
        Link("http://Example.org/b?c=1", "example.org", is_external=True),
    )
