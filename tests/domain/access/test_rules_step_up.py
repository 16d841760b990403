"""What a step-up consents to is one purpose, one amount, one payee."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from domain.access.rules import StepUpPurpose, bound_hash, token_hash
from domain.money import Money

PURPOSES = st.sampled_from(StepUpPurpose)
AMOUNTS = st.none() | st.builds(
    Money, st.integers(1, 10**15), st.sampled_from(["EUR", "USD", "JPY"])
)
CONSENTS = st.tuples(PURPOSES, AMOUNTS, st.binary(max_size=40))


@given(one=CONSENTS, other=CONSENTS)
def test_two_consents_share_a_hash_only_when_they_are_the_same(
    one: tuple[StepUpPurpose, Money | None, bytes], other: tuple[StepUpPurpose, Money | None, bytes]
) -> None:
    """A consent to 1 EUR for one destination must never pay 2 EUR, 1 USD or another destination."""
    hashes = [
        bound_hash(purpose=purpose, amount=amount, payee=payee)
        for purpose, amount, payee in (one, other)
    ]
    assert (hashes[0] == hashes[1]) == (one == other)
    assert len(hashes[0]) == 32


@given(token=st.text(max_size=100))
def test_any_text_in_the_header_can_be_looked_up(token: str) -> None:
    """Clients send anything; the lookup must not fail on it."""
    assert len(token_hash(token)) == 32
