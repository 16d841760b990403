"""Which media type to answer with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

GRAPHQL_RESPONSE = "application/graphql-response+json"
JSON = "application/json"
EVENT_STREAM = "text/event-stream"
PARTS = "multipart/mixed"  # an answer in parts, for `@defer`

ANSWERS = {
    GRAPHQL_RESPONSE: GRAPHQL_RESPONSE,
    JSON: JSON,
    EVENT_STREAM: EVENT_STREAM,
    PARTS: PARTS,
    "application/*": JSON,
    "*/*": JSON,
}


@lru_cache(maxsize=100)
def accepted(accept: str) -> tuple[str, ...]:
    """Our media types the client accepts, best first; a missing header accepts JSON."""
    if not accept.strip():
        return (JSON,)
    ranges = [each for each in _ranges(accept) if each[1] > 0 and each[0] in ANSWERS]
    ranges.sort(key=lambda each: -each[1])  # stable: of equals the first one wins
    return tuple(ANSWERS[media_range] for media_range, _ in ranges)


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    for part in accept.split(","):
        media_range, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip() == "q":
                try:
                    quality = float(value)
                except ValueError:
                    quality = 0.0
        yield media_range, quality


def whole(media_types: Sequence[str]) -> str:
    """The best type for an answer in one piece."""
    return next((each for each in media_types if each not in {EVENT_STREAM, PARTS}), JSON)
