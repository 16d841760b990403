"""Where the database lies when root starts it and its own user cannot enter the home."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.embedded import EmbeddedPostgres, PostgresRefused
from gateway.embedded.installation import copied, find_installation, major_of
from gateway.embedded.places import (
    NOTE,
    OWNER_NOTE,
    choose_endpoint,
    choose_place,
    known_place,
    make_private_folder,
    noted_place,
)
from gateway.embedded.server import answers
from gateway.embedded.users import ServerUser

OPTIONS = {"fsync": "off", "shared_buffers": "16MB", "max_connections": "20"}
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="root alone starts it as somebody else")


@pytest.fixture
def shut_home(tmp_path: Path) -> Iterator[Path]:
    """What `mktemp -d` makes: nobody but its owner enters. What lies outside is removed."""
    home = tmp_path / "shut"
    home.mkdir(mode=0o700)
    yield home
    place = known_place(home)
    if place is not None and place != home:
        shutil.rmtree(place)


def somebody() -> ServerUser:
    return ServerUser.choose(run_as="nobody", data=Path("/nonexistent"))


@AS_ROOT
def test_a_shut_home_keeps_its_database_outside_and_finds_it_again(shut_home: Path) -> None:
    """`PIECERATE_HOME=$(mktemp -d) make run` as root works, also the second time."""
    server = EmbeddedPostgres(shut_home, options=OPTIONS, dies_with_us=True)
    try:
        assert answers(server.start())
        place = server.place
        server.stop()

        assert place != shut_home
        assert (place / "pgdata").stat().st_uid == somebody().uid
        assert (place / OWNER_NOTE).read_text() == f"{shut_home}\n"
        again = EmbeddedPostgres(shut_home, options=OPTIONS, dies_with_us=True)
        assert again.running_address() is None and again.place == place
    finally:
        server.stop()


@AS_ROOT
def test_a_home_that_opens_later_keeps_its_database_where_it_is(shut_home: Path) -> None:
    """`chmod 755` on the home must not begin an empty database."""
    place = choose_place(shut_home, user=somebody())
    shut_home.chmod(0o755)
    shut_home.parent.chmod(0o755)

    assert choose_place(shut_home, user=somebody()) == place


@AS_ROOT
def test_a_copied_home_gets_a_database_of_its_own(shut_home: Path, tmp_path: Path) -> None:
    """`cp -r` of a checkout copies the note; two launchers must not share one folder."""
    place = choose_place(shut_home, user=somebody())
    copy = tmp_path / "copy"
    shutil.copytree(shut_home, copy)
    copy.chmod(0o700)

    other = choose_place(copy, user=somebody())

    assert other != place
    assert noted_place(shut_home) == place
    shutil.rmtree(other)


@AS_ROOT
def test_a_moved_home_keeps_its_database(shut_home: Path, tmp_path: Path) -> None:
    """The note moves along, and its old home is gone: this is the same home."""
    place = choose_place(shut_home, user=somebody())
    moved = tmp_path / "moved"
    shut_home.rename(moved)

    assert choose_place(moved, user=somebody()) == place
    shutil.rmtree(place)


def test_a_database_that_has_gone_is_said_and_not_replaced(tmp_path: Path) -> None:
    """Beginning an empty one in silence would look like losing everything."""
    (tmp_path / NOTE).write_text(f"{tmp_path / 'gone'}\n")

    with pytest.raises(PostgresRefused, match="has gone"):
        noted_place(tmp_path)


@AS_ROOT
def test_programs_in_a_shut_folder_are_copied_with_their_libraries(shut_home: Path) -> None:
    """A venv below /root: without the sibling folder of libraries initdb ends with 127."""
    place = choose_place(shut_home, user=somebody())
    installation = copied(find_installation(), place=place)

    assert installation.is_relative_to(place)
    assert major_of(installation, user=somebody()) == 18
    assert copied(find_installation(), place=place) == installation


@AS_ROOT
def test_the_owner_of_a_database_runs_it_again_when_root_starts_it(tmp_path: Path) -> None:
    """First `make run`, then `sudo make run`: the files must not change hands."""
    data = tmp_path / "pgdata"
    data.mkdir()
    os.chown(data, 4711, 4711)

    assert ServerUser.choose(run_as="nobody", data=data).uid == 4711


def test_a_long_path_is_no_place_for_a_socket(tmp_path: Path) -> None:
    """More than 107 bytes fail at the start; the loopback address always works."""
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)

    host, port = choose_endpoint(tmp_path, user=somebody(), parents=[deep])

    assert host == "127.0.0.1" and port > 1023
    assert list(deep.iterdir()) == []


def test_a_planted_link_is_no_place_for_a_socket(tmp_path: Path) -> None:
    """The name can be guessed and the parent is shared."""
    target = tmp_path / "target"
    target.mkdir(mode=0o755)
    link = tmp_path / "link"
    link.symlink_to(target)

    assert not make_private_folder(link, user=somebody())
    assert target.stat().st_mode & 0o777 == 0o755
