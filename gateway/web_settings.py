"""Where the web server is reached, by whom, and how much it does for one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from re import fullmatch
from typing import Final, TypeAlias
from urllib.parse import SplitResult, urlsplit

from gateway.mail_settings import MAIL_KEYS, MailSettings, mail_settings_of
from gateway.said import Key, SettingsRefused, listed, number_of

Network: TypeAlias = IPv4Network | IPv6Network

HOST: Final = r"(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[?[0-9a-f:.]+\]?"
URL_HOST: Final = r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?|[0-9a-f:.]+"
LOOPBACK_NAMES: Final = frozenset({"127.0.0.1", "localhost", "::1"})
POINTS_MIN: Final = 10_000  # the dearest operation; a test compares
POINTS_MAX: Final = 1_000_000_000
SECONDS_MAX: Final = 300
SHARED_PATHS: Final = ("/graphql", "/documents/")  # for pages of other origins
FILES_PATH: Final = "/files/"
RUNNING_MAX: Final = 1_000

WEB_KEYS: Final = (
    *MAIL_KEYS,
    Key(
        name="PIECERATE_PUBLIC_URL",
        default="http://host:port of the web server",
        meaning="address people use; its origin may send cookies, documents are linked below it",
    ),
    Key(
        name="PIECERATE_FILES_URL",
        default="the public URL",
        meaning="address of files that workers send, under a host name of its own, which serves "
        "nothing else: so no file is ever of the origin of the site",
    ),
    Key(
        name="PIECERATE_ALLOWED_HOSTS",
        default="any in development, else that of the public URL",
        meaning="host names requests may be sent to, *.example.com too, separated by commas",
    ),
    Key(
        name="PIECERATE_ALLOWED_ORIGINS",
        default="none",
        meaning="other origins whose pages may use the API, also with the cookie, separated by "
        "commas",
    ),
    Key(
        name="PIECERATE_TRUSTED_PROXIES",
        default="none",
        meaning="addresses or networks whose X-Forwarded-For is believed, separated by commas",
    ),
    Key(
        name="PIECERATE_BUDGET_POINTS",
        default="50000",
        meaning="cost points a member, or a network without a member, may spend at once",
    ),
    Key(
        name="PIECERATE_BUDGET_PER_SECOND",
        default="500",
        meaning="cost points that come back per second",
    ),
    Key(
        name="PIECERATE_DEADLINE_SECONDS",
        default="10",
        meaning="how long one GraphQL operation may take",
    ),
    Key(
        name="PIECERATE_RUNNING_MAX",
        default="20",
        meaning="operations of one member or network that run at once in a web worker",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    public_url: str
    files_url: str
    """The public URL, unless files have a host of their own."""
    allowed_hosts: frozenset[str] | None
    """None allows any."""
    own_origins: frozenset[str]
    allowed_origins: frozenset[str]
    trusted_proxies: tuple[Network, ...]
    budget_points: int
    budget_per_second: int
    deadline_seconds: float
    running_max: int
    mail: MailSettings

    def serves(self, host: str, path: str) -> bool:
        """Whether this path is to be found under this name."""
        if self.files_url == self.public_url:
            return self.allows_host(host)
        is_of_files = host_name(host) == urlsplit(self.files_url).hostname
        if path.startswith(FILES_PATH):
            return is_of_files
        return not is_of_files and self.allows_host(host)

    def shares(self, path: str, *, origin: str | None) -> bool:
        """Whether pages of this other origin may use it. Those of the site send and read files."""
        if path.startswith(FILES_PATH):
            is_apart = self.files_url != self.public_url
            return is_apart and origin in self.own_origins | self.allowed_origins
        return origin in self.allowed_origins and path.startswith(SHARED_PATHS)

    def allows_host(self, host: str) -> bool:
        """`host` as the header has it, with a port perhaps."""
        if self.allowed_hosts is None:
            return True
        name = host_name(host)
        if name in self.allowed_hosts:
            return True
        parents = {f"*.{name.split('.', n)[-1]}" for n in range(1, name.count(".") + 1)}
        return not parents.isdisjoint(self.allowed_hosts)

    def trusts(self, address: str) -> bool:
        """Whether this peer is a proxy of ours."""
        ip = address_named(address)
        return ip is not None and any(ip in network for network in self.trusted_proxies)

    def for_children(self) -> dict[str, str]:
        hosts = sorted(self.allowed_hosts or ())
        return {
            "PIECERATE_PUBLIC_URL": self.public_url,
            "PIECERATE_FILES_URL": self.files_url,
            "PIECERATE_ALLOWED_HOSTS": ",".join(hosts),
            "PIECERATE_ALLOWED_ORIGINS": ",".join(sorted(self.allowed_origins)),
            "PIECERATE_TRUSTED_PROXIES": ",".join(str(each) for each in self.trusted_proxies),
            "PIECERATE_BUDGET_POINTS": str(self.budget_points),
            "PIECERATE_BUDGET_PER_SECOND": str(self.budget_per_second),
            "PIECERATE_DEADLINE_SECONDS": f"{self.deadline_seconds:g}",
            "PIECERATE_RUNNING_MAX": str(self.running_max),
            **self.mail.for_children(),
        }


def web_settings_of(said: Mapping[str, str], *, local_url: str, is_production: bool) -> WebSettings:
    public_url = public_url_of(said.get("PIECERATE_PUBLIC_URL", local_url))
    own = {origin_of(public_url)}
    if not is_production:  # a page of the same server under its other names
        port = urlsplit(local_url).port
        own |= {f"http://{name}:{port}" for name in ("127.0.0.1", "localhost")}
    return WebSettings(
        public_url=public_url,
        files_url=files_url_of(said, public_url=public_url),
        allowed_hosts=hosts_of(said, public_url=public_url, is_production=is_production),
        own_origins=frozenset(own),
        allowed_origins=frozenset(
            origin_named(each) for each in listed(said, name="PIECERATE_ALLOWED_ORIGINS")
        ),
        trusted_proxies=tuple(
            network_named(each) for each in listed(said, name="PIECERATE_TRUSTED_PROXIES")
        ),
        budget_points=number_of(
            said,
            name="PIECERATE_BUDGET_POINTS",
            default=50_000,
            smallest=POINTS_MIN,
            largest=POINTS_MAX,
        ),
        budget_per_second=number_of(
            said, name="PIECERATE_BUDGET_PER_SECOND", default=500, largest=POINTS_MAX
        ),
        deadline_seconds=number_of(
            said, name="PIECERATE_DEADLINE_SECONDS", default=10, largest=SECONDS_MAX
        ),
        running_max=number_of(said, name="PIECERATE_RUNNING_MAX", default=20, largest=RUNNING_MAX),
        mail=mail_settings_of(said),
    )


def files_url_of(said: Mapping[str, str], *, public_url: str) -> str:
    """Another port alone would do for browsers' scripts, but cookies know no ports."""
    text = said.get("PIECERATE_FILES_URL", public_url)
    url = public_url_of(text, name="PIECERATE_FILES_URL")
    if url != public_url and urlsplit(url).hostname == urlsplit(public_url).hostname:
        raise SettingsRefused(
            f"PIECERATE_FILES_URL is {text!r}; it must have a host name of its own."
        )
    return url


