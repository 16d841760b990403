"""Files of workers under a host name of their own: nothing in them is ever of the site's origin."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest

from gateway.providers import Providers
from gateway.settings import SettingsRefused, settings_from
from tests.gateway.test_files import claim
from tests.make.ask import Ask
from tests.make.uploads import asked, png
from tests.make.world import World

pytestmark = pytest.mark.asyncio

SITE: Final = "https://work.example.com"
FILES: Final = "https://files.example.net"
FILES_HOST: Final = {"host": "files.example.net"}
SITE_HOST: Final = {"host": "work.example.com"}


@pytest.fixture
def ask(world: World, tmp_path: Path, providers: Providers) -> Ask:
    return Ask.of(
        world,
        tmp_path,
        providers,
        PIECERATE_PUBLIC_URL=SITE,
        PIECERATE_FILES_URL=FILES,
        PIECERATE_ALLOWED_HOSTS="work.example.com, testserver",
    )


async def test_files_are_there_and_nowhere_else(ask: Ask) -> None:
    """The signed address is of the files' host; under the site's name it is misdirected."""
    _, worker, assignment = await claim(ask)
    url = (await asked(ask, worker, assignment, png()))["url"]
    assert url.startswith(f"{FILES}/files/")
    place = urlsplit(url)._replace(scheme="", netloc="").geturl()

    elsewhere = await ask.client.put(place, content=png(), headers=SITE_HOST)
    there = await ask.client.put(place, content=png(), headers={**FILES_HOST, "origin": SITE})

    assert (elsewhere.status_code, there.status_code) == (421, 204)
    assert there.headers["access-control-allow-origin"] == SITE
    assert there.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert there.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/graphql", "/graphiql", "/", "/documents/a", "/uploads/a"])
async def test_the_files_host_serves_nothing_else(ask: Ask, path: str) -> None:
    """A file that got around every rule finds no API and no cookie of its own origin."""
    assert (await ask.client.get(path, headers=FILES_HOST)).status_code == 421


@pytest.mark.parametrize(("origin", "may"), [(SITE, True), ("https://evil.example", False)])
async def test_pages_of_the_site_send_files(ask: Ask, origin: str, *, may: bool) -> None:
    """Their browsers ask first; those of strangers get no leave."""
    headers = {**FILES_HOST, "origin": origin, "access-control-request-method": "PUT"}
    answer = await ask.client.options("/files/upl1_a", headers=headers)

    assert ("access-control-allow-origin" in answer.headers) is may
    assert ("PUT" in answer.headers.get("access-control-allow-methods", "")) is may


@pytest.mark.parametrize(
    "url", ["https://work.example.com:8443", "files.example.net", "https://files.example.net/?a"]
)
async def test_a_host_of_its_own_is_one(url: str) -> None:
    """Another port is another origin, but cookies know no ports."""
    with pytest.raises(SettingsRefused, match="PIECERATE_FILES_URL"):
        settings_from({"PIECERATE_PUBLIC_URL": SITE, "PIECERATE_FILES_URL": url})
