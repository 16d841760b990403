"""What operations need from outside, opened once per process: providers, the vault."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from gateway.given import clock
from gateway.instances import configured
from gateway.providers import Providers, open_providers
from gateway.settings import Settings, secret_key
from gateway.vault import AesVault


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    providers: Providers
    vault: AesVault


@asynccontextmanager
async def opened_parts(settings: Settings) -> AsyncIterator[Parts]:
    """Closed again at the end, whatever happened in between."""
    found = configured(settings)
    providers = await open_providers(
        allow=settings.plugins,
        instances=found.instances,
        clock=clock,
        region=settings.region,
        legal_entity=found.legal_entity,
    )
    try:
        vault = AesVault(secret_key(settings), keys_file=settings.vault_keys_file)
        yield Parts(providers=providers, vault=vault)
    finally:
        await providers.close()
