"""What a payout may become, whatever a provider says, in whatever order and however often."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import Money
from domain.payouts.provider import ObservedState
from domain.payouts.rules import (
    CANCELLABLE,
    CREDITED,
    MOVES,
    NOT_EXECUTED,
    OPEN,
    OPEN_AT_PROVIDER,
    AttemptState,
    PayoutState,
    amount_problem,
    conflict,
    delay_of,
    destination_content,
    items_digest,
    join,
    masked,
    may_move,
    merged,
    missing_counts_from,
    payout_state,
    window_is_open,
)
from domain.provider import CurrencyLimits
from plugins.payments.sandbox.payouts import SandboxPayouts

JOINED = sorted(set(AttemptState) - NOT_EXECUTED)
TOLD = [AttemptState(state.value) for state in ObservedState]
LIMITS = CurrencyLimits(
    minimum=Money(1_000_000, "EUR"), maximum=Money(9_000_000, "EUR"), exponent=2
)
NOW = datetime(2026, 3, 29, 0, 59, tzinfo=UTC)


def test_join_does_not_depend_on_order() -> None:
    """Webhooks and look-ups race; both orders must end in the same state."""
    for first, second in product(JOINED, JOINED):
        assert join(first, second) is join(second, first)


def test_join_does_not_depend_on_grouping() -> None:
    """Three observations end in one state, however they arrive."""
    for first, second, third in product(JOINED, JOINED, JOINED):
        assert join(join(first, second), third) is join(first, join(second, third))


def test_join_of_the_same_is_no_news() -> None:
    """Providers repeat themselves."""
    for state in JOINED:
        assert join(state, state) is state


@given(st.lists(st.sampled_from(TOLD), min_size=1, max_size=4))
def test_all_orders_of_any_observations_agree(told: list[AttemptState]) -> None:
    """What finally holds is a matter of what was said, not of when."""
    ends = set()
    for order in permutations(told):
        state = AttemptState.SENDING
        for each in order:
            state = join(state, each)
        ends.add(state)

    assert len(ends) == 1


def test_paid_and_failed_is_returned() -> None:
    """Some providers first say paid and then failed: the money came back."""
    assert join(AttemptState.PAID, AttemptState.FAILED) is AttemptState.RETURNED


def test_every_joined_state_is_a_legal_move_of_the_payout() -> None:
    """A provider's word can never lead to a move that the machine does not list."""
    for current in [AttemptState.SENDING, AttemptState.UNKNOWN, *TOLD]:
        for observed in ObservedState:
            after = merged(current=current, observed=observed)

            assert may_move(source=payout_state(current), target=payout_state(after))


def test_a_look_up_moves_open_states_in_any_direction() -> None:
    """It reads the present: what was unclaimed may be pending again."""
    for current in OPEN_AT_PROVIDER:
        assert merged(current=current, observed=ObservedState.PENDING) is AttemptState.PENDING


def test_nothing_known_becomes_unknown_or_open_again() -> None:
    """An old answer that arrives late changes nothing."""
    for current in (AttemptState.PAID, AttemptState.FAILED, AttemptState.RETURNED):
        assert merged(current=current, observed=ObservedState.PENDING) is current


def test_unknown_ends_by_knowledge_or_by_sending_the_same_again() -> None:
    """It is never cancelled by us, never held, never approved anew."""
    assert MOVES[PayoutState.UNKNOWN].isdisjoint(
        {PayoutState.APPROVED, PayoutState.HELD, PayoutState.SENDING, PayoutState.REQUESTED}
    )


def test_credited_money_never_moves_again() -> None:
    """From a state in which the money is back there is no way to one in which it is not."""
    for state in CREDITED:
        assert MOVES[state] <= CREDITED


def test_every_state_is_open_paid_or_credited() -> None:
    """The audit sums the open ones: none may be forgotten, none counted twice."""
    assert OPEN | CREDITED | {PayoutState.PAID} == set(PayoutState)
    assert not OPEN & CREDITED
    assert CANCELLABLE <= OPEN


