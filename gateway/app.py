"""Start-up of the web process: settings, pool, services, routes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from litestar import Litestar, get
from litestar.datastructures import State
from litestar.types import ControllerRouterHandler

from domain.database import close_pool, open_pool
from gateway import ide
from gateway.documents import document_pdf
from gateway.given import clock, new_id, new_token
from gateway.graphql.endpoint import GraphQLEndpoint, failed
from gateway.health import healthz, readyz
from gateway.parts import Parts, opened_parts
from gateway.passwords import Argon2PasswordHasher
from gateway.settings import Settings, read_settings, secret_key
from schema import sdl
from schema.context import Services
from schema.cursors import CursorCodec
from schema.ids import IdCodec, derived_secret


def create_app(settings: Settings | None = None, *, services: Services | None = None) -> Litestar:
    """The whole web process. Tests bring their own services and an open pool."""
    settings = settings or read_settings()
    handlers: list[ControllerRouterHandler] = [
        GraphQLEndpoint,
        healthz,
        readyz,
        schema_file,
        document_pdf,
    ]
    if not settings.is_production:
        handlers += [ide.graphiql, ide.asset]
    return Litestar(
        route_handlers=handlers,
        lifespan=[] if services else [opened(settings)],
        state=State({"services": services}),
        exception_handlers={Exception: failed},
        openapi_config=None,
        logging_config=None,  # `gateway.logs` has done it
        debug=False,
    )


def opened(settings: Settings) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    """Pool and providers, open while the process serves."""
    assert settings.database_url, "`piecerate` starts a database and says where"
    dsn = settings.database_url

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        await open_pool(dsn, application_name="piecerate-web")
        try:
            async with opened_parts(settings) as parts:
                app.state.services = services_of(settings, parts)
                yield
        finally:
            await close_pool()

    return lifespan


def services_of(settings: Settings, parts: Parts) -> Services:
    secret = secret_key(settings)
    return Services(
        ids=IdCodec(secret),
        cursors=CursorCodec([derived_secret(secret, "cursor")]),
        clock=clock,
        new_id=new_id,
        new_token=new_token,
        hasher=Argon2PasswordHasher(),
        payouts=parts.providers.payouts,
        deposits=parts.providers.deposits,
        vault=parts.vault,
        url=settings.url,
    )


@get(
    "/schema.graphql",
    media_type="text/plain; charset=utf-8",
    include_in_schema=False,
    sync_to_thread=True,
)
def schema_file() -> str:
    """The same text as the committed `schema.graphql`."""
    return sdl()
