"""Fills a database with the demo marketplace, signs its people in and tells what it did.

`python -m tests.judges.seed`, in the environment of the server that will serve it.
"""

from __future__ import annotations

import json
import sys
from functools import partial
from typing import Any

from domain.access.operations import LoggedIn, log_in
from domain.access.rules import Surface
from domain.events.queries import events_after, events_of_member
from domain.events.rules import EventPosition
from gateway.demo import LOGINS, Login, fill
from gateway.given import clock, new_id, new_token
from gateway.on_pool import modernise, run_on_pool
from gateway.passwords import Argon2PasswordHasher
from gateway.settings import Settings, read_settings, secret_key
from schema.cursors import CursorCodec
from schema.events.types import cursor_of
from schema.ids import derived_secret

EVENTS_MAX = 1_000


async def seeded(settings: Settings) -> dict[str, Any]:
    """A token by role; after which event the employer has heard of how many."""
    await modernise(settings)
    await fill(settings)
    people = {login.role: await signed_in(login) for login in LOGINS}
    (first,) = await events_after(at=EventPosition(0, 0), limit=1)
    heard = await events_of_member(
        member_id=people["employer"].member_id, at=first.position, limit=EVENTS_MAX
    )
    cursors = CursorCodec([derived_secret(secret_key(settings), "cursor")])
    return {
        "tokens": {role: person.token for role, person in people.items()},
        "after": cursor_of(first, cursors),
        "count": len(heard),
    }


async def signed_in(login: Login) -> LoggedIn:
    return await log_in(
        email=login.email,
        password=login.password,
        hasher=Argon2PasswordHasher(),
        new_token=new_token,
        new_id=new_id,
        now=clock(),
        surface=Surface.API,
    )


if __name__ == "__main__":
    settings = read_settings()
    assert settings.database_url is not None
    json.dump(run_on_pool(settings.database_url, partial(seeded, settings)), sys.stdout)
