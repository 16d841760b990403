"""The environment becomes settings once, and says plainly what it cannot use."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from gateway.secret_file import make_secret_file
from gateway.settings import (
    KEYS,
    Environment,
    SettingsRefused,
    masked,
    read_settings,
    secret_key,
    settings_from,
    unknown_keys,
)


def test_nothing_set_means_a_private_server_in_the_checkout() -> None:
    """A stranger types `make run` and nothing listens to the world."""
    settings = settings_from({})

    assert (settings.host, settings.port, settings.worker_count) == ("127.0.0.1", 8000, 1)
    assert settings.home.name == ".piecerate" and (settings.home.parent / "Makefile").exists()
    assert settings.environment is Environment.DEVELOPMENT
    assert settings.plugins == ("sandbox",)
    assert settings.database_url is None


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({"PIECERATE_PORT": "eighty"}, "PIECERATE_PORT is 'eighty'"),
        ({"PIECERATE_PORT": "0"}, "from 1 to 65535"),
        ({"PIECERATE_PORT": "٨٠٨٠"}, "must be a whole number"),
        ({"PIECERATE_WORKERS": "-1"}, "PIECERATE_WORKERS is '-1'"),
        ({"PIECERATE_ENV": "staging"}, "must be development or production"),
        ({"PIECERATE_ENV": "production"}, "PIECERATE_SECRET_KEY_FILE must name a file"),
        ({"PIECERATE_DOCUMENTS": "always"}, "must be off, prefer or only"),
        ({"PIECERATE_INTROSPECTION": "maybe"}, "must be on or off"),
        ({"PIECERATE_PLUGINS": "sandbox, ../x"}, "contains '../x'"),
        ({"DATABASE_URL": "mysql://localhost/x"}, "must begin with postgresql://"),
        ({"DATABASE_URL": "postgresql://[half/x"}, "must begin with postgresql://"),
    ],
)
def test_a_bad_value_is_one_sentence_that_names_the_key(
    environ: dict[str, str], sentence: str
) -> None:
    """The person who starts the server sees this line and nothing else."""
    with pytest.raises(SettingsRefused) as refused:
        settings_from(environ)

    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


def test_blank_values_count_as_unset() -> None:
    """`PIECERATE_PORT= make run` is how shells and compose files unset things."""
    assert settings_from({"PIECERATE_PORT": " ", "DATABASE_URL": ""}).port == 8000


def test_the_environment_file_fills_what_the_environment_leaves_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Development alone reads `.env`, and a shell's own word is stronger."""
    (tmp_path / ".env").write_text("PIECERATE_PORT=9001\nPIECERATE_HOST=::1\nOWN=a$b${c}\n")
    for name in (*(key.name for key in KEYS), "OWN"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIECERATE_PORT", "9002")

    settings = read_settings(tmp_path)

    assert (settings.host, settings.port) == ("::1", 9002)
    assert settings.url == "http://[::1]:9002"


def test_production_reads_no_environment_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file left behind by a developer must not configure a server."""
    (tmp_path / ".env").write_text("PIECERATE_PORT=9001\n")
    monkeypatch.setenv("PIECERATE_ENV", "production")
    monkeypatch.setenv("PIECERATE_SECRET_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.delenv("PIECERATE_PORT", raising=False)

    assert read_settings(tmp_path).port == 8000


def test_what_children_get_reads_back_as_the_same_settings(tmp_path: Path) -> None:
    """Server and job worker see the home, port and plugins of their launcher."""
    given = settings_from(
        {"PIECERATE_HOME": str(tmp_path), "PIECERATE_PORT": "9003", "PIECERATE_PLUGINS": "a,b"}
    )

    child = settings_from(given.for_children("postgresql://u@/x"))

    assert child.database_url == "postgresql://u@/x"
    assert (child.home, child.port, child.plugins) == (given.home, given.port, given.plugins)
    assert child.secret_key_file == given.secret_key_file
    assert given.for_children("x").keys() == {key.name for key in KEYS}


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:hunter2@db.example:5432/x?sslmode=verify-full",
        "postgresql://ann@/x?host=/run/pg&password=hunter2",
    ],
)
def test_no_password_is_shown(url: str) -> None:
    """`doctor` and refusals print the address: people paste that into issues."""
    shown = [value for _, value, _ in settings_from({"DATABASE_URL": url}).lines()]

    assert "hunter2" not in " ".join(shown)
    assert "ann" in masked(url)


def test_a_misspelt_key_is_found() -> None:
    """`PIECERATE_PROT` would otherwise be obeyed by nobody and noticed by nobody."""
    environ = {"PIECERATE_PROT": "1", "PIECERATE_PORT": "1", "PIECERATE_TEST_SERVER": "x"}

    assert unknown_keys(environ) == ["PIECERATE_PROT"]


def test_the_first_start_makes_a_key_that_stays(tmp_path: Path) -> None:
    """Cursors of yesterday are valid today, and no other user reads the key."""
    settings = settings_from({"PIECERATE_HOME": str(tmp_path / "new")})

    first = secret_key(settings)

    assert len(first) >= 32
    assert secret_key(settings) == first
    assert stat.S_IMODE(settings.secret_key_file.stat().st_mode) == 0o600
    assert [path.name for path in settings.home.iterdir()] == ["secret_key"]


def test_of_two_first_starts_one_key_remains(tmp_path: Path) -> None:
    """The server and the job worker may both find no key."""
    make_secret_file(tmp_path / "key", "one")
    make_secret_file(tmp_path / "key", "two")

    assert (tmp_path / "key").read_text() == "one"


@pytest.mark.parametrize(
    ("content", "mode", "sentence"),
    [("short", 0o600, "it needs at least 32"), ("x" * 40, 0o644, "open to other users")],
)
def test_production_wants_a_key_worth_the_name(
    tmp_path: Path, content: str, mode: int, sentence: str
) -> None:
    """A guessable or readable key is no key."""
    key = tmp_path / "key"
    key.write_text(content)
    key.chmod(mode)
    environ = {"PIECERATE_ENV": "production", "PIECERATE_SECRET_KEY_FILE": str(key)}

    with pytest.raises(SettingsRefused, match=sentence):
        secret_key(settings_from(environ))


def test_production_never_makes_a_key(tmp_path: Path) -> None:
    """A mistyped path must not become a fresh key that nobody backs up."""
    key = tmp_path / "missing"
    environ = {"PIECERATE_ENV": "production", "PIECERATE_SECRET_KEY_FILE": str(key)}

    with pytest.raises(SettingsRefused, match="cannot be read"):
        secret_key(settings_from(environ))

    assert not key.exists()


def test_a_plugin_may_be_pinned_to_version_and_digest() -> None:
    """As the host understands it; anything else is refused in one sentence."""
    pinned = "sandbox,acme==1.4.2#sha256:" + "0" * 64

    assert settings_from({"PIECERATE_PLUGINS": pinned}).plugins == tuple(pinned.split(","))
    with pytest.raises(SettingsRefused, match="acme=1"):
        settings_from({"PIECERATE_PLUGINS": "acme=1"})


# -- the web ------------------------------------------------------------------


def test_without_a_word_the_web_is_this_machine_alone() -> None:
    """Any host name in development, no foreign origin, no proxy; both own names are own."""
    web = settings_from({"PIECERATE_PORT": "9000"}).web

    assert web.public_url == "http://127.0.0.1:9000"
    assert web.own_origins == {"http://127.0.0.1:9000", "http://localhost:9000"}
    assert web.allowed_hosts is None and web.allows_host("anything.example")
    assert web.allowed_origins == frozenset() and not web.trusts("127.0.0.1")
    assert (web.budget_points, web.budget_per_second) == (50_000, 500)
    assert (web.deadline_seconds, web.running_max) == (10, 20)


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({"PIECERATE_PUBLIC_URL": "work.example.com"}, "must be like https://"),
        ({"PIECERATE_PUBLIC_URL": "ftp://work.example.com"}, "must be like https://"),
        ({"PIECERATE_PUBLIC_URL": "https://work.example.com?x=1"}, "must be like https://"),
        ({"PIECERATE_PUBLIC_URL": "https://work.example.com:x"}, "must be like https://"),
        ({"PIECERATE_PUBLIC_URL": "https://a@work.example.com"}, "must be like https://"),
        ({"PIECERATE_ALLOWED_HOSTS": "a.example, *"}, "contains '*'"),
        ({"PIECERATE_ALLOWED_HOSTS": "a.example:80"}, "contains 'a.example:80'"),
        ({"PIECERATE_ALLOWED_ORIGINS": "*"}, "contains '*'"),
        ({"PIECERATE_ALLOWED_ORIGINS": "null"}, "contains 'null'"),
        ({"PIECERATE_ALLOWED_ORIGINS": "https://*.example.com"}, "contains 'https://"),
        ({"PIECERATE_ALLOWED_ORIGINS": "https://app .example.com"}, "contains 'https://"),
        ({"PIECERATE_ALLOWED_ORIGINS": "https://bücher.example"}, "contains 'https://"),
        ({"PIECERATE_PUBLIC_URL": "https://work .example.com"}, "must be like https://"),
        ({"PIECERATE_ALLOWED_ORIGINS": "app.example.com"}, "contains 'app.example.com'"),
        ({"PIECERATE_ALLOWED_ORIGINS": "https://app.example.com/x"}, "without paths"),
        ({"PIECERATE_TRUSTED_PROXIES": "proxy.example"}, "contains 'proxy.example'"),
        ({"PIECERATE_BUDGET_POINTS": "9999"}, "from 10000 to"),
        ({"PIECERATE_BUDGET_PER_SECOND": "0"}, "from 1 to"),
        ({"PIECERATE_DEADLINE_SECONDS": "0"}, "from 1 to 300"),
        ({"PIECERATE_RUNNING_MAX": "x"}, "must be a whole number"),
    ],
)
def test_a_bad_value_of_the_web_names_its_key(environ: dict[str, str], sentence: str) -> None:
    """A wildcard that would open the cookie to every page is a bad value."""
    with pytest.raises(SettingsRefused) as refused:
        settings_from(environ)

    assert sentence in str(refused.value) and next(iter(environ)) in str(refused.value)


def test_a_scheme_in_capitals_is_https_as_well() -> None:
    """Else browsers would not be told to insist on it."""
    web = settings_from({"PIECERATE_PUBLIC_URL": "HTTPS://Work.example.com/"}).web

    assert web.public_url == "https://Work.example.com"
    assert "https://work.example.com" in web.own_origins


def test_children_understand_the_same_web(tmp_path: Path) -> None:
    """The launcher hands its settings down as an environment."""
    settings = settings_from(
        {
            "PIECERATE_HOME": str(tmp_path),
            "PIECERATE_PUBLIC_URL": "https://work.example.com/",
            "PIECERATE_ALLOWED_HOSTS": "*.example.com, 10.1.2.3",
            "PIECERATE_ALLOWED_ORIGINS": "https://app.example.com, http://localhost:5173",
            "PIECERATE_TRUSTED_PROXIES": "10.0.0.1, fd00::/8",
            "PIECERATE_BUDGET_POINTS": "70000",
            "PIECERATE_DEADLINE_SECONDS": "7",
        }
    )

    again = settings_from(settings.for_children("postgresql://x@h/d"))

    assert again.web == settings.web
    assert again.web.public_url == "https://work.example.com"
    assert again.web.own_origins >= {"https://work.example.com"}
    assert again.web.trusts("10.0.0.1") and not again.web.trusts("10.0.0.2")
