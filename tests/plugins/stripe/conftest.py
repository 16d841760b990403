"""One simulated Stripe per test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.plugins.stripe.make import Stripe, simulated


@pytest.fixture
def stripe_side() -> Iterator[Stripe]:
    with simulated() as served:
        yield served
