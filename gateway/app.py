"""Start-up of the web process: settings, pool, services, routes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from litestar import Litestar, get
from litestar.datastructures import State
from litestar.plugins import PluginProtocol
from litestar.plugins.core import MsgspecDIPlugin
from litestar.types import ControllerRouterHandler

from domain.database import close_pool, open_pool
from gateway.batch_files import payout_file, payout_files
from gateway.budget import Budgets, kept
from gateway.documents import document_download
from gateway.files import file_get, file_put
from gateway.finance.checks import Checks
from gateway.front import Front
from gateway.given import clock, new_id, new_token
from gateway.graphql.answers import failed
from gateway.graphql.documents import TrustedDocuments
from gateway.graphql.door import Door
from gateway.graphql.endpoint import endpoint_with
from gateway.health import healthz, readyz
from gateway.hooks import provider_hook
from gateway.kept_files import file_store_of
from gateway.live.feed import EventFeed, opened_feed
from gateway.metrics import metrics
from gateway.papers import fonts_of
from gateway.parts import Parts, opened_parts
from gateway.passwords import Argon2PasswordHasher
from gateway.provider_news import News
from gateway.provider_reports import Reports
from gateway.receipts import data_export, erasure_receipt
from gateway.settings import DocumentMode, Settings, read_settings, secret_key
from gateway.signing import Ed25519Signer, public_keys
from gateway.uploads import uploaded_file
from gateway.viewers import Viewers
from schema import sdl
from schema.context import Services
from schema.cursors import CursorCodec
from schema.ids import IdCodec, derived_secret
from schema.links import LinkSigner


class Application(Litestar):
    """Without the framework's plugins for pydantic and attrs: it loads both wherever they are
    installed, 8 MiB in each worker, and nothing of ours is made of them.
    """

    @staticmethod
    def _get_default_plugins(plugins: list[PluginProtocol]) -> list[PluginProtocol]:
        return [*plugins, MsgspecDIPlugin()]


def create_app(settings: Settings | None = None, *, services: Services | None = None) -> Litestar:
    """The whole web process. Tests bring their own services and an open pool."""
    settings = settings or read_settings()
    documents = TrustedDocuments(settings.documents, clock=services.clock if services else clock)
    handlers: list[ControllerRouterHandler] = [
        endpoint_with(documents),
        healthz,
        readyz,
        metrics,
        public_keys,
        document_download,
        erasure_receipt,
        data_export,
        payout_files,
        payout_file,
        provider_hook,
        uploaded_file,
        file_put,
        file_get,
    ]
    if settings.has_introspection:
        handlers += [schema_file, *pages_of_reference()]
    if not settings.is_production:
        handlers += pages_of_ide()
    budgets = Budgets(
        limit=settings.web.budget_points,
        per_second=settings.web.budget_per_second,
        running_max=settings.web.running_max,
    )
    app = Application(
        route_handlers=handlers,
        lifespan=[] if services else [opened(settings, budgets)],
        state=State(
            {
                "services": services,
                "documents": documents,
                "budgets": budgets,
                "viewers": Viewers(),
                "web": settings.web,
                "is_production": settings.is_production,
                "files": file_store_of(settings),
            }
        ),
        exception_handlers={Exception: failed},
        openapi_config=None,
        logging_config=None,  # `gateway.logs` has done it
        debug=False,
    )
    app.asgi_handler = Front(Door(app.asgi_handler, documents=documents), web=settings.web)
    return app


def pages_of_reference() -> list[ControllerRouterHandler]:
    from gateway import reference  # noqa: PLC0415  # where it is not served it takes no memory

    return [reference.docs_home, reference.docs_page, reference.docs_asset]


def pages_of_ide() -> list[ControllerRouterHandler]:
    from gateway import ide  # noqa: PLC0415  # as above

    return [ide.graphiql, ide.asset]


def opened(
    settings: Settings, budgets: Budgets
) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    """Pool and providers, open while the process serves."""
    assert settings.database_url, "`piecerate` starts a database and says where"
    dsn = settings.database_url

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        await open_pool(dsn, application_name="piecerate-web")
        try:
            async with opened_parts(settings) as parts, opened_feed(settings.drain_file) as feed:
                app.state.services = services_of(settings, parts, feed)
                async with kept(budgets):
                    yield
        finally:
            await close_pool()

    return lifespan


def services_of(settings: Settings, parts: Parts, feed: EventFeed) -> Services:
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
        verifiers=parts.providers.verifiers,
        news=News.of(parts.providers),
        reports=Reports(parts.providers),
        vault=parts.vault,
        changes=feed,
        checks=Checks(more_fonts=fonts_of(settings)),
        links=LinkSigner([derived_secret(secret, "link")]),
        signer=Ed25519Signer([derived_secret(secret, "reputation")]),
        url=settings.web.public_url,
        files_url=settings.web.files_url,
        has_introspection=settings.has_introspection,
        has_written_lists=settings.has_written_lists,
        has_free_texts=settings.documents is not DocumentMode.ONLY,
        is_production=settings.is_production,
        webhook_private_hosts=frozenset(settings.webhook_private_hosts),
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
