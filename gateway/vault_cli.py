"""`piecerate vault …`: the keys that wrap people's keys."""

from __future__ import annotations

from functools import partial

import typer

from gateway.embedded import reachable_database
from gateway.starting import started

vault = typer.Typer(help="Keys of what is sealed per person.", no_args_is_help=True)


@vault.command()
def rotate() -> None:
    """A new key in the file and a new key for every person; everything may keep running."""
    from gateway.given import clock  # noqa: PLC0415
    from gateway.on_pool import modernise, run_on_pool  # noqa: PLC0415
    from gateway.settings import secret_key  # noqa: PLC0415
    from gateway.vault import AesVault  # noqa: PLC0415
    from gateway.vault_rotation import rotate as turn  # noqa: PLC0415

    settings = started("vault")
    opened = AesVault(secret_key(settings), keys_file=settings.vault_keys_file)
    with reachable_database(settings) as dsn:
        run_on_pool(dsn, partial(modernise, settings))
        done = run_on_pool(dsn, partial(turn, opened, clock=clock))
    typer.echo(f"{done.people} people have new keys, {done.values} values are sealed anew.")
    typer.echo(f"Key {done.kek_id} in {settings.vault_keys_file} wraps them.")
    if done.retired:
        names = ", ".join(str(each) for each in done.retired)
        typer.echo(f"Of use for backups alone: {names}.")


@vault.command()
def show() -> None:
    """Which keys of the file wrap how many people's keys; never a key itself."""
    from domain.vault.queries import keys_per_kek  # noqa: PLC0415
    from gateway.on_pool import modernise, run_on_pool  # noqa: PLC0415

    settings = started("vault")
    with reachable_database(settings) as dsn:
        run_on_pool(dsn, partial(modernise, settings))
        used = run_on_pool(dsn, keys_per_kek)
    for kek_id, count in sorted(used.items()):
        name = "derived from the secret key" if kek_id == 0 else f"key {kek_id}"
        typer.echo(f"{name}: {count}")
    if not used:
        typer.echo("Nothing is sealed yet.")
