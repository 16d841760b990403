"""Mistakes that authors make: `plugin check` names the place and what is wrong, without a crash."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from gateway.plugin_checks import check, module_of
from gateway.settings import SettingsRefused
from plugins.scaffold import write_plugin

SETTINGS, PROVIDER, PACKAGE = "settings.py", "provider.py", "__init__.py"
NUMBERS = count(1)


@dataclass(frozen=True)
class Mistake:
    file: str
    pattern: str
    instead: str
    said: str


MISTAKES = {
    "a field lacks": Mistake(SETTINGS, r'version="[^"]*",', "", "required keyword-only argument"),
    "an unknown field": Mistake(SETTINGS, r'version="', 'versoin="1", version="', "'versoin'"),
    "another version of the port": Mistake(
        SETTINGS, r"api_version=\w+", "api_version=2", "speaks version 2 of the port"
    ),
    "an id with a blank": Mistake(SETTINGS, r'id="\w+"', 'id="Acme Two"', "id 'Acme Two' is not"),
    "an unknown rail": Mistake(SETTINGS, r"Rail\.WALLET", "Rail.PIGEON", "rails=(Rail.PIGEON,)"),
    "a country in three letters": Mistake(SETTINGS, r'"PH"', '"PHL"', "country 'PHL'"),
    "a currency in words": Mistake(SETTINGS, r'"USD": 2', '"DOLLAR": 2', "DOLLAR"),
    "too many decimals": Mistake(SETTINGS, r'"USD": 2', '"USD": 9', "exponent 9 is not 0 to 6"),
    "no batch": Mistake(SETTINGS, r"max_batch=\d+", "max_batch=0", "max_batch is below 1"),
    "limits upside down": Mistake(
        SETTINGS, r"minimum=Money\([\d_]+", "minimum=Money(900_000_000", "is above 500.00"
    ),
    "an address for a host": Mistake(
        SETTINGS, r'hosts=frozenset\({"', 'hosts=frozenset({"https://', "is no host name"
    ),
    "a list of hosts": Mistake(
        SETTINGS, r"hosts=frozenset\((.*)\),", r"hosts=[*\1],", "hosts is no frozenset"
    ),
    "a secret with a blank": Mistake(
        SETTINGS, r'"api_key"', '"api key"', "secret 'api key' is not"
    ),
    "a window below zero": Mistake(
        SETTINGS, r"window=timedelta\(", "window=-timedelta(", "longer than its window"
    ),
    "a form that is none": Mistake(
        SETTINGS, r'"type": "object"', '"type": "objekt"', "its type is not object"
    ),
    "settings that take anything": Mistake(
        SETTINGS, r"forbid_unknown_fields=True", "forbid_unknown_fields=False", "unknown fields"
    ),
    "a quotation mark that lacks": Mistake(
        SETTINGS, r'id="(\w+)"', r'id="\1', "unterminated string literal"
    ),
    "a misspelt hook": Mistake(
        PACKAGE, r"def payout_providers", "def payout_provider", "no hook 'payout_provider'"
    ),
    "an async hook": Mistake(
        PACKAGE, r"def payout_providers", "async def payout_providers", "is async: nobody awaits"
    ),
    "a hook that fails": Mistake(PACKAGE, r"return \(", "return ({}['x'],", "KeyError: 'x'"),
    "a hook that returns an object": Mistake(
        PACKAGE, r"return \((\w+),\)", r"return (\1(),)", "which is no class"
    ),
    "a method that lacks": Mistake(
        PROVIDER, r"async def look_up\(", "async def lookup(", "lacks look_up"
    ),
    "a float about money": Mistake(
        PROVIDER, r"(    async def send\()", r'    FEE = float("0.1")\n\n\1', "a float"
    ),
    "an import of ours": Mistake(
        PROVIDER,
        r"import requests\n",
        "import requests\nimport domain.payouts.tables\n",
        "ours alone",
    ),
    "an import of nobody's": Mistake(
        PROVIDER, r"import requests\n", "import requests\nimport acme_sdk\n", "'acme_sdk'"
    ),
}


@pytest.fixture
def written(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """A new project and its package, under a name that no other test has imported."""
    name = f"wrong{next(NUMBERS)}"
    write_plugin(name=name, rail="wallet", countries=["PH"], into=tmp_path)
    folder = tmp_path / f"piecerate-{name}"
    yield folder, folder / f"piecerate_{name}"
    sys.path[:] = [each for each in sys.path if each != str(folder)]
    for each in [each for each in sys.modules if each.startswith(f"piecerate_{name}")]:
        del sys.modules[each]


def told(folder: Path) -> str:
    try:
        return "\n".join(f"{each.place}: {each.what}" for each in check(module_of(str(folder))))
    except SettingsRefused as refusal:
        return str(refusal)


def test_what_was_just_written_is_in_order(written: tuple[Path, Path]) -> None:
    """Else the mistakes below would not be found because of themselves."""
    folder, _ = written

    assert told(folder) == ""


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named(written: tuple[Path, Path], name: str) -> None:
    """With the place where it is, and never as a traceback of ours."""
    folder, package = written
    mistake = MISTAKES[name]
    path = package / mistake.file
    before = path.read_text()
    path.write_text(re.sub(mistake.pattern, mistake.instead, before, count=1))
    assert path.read_text() != before

    said = told(folder)

    assert mistake.said in said
    assert package.name in said
    assert "Traceback" not in said


def test_an_entry_point_to_nowhere_is_named(written: tuple[Path, Path]) -> None:
    """A package that was renamed, but not in its pyproject.toml."""
    folder, package = written
    path = folder / "pyproject.toml"
    path.write_text(path.read_text().replace(f'"{package.name}"', '"piecerate_nowhere"'))

    assert "its entry point names 'piecerate_nowhere'" in told(folder)
