"""What the auditor of GraphQL over HTTP and the clients of both streams make of the server."""

from __future__ import annotations

import json

import pytest

from tests.judges.conftest import Desk
from tests.judges.served import Served
from tests.judges.verdict import passed
from tests.schema.documents import example

pytestmark = pytest.mark.timeout(300)  # the first one installs


def test_every_audit_passes(desk: Desk, server: Served) -> None:
    """Media types, statuses, bad bodies: whatever a client may rely on."""
    said = passed(desk("http"), "node", "audit.mjs", server.url)

    assert said.endswith("61 of 61 audits pass\n")


def replayed(server: Served) -> str:
    """Subscribes after an old event, so that a known number comes at once."""
    wish = {"query": example("viewerChanged"), "variables": {"after": server.after}}
    return json.dumps({**wish, "count": server.count})


def test_the_websocket_client_is_served(desk: Desk, server: Served) -> None:
    """graphql-transport-ws, with many operations on one connection and errors in between."""
    assert server.count > 10
    url = server.url.replace("http:", "ws:")
    environ = {"TOKEN": server.tokens["employer"]}

    passed(desk("http"), "node", "websocket.mjs", url, environ=environ, stdin=replayed(server))


def test_the_event_stream_client_is_served(desk: Desk, server: Served) -> None:
    """graphql-sse, with queries and refusals as streams."""
    assert server.count > 10
    environ = {"TOKEN": server.tokens["employer"]}

    passed(desk("http"), "node", "sse.mjs", server.url, environ=environ, stdin=replayed(server))
