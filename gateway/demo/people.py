"""Who lives in the demo marketplace. Some of them tell their password to everybody."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from domain.access import operations as access
from domain.access import queries as logins
from domain.access.provider import PasswordHasher
from domain.members.operations import grant_role
from domain.members.rules import Role, email_key
from domain.referrals import operations as referrals
from gateway.given import clock, new_id, new_token

BORN_ON: Final = date(1990, 5, 17)
PASSWORD: Final = "quiet-harbour-lantern"  # noqa: S105  # a demo's, told to everybody


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    role: str
    name: str
    email: str
    password: str = field(repr=False)
    country: str = "DE"


NEWCOMER: Final = Login(
    role="newcomer",
    name="Kito Mwangi",
    email="newcomer@demo.example",
    password=PASSWORD,
    country="KE",
)
LOGINS: Final = (
    Login(role="employer", name="Erin Hale", email="employer@demo.example", password=PASSWORD),
    Login(
        role="worker",
        name="Wim Moreau",
        email="worker@demo.example",
        password=PASSWORD,
        country="PH",
    ),
    Login(role="finance", name="Fay Okafor", email="finance@demo.example", password=PASSWORD),
    NEWCOMER,
)
CROWD: Final = ("Amina Diallo", "Bao Nguyen", "Carmen Ruiz", "Deniz Kaya")


async def register_everybody(hasher: PasswordHasher) -> dict[str, UUID]:
    """By e-mail name before the @; the crowd was brought by the demo worker."""
    people: dict[str, UUID] = {}
    for login in LOGINS:
        people[login.role] = await _register(login, hasher, code=None)
    second = Login(  # nobody signs in as them
        role="second", name="Gil Sato", email="second@demo.example", password=new_token()
    )
    people[second.role] = await _register(second, hasher, code=None)
    for role in ("finance", "second"):
        await _grant_finance(people[role])
    code = await referrals.open_link(member_id=people["worker"], new_token=new_token, now=clock())
    for number, name in enumerate(CROWD, start=1):
        member = Login(
            role=f"crowd{number}",
            name=name,
            email=f"crowd{number}@demo.example",
            password=new_token(),  # nobody signs in as them
            country="PH",
        )
        people[member.role] = await _register(member, hasher, code=code)
    return people


async def _register(login: Login, hasher: PasswordHasher, *, code: str | None) -> UUID:
    known = await logins.credentials_of(email_key=email_key(login.email))
    if known is not None:
        return known.member_id
    if code is None:
        return await access.register_member(
            name=login.name,
            email=login.email,
            country=login.country,
            born_on=BORN_ON,
            password=login.password,
            hasher=hasher,
            new_id=new_id,
            now=clock(),
        )
    return await referrals.register_referred_member(
        code=code,
        name=login.name,
        email=login.email,
        country=login.country,
        born_on=BORN_ON,
        password=login.password,
        hasher=hasher,
        new_id=new_id,
        now=clock(),
    )


async def _grant_finance(member_id: UUID) -> None:
    await grant_role(member_id=member_id, role=Role.FINANCE, now=clock())
