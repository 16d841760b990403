"""Lists as Stripe gives them: the newest first, in pages, with filters."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from plugins.payments.stripe.simulator.asked import Asked, invalid
from plugins.payments.stripe.simulator.books import Json

LIMIT: Final = 10
LIMIT_MAX: Final = 100


def v1_page(asked: Asked, found: Iterable[Json]) -> Json:
    """`starting_after` goes on to older ones, `ending_before` back to the next newer ones."""
    rows = [each for each in found if _is_within(each["created"], asked.params.get("created"))]
    ids = [each["id"] for each in rows]
    limit = _limit(asked)
    before, after = asked.params.get("ending_before"), asked.params.get("starting_after")
    if before is not None:
        end = ids.index(before) if before in ids else 0
        first = max(end - limit, 0)
        page, has_more = rows[first:end], first > 0
    else:
        start = ids.index(after) + 1 if after in ids else 0
        page, has_more = rows[start : start + limit], len(rows) > start + limit
    return {"object": "list", "url": asked.path, "has_more": has_more, "data": page}


def v2_page(asked: Asked, found: Iterable[Json]) -> Json:
    """The next page has an address; its token says after which object it goes on."""
    rows = [each for each in found if _is_within_text(each["created"], asked.params.get("created"))]
    limit = _limit(asked)
    token = asked.params.get("page")
    ids = [each["id"] for each in rows]
    start = ids.index(token) + 1 if token in ids else 0
    page = rows[start : start + limit]
    following = None
    if len(rows) > start + limit:
        query = {"limit": limit, "page": page[-1]["id"], **_flat(asked.params)}
        following = f"{asked.path}?{urlencode(query)}"
    return {"data": page, "next_page_url": following, "previous_page_url": None}


def _flat(params: Json, prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in params.items():
        whole = f"{prefix}[{name}]" if prefix else name
        if isinstance(value, dict):
            flat |= _flat(value, whole)
        elif isinstance(value, list):
            flat |= {f"{whole}[{at}]": str(each) for at, each in enumerate(value)}
        elif whole not in ("page", "limit"):
            flat[whole] = str(value)
    return flat


def _limit(asked: Asked) -> int:
    limit = int(asked.params.get("limit", LIMIT))
    if not 1 <= limit <= LIMIT_MAX:
        raise invalid("parameter_invalid_integer", param="limit")
    return limit


def _is_within(created: int, wanted: Any) -> bool:
    if not isinstance(wanted, dict):
        return wanted is None or created == int(wanted)
    return _compares(created, {name: int(value) for name, value in wanted.items()})


def _is_within_text(created: str, wanted: Any) -> bool:
    if wanted is None:
        return True
    limits = {name: datetime.fromisoformat(value) for name, value in wanted.items()}
    return _compares(datetime.fromisoformat(created), limits)


def _compares(value: Any, limits: dict[str, Any]) -> bool:
    return (
        ("gt" not in limits or value > limits["gt"])
        and ("gte" not in limits or value >= limits["gte"])
        and ("lt" not in limits or value < limits["lt"])
        and ("lte" not in limits or value <= limits["lte"])
    )
