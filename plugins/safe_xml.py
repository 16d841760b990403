"""Reads XML from outside: no entities, no document types, no network, bounded in size."""

from __future__ import annotations

from typing import Any, Final

from lxml import etree  # type: ignore[import-untyped]  # it ships no types

from domain.provider import FileRefused

CONTENT_BYTES_MAX: Final = 64 * 2**20
"""A bank's statement of 50,000 entries has a fifth of it, the longest sanctions list a half."""

SAFE_PARSER: Final = etree.XMLParser(
    resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, dtd_validation=False
)


def parsed(content: bytes) -> Any:
    """The root element. Raises `FileRefused`; its text quotes nothing of the file."""
    if len(content) > CONTENT_BYTES_MAX:
        raise FileRefused("the file is too large")
    try:
        root = etree.fromstring(content, SAFE_PARSER)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise FileRefused("the file is no well-formed XML") from error
    if root.getroottree().docinfo.doctype:
        raise FileRefused("the file declares a document type, which is not taken")
    return root
