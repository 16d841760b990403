"""Trusted documents: operation texts known by the hash of their text."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from enum import Enum
from typing import Any

from gateway.graphql.refusals import RequestRefused


class Mode(Enum):
    OFF = "off"  # ids are unknown to this deployment
    PREFER = "prefer"  # ids work, free texts too
    ONLY = "only"  # a text must be in the manifest


class TrustedDocuments:
    def __init__(self, texts: Mapping[str, str], mode: Mode) -> None:
        """`texts` is the manifest of the code generator: `{"sha256:<hex>": "query ..."}`."""
        for document_id, text in texts.items():
            assert document_id == document_id_of(text), document_id
        self._texts = texts
        self._mode = mode

    def text(self, params: Mapping[str, Any]) -> str | None:
        """The text to run. Raises `RequestRefused`."""
        text, document_id = params.get("query") or None, self._requested_id(params)
        if document_id and self._mode is not Mode.OFF:
            if text is not None and document_id != document_id_of(text):
                raise RequestRefused("DOCUMENT_MISMATCH", "The id is not the hash of the text.")
            text = text or self._texts.get(document_id)
            if text is None and "documentId" in params:
                raise _no("DOCUMENT_NOT_FOUND", "No trusted document has this id.")
            if text is None:  # the words and the code that Apollo clients look for
                raise _no("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")
        if self._mode is Mode.ONLY and text is not None and document_id_of(text) not in self._texts:
            raise _no("DOCUMENT_NOT_TRUSTED", "Only trusted documents run here.")
        return text

    def _requested_id(self, params: Mapping[str, Any]) -> str | None:
        if "documentId" in params:
            return str(params["documentId"])
        persisted = (params.get("extensions") or {}).get("persistedQuery")
        return f"sha256:{persisted.get('sha256Hash')}" if isinstance(persisted, dict) else None


def document_id_of(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _no(code: str, message: str) -> RequestRefused:
    return RequestRefused(code, message, well_formed=True)
