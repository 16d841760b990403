"""Documents as their counterparty and finance may read them."""

from __future__ import annotations

from typing import Final

from domain.invoices.queries.documents import (
    CREDITED_MINOR,
    HAS_PDF,
    HAS_XML,
    IS_REPLACED,
    UNVERIFIED_RULES,
    rules_named,
)
from domain.invoices.rules import DocumentState, document_state
from domain.reads import Amount, Entity, Leaf, Ruled, columns


def state(is_replaced: bool, net: int, credited: int) -> DocumentState:  # noqa: FBT001  # as the row has them
    return document_state(is_replaced=is_replaced, net=net, credited=credited)


def linked(has_file: str) -> Leaf:
    """The id that stands in a file's address, once there is the file."""
    return Leaf(f"case when {has_file} then {{row}}.id end")


DOCUMENT: Final = Entity(
    name="Document",
    source="from issued_document d",
    row="d",
    visible="""
        {row}.counterparty_id = {viewer}
        or exists (select from member m where m.id = {viewer} and 'finance' = any(m.roles))
    """,
    fields={
        **columns("number", "issued_on", "created_at"),
        "kind": Leaf("{row}.document_kind"),
        "net": Amount("{row}.net_minor * {row}.minor_micros"),
        "vat": Amount("{row}.vat_minor * {row}.minor_micros"),
        "gross": Amount("{row}.gross_minor * {row}.minor_micros"),
        "credited": Amount(f"{CREDITED_MINOR} * {{row}}.minor_micros"),
        "state": Ruled(state, (IS_REPLACED, "{row}.net_minor", CREDITED_MINOR)),
        "language": Leaf("coalesce({row}.canonical_json::jsonb ->> 'language', 'en')"),
        "unverified_rules": Ruled(rules_named, (UNVERIFIED_RULES,)),
        "credits_id": Leaf("{row}.preceding_id"),
        "pdf_url": linked(HAS_PDF),
        "xml_url": linked(HAS_XML),
        "ubl_url": linked(HAS_XML),
    },
)
ENTITIES: Final = (DOCUMENT,)
