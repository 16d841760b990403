"""The parameters of a GraphQL request, however it came."""

from __future__ import annotations

from typing import Any, Final

from gateway.graphql.refusals import RequestRefused

KINDS: Final[tuple[tuple[str, type], ...]] = (
    ("query", str),
    ("documentId", str),
    ("operationName", str),
    ("variables", dict),
    ("extensions", dict),
)
TEXT_LENGTH_MAX: Final = 100_000  # lexing blocks everybody: 900 kB would take over half a second


def require_params(params: Any) -> dict[str, Any]:
    """One object whose known members have the right types. Raises `RequestRefused`."""
    if not isinstance(params, dict):
        raise RequestRefused("INVALID_REQUEST", "Send one JSON object; batches are not served.")
    for name, kind in KINDS:
        if not isinstance(params.get(name), (kind, type(None))):
            raise RequestRefused("INVALID_REQUEST", f"`{name}` has the wrong type.")
    return params


def require_short(text: str | None) -> None:
    if text is not None and len(text) > TEXT_LENGTH_MAX:
        message = f"A document has at most {TEXT_LENGTH_MAX:,} characters; use variables."
        raise RequestRefused("DOCUMENT_TOO_LARGE", message, well_formed=True)