def public_url_of(text: str, *, name: str = "PIECERATE_PUBLIC_URL") -> str:
    try:
        parts = urlsplit(text)
        is_url = parts.scheme in {"http", "https"} and is_host(parts) and parts.port != 0
    except ValueError:
        is_url = False
    if not is_url or parts.query or parts.fragment or parts.username is not None:
        raise SettingsRefused(f"{name} is {text!r}; it must be like https://work.example.com.")
    return parts.geturl().rstrip("/")


def is_host(parts: SplitResult) -> bool:
    """What browsers can send in `Origin`: no wildcard, nothing beyond ASCII."""
    return fullmatch(URL_HOST, parts.hostname or "") is not None


def origin_of(url: str) -> str:
    """As browsers write it: no path, and no port that goes without saying."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    is_usual = parts.port in {None, 443 if parts.scheme == "https" else 80}
    return f"{parts.scheme}://{host}" if is_usual else f"{parts.scheme}://{host}:{parts.port}"


def origin_named(text: str) -> str:
    try:
        origin = origin_of(text) if is_host(urlsplit(text)) else ""
    except ValueError:
        origin = ""
    if text.rstrip("/").lower() != origin or not origin.startswith(("http://", "https://")):
        raise SettingsRefused(
            f"PIECERATE_ALLOWED_ORIGINS contains {text!r}; it must be origins like "
            "https://app.example.com, without paths, separated by commas."
        )
    return origin


def hosts_of(
    said: Mapping[str, str], *, public_url: str, is_production: bool
) -> frozenset[str] | None:
    """In production nobody is served under a name that the operator did not mean."""
    named = listed(said, name="PIECERATE_ALLOWED_HOSTS")
    for each in named:
        if fullmatch(HOST, each.lower()) is None:
            raise SettingsRefused(
                f"PIECERATE_ALLOWED_HOSTS contains {each!r}; it must be host names without ports, "
                "separated by commas."
            )
    if named:
        return frozenset(host_name(each) for each in named)
    if not is_production:
        return None
    host = urlsplit(public_url).hostname or ""
    return LOOPBACK_NAMES if host in LOOPBACK_NAMES else frozenset({host})


def host_name(host: str) -> str:
    """Without a port, brackets and the dot at the end."""
    name = host.strip().lower()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return (name if name.count(":") > 1 else name.partition(":")[0]).rstrip(".")


@lru_cache(maxsize=1_000)
def address_named(text: str) -> IPv4Address | IPv6Address | None:
    """As a socket or a proxy writes it: with a port perhaps, and IPv4 perhaps as a part of IPv6."""
    name = text.strip()
    if name.startswith("["):
        name = name[1:].partition("]")[0]
    elif name.count(":") == 1:
        name = name.partition(":")[0]
    try:
        address = ip_address(name)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def network_named(text: str) -> Network:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        raise SettingsRefused(
            f"PIECERATE_TRUSTED_PROXIES contains {text!r}; it must be addresses or networks like "
            "10.0.0.0/8, separated by commas."
        ) from None
