"""What an instance gets as `env.http`; the library behind it is loaded with the first session."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from requests.adapters import BaseAdapter

    from plugins.http import GuardedHttp


class Sessions:
    """`env.http`: new sessions for one instance, all kept to the same hosts.

    Tests and the conformance suite give an `adapter`, which lies as networks do.
    """

    def __init__(
        self, *, hosts: Iterable[str], adapter: Callable[[], BaseAdapter] | None = None
    ) -> None:
        self._hosts = frozenset(hosts)
        self._adapter = adapter

    def new(self) -> GuardedHttp:
        from plugins.http import GuardedHttp  # noqa: PLC0415  # 4 MiB that the sandbox spares

        adapter = None if self._adapter is None else self._adapter()
        return GuardedHttp(hosts=self._hosts, adapter=adapter)


def hosts_of(*, manifest_hosts: Iterable[str], endpoint: str | None) -> frozenset[str]:
    """The manifest's hosts; a simulator's address takes their place."""
    if endpoint is not None and endpoint.startswith("http://127.0.0.1:"):
        return frozenset({urlsplit(endpoint).netloc})
    return frozenset(manifest_hosts)