@pytest.mark.parametrize(
    ("current", "observed", "expected"),
    [
        (AttemptState.PAID, ObservedState.RETURNED, False),
        (AttemptState.PAID, ObservedState.FAILED, True),
        (AttemptState.PAID, ObservedState.CANCELLED, True),
        (AttemptState.PAID, ObservedState.PAID, False),
        (AttemptState.PAID, ObservedState.PENDING, False),
        (AttemptState.FAILED, ObservedState.PAID, True),
        (AttemptState.PENDING, ObservedState.FAILED, False),
    ],
)
def test_only_what_the_manifest_lists_may_follow_paid(
    current: AttemptState, observed: ObservedState, *, expected: bool
) -> None:
    """Where this provider's payments are final, a later failure is for people to look at."""
    after_paid = frozenset({ObservedState.RETURNED})

    assert conflict(current=current, observed=observed, after_paid=after_paid) is expected


@pytest.mark.parametrize(
    ("micros", "payable", "too_low", "too_high"),
    [
        (1_000_000, None, None, None),
        (9_000_000, None, None, None),
        (5_004_999, 5_000_000, None, None),
        (990_000, None, 1_000_000, None),
        (9_010_000, None, None, 9_000_000),
    ],
)
def test_an_amount_must_fit_the_provider(
    micros: int, payable: int | None, too_low: int | None, too_high: int | None
) -> None:
    """The refusal names the amount that would do."""
    problem = amount_problem(amount=Money(micros, "EUR"), limits=LIMITS)

    found = (None, None, None)
    if problem is not None:
        found = tuple(  # type: ignore[assignment]  # three of them
            None if each is None else each.micros
            for each in (problem.payable, problem.too_low, problem.too_high)
        )
    assert found == (payable, too_low, too_high)


def test_the_last_delay_repeats() -> None:
    """A schedule never runs out while something is open."""
    delays = (timedelta(1), timedelta(2))

    assert [delay_of(count=count, delays=delays) for count in range(4)] == [
        timedelta(1),
        timedelta(2),
        timedelta(2),
        timedelta(2),
    ]


def test_missing_counts_only_after_deadline_and_settling() -> None:
    """Before that the provider may still be writing it down."""
    manifest = SandboxPayouts.manifest

    assert missing_counts_from(last_sent_at=NOW, manifest=manifest) == NOW + timedelta(seconds=7)
    assert window_is_open(first_sent_at=NOW, now=NOW + timedelta(days=999), manifest=manifest)


def test_the_digest_notices_any_change() -> None:
    """A batch that pays somebody else is another batch."""
    item = ("P1", Money(1, "EUR"), b"a")
    other = ("P2", Money(2, "EUR"), b"b")

    assert items_digest([item, other]) == items_digest([other, item])
    changed = [("P3", *item[1:]), ("P1", Money(2, "EUR"), b"a"), ("P1", Money(1, "EUR"), b"c")]
    assert len({items_digest([each]) for each in [item, *changed]}) == 4


def test_the_order_of_fields_does_not_matter() -> None:
    """The same destination has one fingerprint."""
    given_ = {"a": "1", "b": "2"}
    turned = {"b": "2", "a": "1"}

    same = [
        destination_content(kind="k", country="DE", currency="EUR", fields=fields)
        for fields in (given_, turned)
    ]

    assert same[0] == same[1]
    assert same[0] != destination_content(kind="k", country="FR", currency="EUR", fields=given_)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("wanda@example.org", "w…@example.org"),
        ("DE02120300000000202051", "…2051"),
        ("12345678", "…"),
        ("", "…"),
    ],
)
def test_a_label_shows_only_the_end(value: str, shown: str) -> None:
    """A short value is not shown at all: its last four would be half of it."""
    assert masked(value) == shown
