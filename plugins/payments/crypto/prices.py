"""Whether the token is still worth a dollar, by the operator's number or their source."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import requests

from domain.money import WHOLE_BASIS_POINTS
from domain.provider import HttpFactory, NoAnswer, Unsupported
from plugins.http import raise_for_answer
from plugins.payments.crypto.settings import CryptoConfig


def require_peg(*, config: CryptoConfig, http: HttpFactory, now: datetime) -> Decimal:
    """Raises `Unsupported` where the token has lost its peg or nobody has looked lately."""
    price = _configured(config, now) if config.price_url is None else _read(config, http)
    limit = Decimal(config.depeg_basis_points) / WHOLE_BASIS_POINTS
    if abs(price - 1) > limit:
        raise Unsupported(f"the token is at {price} dollars", code="depegged")
    return price


def is_stale(at: datetime, *, config: CryptoConfig, now: datetime) -> bool:
    return now - at > timedelta(seconds=config.price_age_seconds_max)


def _configured(config: CryptoConfig, now: datetime) -> Decimal:
    price = config.token_price
    assert price is not None  # by the configuration's own check
    if is_stale(price.at, config=config, now=now):
        raise Unsupported("token_price is too old to go by", code="price_stale")
    return Decimal(price.usd)


def _read(config: CryptoConfig, http: HttpFactory) -> Decimal:
    """Raises `NoAnswer`: without a price there is no quote."""
    try:
        response = http.new().get(config.price_url)
    except requests.RequestException as error:
        raise NoAnswer(type(error).__name__) from error
    raise_for_answer(response)
    try:
        found: Any = json.loads(response.text, parse_float=Decimal)
        for key in config.price_keys:
            found = found[key]
        price = Decimal(found)
    except (ValueError, LookupError, TypeError, InvalidOperation) as error:
        raise NoAnswer("a price source without a price") from error
    if not price.is_finite():
        raise NoAnswer("a price source without a price")
    return price
