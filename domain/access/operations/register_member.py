"""A registration: hash first, then one transaction."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final
from uuid import UUID

from domain.access.operations.limits import network_digest, take, text_digest
from domain.access.provider import PasswordHasher
from domain.access.rules import (
    PASSWORD_LENGTH_MAX,
    PASSWORD_LENGTH_MIN,
    PasswordProblem,
    normal_password,
    password_problem,
    registration_limits,
)
from domain.database import execute, in_transaction, one_transaction
from domain.errors import Refused
from domain.given import NewId
from domain.members import operations as members
from domain.members.rules import email_key


class PasswordTooWeak(Refused):
    code = "PASSWORD_TOO_WEAK"
    argument = "password"

    def __init__(self, problem: PasswordProblem) -> None:
        super().__init__(
            f"the password is {problem}: take {PASSWORD_LENGTH_MIN} to {PASSWORD_LENGTH_MAX}"
            " characters that nobody else would, without your name"
        )
        self.problem = problem


async def register_member(
    *,
    name: str,
    email: str,
    country: str,
    born_on: date,
    password: str,
    hasher: PasswordHasher,
    new_id: NewId,
    now: datetime,
    network: str | None = None,
) -> UUID:
    """A new member who can log in. `network` is where the request comes from, if that counts.

    Refuses with `TooManyAttempts`, `InvalidInput`, `TooYoung`, `PasswordTooWeak` or `EmailTaken`.
    """
    password_hash = await prepare_registration(
        name=name,
        email=email,
        country=country,
        born_on=born_on,
        password=password,
        hasher=hasher,
        now=now,
        network=network,
    )
    return await _register(
        name=name,
        email=email,
        country=country,
        born_on=born_on,
        password_hash=password_hash,
        new_id=new_id,
        now=now,
    )


async def prepare_registration(
    *,
    name: str,
    email: str,
    country: str,
    born_on: date,
    password: str,
    hasher: PasswordHasher,
    now: datetime,
    network: str | None,
) -> str:
    """What must happen before the transaction of `add_registered`; answers the password's hash.

    Refuses with `TooManyAttempts`, `InvalidInput`, `TooYoung` or `PasswordTooWeak`.
    """
    assert not in_transaction()
    members.require_admissible(name=name, email=email, country=country, born_on=born_on, now=now)
    problem = password_problem(password=password, email=email, name=name)
    if problem is not None:
        raise PasswordTooWeak(problem)
    await take(
        registration_limits(account=text_digest(email_key(email)), network=network_digest(network))
    )
    return await hasher.hash(normal_password(password))


_ADD_HASH: Final = """
    insert into member_password (member_id, hash, changed_at) values ($1, $2, $3)
"""


async def add_registered(
    *,
    name: str,
    email: str,
    country: str,
    born_on: date,
    password_hash: str,
    new_id: NewId,
    now: datetime,
) -> UUID:
    """The part of a registration that belongs to the caller's transaction.

    Refuses with `InvalidInput`, `TooYoung` or `EmailTaken`.
    """
    assert in_transaction()
    member_id = await members.add_member(
        name=name, email=email, country=country, born_on=born_on, new_id=new_id, now=now
    )
    await execute(_ADD_HASH, member_id, password_hash, now)
    return member_id


_register = one_transaction(add_registered)
