"""Contact data, as the SDL describes it."""

from __future__ import annotations

from domain.contacts import ContactKind
from schema.enums import show_enum

show_enum(
    ContactKind,
    description="Contact data that is masked in messages and in work.",
    values={
        ContactKind.EMAIL: "An e-mail address.",
        ContactKind.PHONE: "A telephone number.",
        ContactKind.HANDLE: "A name at a messenger or a network.",
    },
)
