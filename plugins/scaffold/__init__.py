"""A new plugin from templates: it runs green at once, and is then replaced piece by piece."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from re import fullmatch
from typing import Final

TEMPLATES: Final = Path(__file__).parent
NAME: Final = r"[a-z][a-z0-9]{1,20}"
COUNTRY: Final = r"[A-Z]{2}"
EVERYWHERE: Final[Mapping[str, str]] = {
    "pyproject.toml": "pyproject.toml",
    "README.md": "README.md",
    "ci.yml": ".github/workflows/test.yml",
    "package/__init__.py": "piecerate_{name}/__init__.py",
    "package/settings.py": "piecerate_{name}/settings.py",
    "package/simulator.py": "piecerate_{name}/simulator.py",
    "tests/test_conformance.py": "tests/test_conformance.py",
}
PLACES: Final[Mapping[str, Mapping[str, str]]] = {
    "payments": {**EVERYWHERE, "package/provider.py": "piecerate_{name}/provider.py"},
    "verifier": {**EVERYWHERE, "package/verifier.py": "piecerate_{name}/verifier.py"},
}
"""By kind: each has a folder of templates; what it lacks is the same as for payments."""


class ScaffoldRefused(ValueError):
    """Nothing was written."""


def write_plugin(
    *, name: str, rail: str, countries: Sequence[str], into: Path, kind: str = "payments"
) -> list[Path]:
    """The files that were written, in `into/piecerate-<name>`, which must not exist."""
    import jinja2  # noqa: PLC0415  # only this command needs it

    if fullmatch(NAME, name) is None:
        raise ScaffoldRefused(f"{name!r} is no name: small letters and digits, as in acme2")
    wrong = [each for each in countries if fullmatch(COUNTRY, each) is None]
    if wrong or not countries:
        raise ScaffoldRefused("countries are ISO 3166 codes of two capital letters, as in PH,IN")
    folder = into / f"piecerate-{name}"
    if folder.exists():
        raise ScaffoldRefused(f"{folder} is there already")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([TEMPLATES / kind, TEMPLATES / "payments"]),
        variable_start_string="<<",
        variable_end_string=">>",
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  # it makes Python, no HTML
    )
    given = {
        "name": name,
        "Name": name.capitalize(),
        "NAME": name.upper(),
        "rail": rail.upper(),
        "countries": ", ".join(f'"{each}"' for each in sorted(countries)),
        "country": min(countries),
    }
    written = []
    for template, place in PLACES[kind].items():
        path = folder / place.format(name=name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(environment.get_template(f"{template}.jinja").render(given))
        written.append(path)
    return written
