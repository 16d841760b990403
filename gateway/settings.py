"""The environment, read once into frozen settings; every key and what it means stands in `KEYS`."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from re import fullmatch
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from dotenv import dotenv_values

from gateway.bucket_settings import BUCKET_KEYS, BucketSettings, bucket_settings_of
from gateway.said import Key, listed, number_of
from gateway.said import SettingsRefused as SettingsRefused  # noqa: PLC0414  # shown here too
from gateway.secret_file import make_secret_file
from gateway.web_settings import WEB_KEYS, WebSettings, web_settings_of

CHECKOUT: Final = Path(__file__).resolve().parent.parent
SECRET_KEY_BYTES_MIN: Final = 32
WORKERS_MAX: Final = 64
BUILT_IN_PLUGINS: Final = "sandbox"
PROVIDERS_FILE: Final = "providers.toml"
REGION: Final = "ZZ"  # until a deployment says where it is
PLUGIN: Final = r"[\w.-]+(==[\w.+!-]+(#sha256:[0-9a-f]{64})?)?"
PRIVATE_HOST: Final = r"([a-z0-9._-]+|\[[0-9a-f:.]+\]):[0-9]{1,5}"
MASK: Final = "[secret]"


class Environment(StrEnum):
    DEVELOPMENT = "development"
    PRODUCTION = "production"


class DocumentMode(StrEnum):
    """What the ids of trusted documents are worth."""

    OFF = "off"  # ids are unknown to this deployment
    PREFER = "prefer"  # ids work, free texts too
    ONLY = "only"  # a text must be in a manifest


KEYS: Final = (
    Key(
        name="DATABASE_URL",
        default="embedded PostgreSQL",
        meaning="postgresql://user:password@host:port/name of a server (15 or newer, UTF8); "
        "then nothing embedded starts",
        is_secret=True,
    ),
    Key(
        name="PIECERATE_HOME",
        default=".piecerate in the checkout",
        meaning="folder for the embedded database, uploads and the secret key",
    ),
    Key(name="PIECERATE_HOST", default="127.0.0.1", meaning="address the web server listens on"),
    Key(name="PIECERATE_PORT", default="8000", meaning="port the web server listens on"),
    Key(
        name="PIECERATE_ENV",
        default="development",
        meaning="development or production; production reads no .env file, logs JSON and wants a "
        "secret key file that is named",
    ),
    Key(
        name="PIECERATE_SECRET_KEY_FILE",
        default="secret_key in the home",
        meaning="file with at least 32 random bytes, readable by its owner alone; made at the "
        "first start in development",
    ),
    Key(
        name="PIECERATE_VAULT_KEYS_FILE",
        default="vault_keys in the home",
        meaning="file of the keys that wrap the keys of people; `piecerate vault rotate` makes it, "
        "and until then they come from the secret key",
    ),
    Key(
        name="PIECERATE_PLUGINS",
        default=BUILT_IN_PLUGINS,
        meaning="names of the plugins that may load, separated by commas",
    ),
    Key(
        name="PIECERATE_PROVIDERS",
        default="providers.toml in the home",
        meaning="file of provider accounts; without one there is the sandbox and nothing else",
    ),
    Key(
        name="PIECERATE_REGION",
        default=REGION,
        meaning="two capital letters of this deployment, part of every reference that a provider "
        "sees; deployments that share an account need different ones",
    ),
    Key(name="PIECERATE_WORKERS", default="1", meaning="how many web workers to run"),
    Key(
        name="PIECERATE_DOCUMENTS",
        default="prefer",
        meaning="off, prefer or only: whether operations may be asked for by the id of a trusted "
        "document, and whether they must",
    ),
    Key(
        name="PIECERATE_INTROSPECTION",
        default="on",
        meaning="on or off; off also takes /docs and /schema.graphql away",
    ),
    Key(
        name="PIECERATE_WRITTEN_LISTS",
        default="off",
        meaning="on or off: whether the database writes the lists of trusted documents",
    ),
    Key(
        name="PIECERATE_WEBHOOK_PRIVATE_HOSTS",
        default="none",
        meaning="host:port that webhooks may be sent to although they are not public, also over "
        "http, separated by commas",
    ),
    Key(
        name="PIECERATE_RUN_AS",
        default="nobody",
        meaning="system user the embedded database runs as when root starts it",
    ),
    Key(
        name="PIECERATE_TRACE_HOOKS",
        default="off",
        meaning="1 logs each call of a plugin's hook and its answer",
    ),
    *BUCKET_KEYS,
    *WEB_KEYS,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    database_url: str | None
    home: Path
    host: str
    port: int
    environment: Environment
    secret_key_file: Path
    vault_keys_file: Path
    plugins: tuple[str, ...]
    providers_file: Path
    region: str
    worker_count: int
    documents: DocumentMode
    has_introspection: bool
    has_written_lists: bool
    webhook_private_hosts: tuple[str, ...]
    run_as: str
    traces_hooks: bool
    bucket: BucketSettings
    web: WebSettings
    said: Mapping[str, str]
    """What the environment said, key by key, for `doctor`."""

    @property
    def is_production(self) -> bool:
        return self.environment is Environment.PRODUCTION

    @property
    def names_providers_file(self) -> bool:
        """Then it must be there."""
        return self.providers_file != self.home / PROVIDERS_FILE

    @property
    def url(self) -> str:
        """Where a browser on this machine finds the server."""
        return local_url(self.host, self.port)

    @property
    def drain_file(self) -> Path:
        """Made by whoever is about to stop the web server; streams end when they see it."""
        return self.home / "draining"

    def for_children(self, database_url: str) -> dict[str, str]:
        """The environment of a process of ours, which then needs no lock and no `.env`."""
        return {
            "DATABASE_URL": database_url,
            "PIECERATE_HOME": str(self.home),
            "PIECERATE_HOST": self.host,
            "PIECERATE_PORT": str(self.port),
            "PIECERATE_ENV": self.environment.value,
            "PIECERATE_SECRET_KEY_FILE": str(self.secret_key_file),
            "PIECERATE_VAULT_KEYS_FILE": str(self.vault_keys_file),
            "PIECERATE_PLUGINS": ",".join(self.plugins),
            "PIECERATE_PROVIDERS": str(self.providers_file),
            "PIECERATE_REGION": self.region,
            "PIECERATE_WORKERS": str(self.worker_count),
            "PIECERATE_DOCUMENTS": self.documents.value,
            "PIECERATE_INTROSPECTION": "on" if self.has_introspection else "off",
            "PIECERATE_WRITTEN_LISTS": "on" if self.has_written_lists else "off",
            "PIECERATE_WEBHOOK_PRIVATE_HOSTS": ",".join(self.webhook_private_hosts),
            "PIECERATE_RUN_AS": self.run_as,
            "PIECERATE_TRACE_HOOKS": "1" if self.traces_hooks else "off",
            **self.bucket.for_children(),
            **self.web.for_children(),
        }

    def lines(self) -> list[tuple[Key, str, bool]]:
        """Every key, its value with secrets masked, and whether the environment set it."""
        effective = self.for_children(self.database_url or "embedded PostgreSQL")
        values = {
            key.name: masked(effective[key.name]) if key.is_secret else effective[key.name]
            for key in KEYS
        }
        return [(key, values[key.name], key.name in self.said) for key in KEYS]


def read_settings(checkout: Path = CHECKOUT) -> Settings:
    """From the process's environment; in development a `.env` file fills what it leaves out.

    The file's values are put into the environment as well: plugins resolve their own
    references there, and so do the processes we start.
    """
    if os.environ.get("PIECERATE_ENV", "").strip().lower() != Environment.PRODUCTION:
        try:
            from_file = dotenv_values(checkout / ".env", interpolate=False)
        except OSError as failure:
            raise SettingsRefused(
                f"The file {checkout / '.env'} cannot be read: {failure.strerror}."
            ) from failure
        for name, value in from_file.items():
            if value is not None:
                os.environ.setdefault(name, value)
    return settings_from(os.environ, checkout=checkout)


def settings_from(environ: Mapping[str, str], *, checkout: Path = CHECKOUT) -> Settings:
    said = {
        key.name: environ[key.name].strip() for key in KEYS if environ.get(key.name, "").strip()
    }
    root = checkout if (checkout / "pyproject.toml").exists() else Path.cwd()
    home = Path(said.get("PIECERATE_HOME", str(root / ".piecerate"))).expanduser()
    home = home if home.is_absolute() else Path.cwd() / home
    environment = environment_of(said.get("PIECERATE_ENV", "development"))
    key_file = said.get("PIECERATE_SECRET_KEY_FILE")
    if key_file is None and environment is Environment.PRODUCTION:
        raise SettingsRefused(
            "PIECERATE_ENV is production, so PIECERATE_SECRET_KEY_FILE must name a file with at "
            "least 32 random bytes, for example from `openssl rand -base64 48`."
        )
    host = said.get("PIECERATE_HOST", "127.0.0.1")
    port = number_of(said, name="PIECERATE_PORT", default=8000, largest=65535)
    return Settings(
        database_url=database_url_of(said.get("DATABASE_URL")),
        home=home,
        host=host,
        port=port,
        environment=environment,
        secret_key_file=file_of(key_file, default=home / "secret_key"),
        vault_keys_file=file_of(said.get("PIECERATE_VAULT_KEYS_FILE"), default=home / "vault_keys"),
        plugins=plugins_of(said.get("PIECERATE_PLUGINS", BUILT_IN_PLUGINS)),
        providers_file=file_of(said.get("PIECERATE_PROVIDERS"), default=home / PROVIDERS_FILE),
        region=region_of(said.get("PIECERATE_REGION", REGION)),
        worker_count=number_of(said, name="PIECERATE_WORKERS", default=1, largest=WORKERS_MAX),
        documents=document_mode_of(said.get("PIECERATE_DOCUMENTS", "prefer")),
        has_introspection=is_on(said, name="PIECERATE_INTROSPECTION"),
        has_written_lists=is_on(said, name="PIECERATE_WRITTEN_LISTS", default="off"),
        webhook_private_hosts=private_hosts_of(said, name="PIECERATE_WEBHOOK_PRIVATE_HOSTS"),
        run_as=said.get("PIECERATE_RUN_AS", "nobody"),
        traces_hooks=said.get("PIECERATE_TRACE_HOOKS") == "1",
        bucket=bucket_settings_of(said),
        web=web_settings_of(
            said,
            local_url=local_url(host, port),
            is_production=environment is Environment.PRODUCTION,
        ),
        said=said,
    )


def local_url(host: str, port: int) -> str:
    """An address of this machine for a server that may listen on all of them."""
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # compared, not bound
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def unknown_keys(environ: Mapping[str, str]) -> list[str]:
    """Names that look like ours and mean nothing: a typing error otherwise goes unseen."""
    known = {key.name for key in KEYS}
    return sorted(
        name
        for name in environ
        if name.startswith("PIECERATE_")
        and name not in known
        and not name.startswith(("PIECERATE_TEST_", "PIECERATE_PARENT_"))
    )


def secret_key(settings: Settings) -> bytes:
    """The key that signs cursors and the like; made at the first start in development."""
    path = settings.secret_key_file
    if not path.exists() and not settings.is_production:
        make_secret_file(path, secrets.token_urlsafe(48))
    try:
        content = path.read_bytes().strip()
        mode = path.stat().st_mode
    except OSError as failure:
        raise SettingsRefused(
            f"The secret key file {path} cannot be read: {failure.strerror}."
        ) from failure
    if len(content) < SECRET_KEY_BYTES_MIN:
        raise SettingsRefused(
            f"The secret key file {path} holds {len(content)} bytes; it needs at least "
            f"{SECRET_KEY_BYTES_MIN}."
        )
    if settings.is_production and mode & 0o077:
        raise SettingsRefused(
            f"The secret key file {path} is open to other users: run `chmod 600` on it."
        )
    return content


def environment_of(text: str) -> Environment:
    try:
        return Environment(text.lower())
    except ValueError:
        raise SettingsRefused(
            f"PIECERATE_ENV is {text!r}; it must be development or production."
        ) from None


def document_mode_of(text: str) -> DocumentMode:
    try:
        return DocumentMode(text.lower())
    except ValueError:
        raise SettingsRefused(
            f"PIECERATE_DOCUMENTS is {text!r}; it must be off, prefer or only."
        ) from None


def is_on(said: Mapping[str, str], *, name: str, default: str = "on") -> bool:
    text = said.get(name, default).lower()
    if text not in {"on", "off"}:
        raise SettingsRefused(f"{name} is {text!r}; it must be on or off.")
    return text == "on"


def private_hosts_of(said: Mapping[str, str], *, name: str) -> tuple[str, ...]:
    found = tuple(each.lower() for each in listed(said, name=name))
    for each in found:
        if fullmatch(PRIVATE_HOST, each) is None:
            raise SettingsRefused(
                f"{name} contains {each!r}; it must be host:port, separated by commas."
            )
    return found


def plugins_of(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    for name in names:
        if fullmatch(PLUGIN, name) is None:
            raise SettingsRefused(
                f"PIECERATE_PLUGINS contains {name!r}; it must be names separated by commas, each "
                "perhaps with ==version and #sha256:digest."
            )
    return names


def file_of(text: str | None, *, default: Path) -> Path:
    return Path(text).expanduser().absolute() if text else default


def region_of(text: str) -> str:
    if fullmatch("[A-Z]{2}", text) is None:
        raise SettingsRefused(f"PIECERATE_REGION is {text!r}; it must be two capital letters.")
    return text


def database_url_of(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        scheme = urlsplit(text).scheme
    except ValueError:
        scheme = ""
    if scheme not in {"postgresql", "postgres"}:
        raise SettingsRefused(
            "DATABASE_URL must begin with postgresql://, as in "
            "postgresql://user:password@host:5432/piecerate."
        )
    return text


def masked(url: str) -> str:
    """The address without its password, also where the password is a parameter."""
    parts = urlsplit(url)
    if not parts.scheme:
        return url
    user, at, place = parts.netloc.rpartition("@")
    name, colon, _ = user.partition(":")
    query = "&".join(
        f"password={MASK}" if each.startswith("password=") else each
        for each in parts.query.split("&")
        if each
    )
    netloc = f"{name}{colon}{MASK if colon else ''}{at}{place}"
    return urlunsplit((parts.scheme, netloc, parts.path, query, ""))
