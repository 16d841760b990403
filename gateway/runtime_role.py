"""The database role of the servers: it reads and writes rows, and changes no schema (P51)."""

from __future__ import annotations

from typing import Final

from domain.database import execute, fetch_row, fetch_value, transaction
from gateway.refused import CommandRefused

# Who owns what it runs on, or may become the owner, needs no grant to change it.
_POWERS: Final = """
    select r.rolsuper or r.rolcreaterole or pg_has_role(r.oid, d.datdba, 'member') as is_mighty
    from pg_roles r cross join pg_database d
    where r.rolname = $1 and d.datname = current_database()
"""
# By default everybody may make temporary tables, and in an old database any table.
_GRANTS: Final = (
    "revoke temporary on database %1$I from public, %2$I",
    "revoke create on schema public, jobs from public, %2$I",
    "grant usage on schema public, jobs to %2$I",
    "grant select, insert, update, delete on all tables in schema public, jobs to %2$I",
    "grant usage, select on all sequences in schema public, jobs to %2$I",
    "grant execute on all functions in schema public, jobs to %2$I",
    "revoke insert, update, delete on migration from %2$I",
)


async def grant_runtime(role: str) -> None:
    """After each migration: what is new has no grants yet. The role must be there.

    Refuses with `CommandRefused` where it could change the schema all the same.
    """
    powers = await fetch_row(_POWERS, role)
    if powers is None:
        raise CommandRefused(f"There is no database role {role!r}: create it, then try again.")
    if powers["is_mighty"]:
        raise CommandRefused(
            f"The database role {role!r} may change the schema: take one that owns nothing."
        )
    async with transaction():
        for grant in _GRANTS:
            await execute(
                await fetch_value("select format($1, current_database(), $2::text)", grant, role)
            )
