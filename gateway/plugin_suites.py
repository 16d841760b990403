"""Finds a plugin's conformance suites: what they know, the workbench and the simulators need too.

Imports pytest, so only the commands for authors import this.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from gateway.settings import CHECKOUT, SettingsRefused
from plugins.conformance.base import Conformance, PayoutSuite

SHIPPED: Final = CHECKOUT / "tests" / "plugins"
PATTERN: Final = "test_conformance*.py"


def suite_files(names: Sequence[str]) -> list[Path]:
    """Of plugins that we ship, by name, or of any, by the folder of its project."""
    found: list[Path] = []
    for name in names:
        files = sorted(_files_of(name))
        if not files:
            raise SettingsRefused(
                f"{name!r} has no {PATTERN}: name a plugin of this checkout, or the folder of a "
                "project whose tests/ has one."
            )
        found += files
    return found


def shipped() -> list[str]:
    return sorted({path.parent.name for path in SHIPPED.glob(f"*/{PATTERN}")})


def suites(names: Sequence[str]) -> list[type[Conformance]]:
    """The classes in those files, the payouts before the deposits."""
    found = [each for path in suite_files(names) for each in _classes(path)]
    return sorted(found, key=lambda each: (not issubclass(each, PayoutSuite), each.__name__))


def project_of(path: Path) -> Path:
    """The folder that its imports begin at."""
    folder = path.parent
    while (folder / "__init__.py").exists():
        folder = folder.parent
    return folder


def _files_of(name: str) -> Iterator[Path]:
    path = Path(name)
    if path.is_file():
        yield path.resolve()
    elif path.is_dir():
        yield from path.resolve().glob(f"tests/**/{PATTERN}")
    elif name.isidentifier():
        yield from (SHIPPED / name).glob(PATTERN)


def _classes(path: Path) -> Iterator[type[Conformance]]:
    project = project_of(path)
    if str(project) not in sys.path:
        sys.path.insert(0, str(project))
    name = ".".join(path.relative_to(project).with_suffix("").parts)
    known = sys.modules.get(name)
    if known is not None and Path(str(known.__file__)) != path:
        for other in [each for each in sys.modules if each.partition(".")[0] == "tests"]:
            del sys.modules[other]  # another project's folder of the same name
    module = importlib.import_module(name)
    for _, kind in inspect.getmembers(module, inspect.isclass):
        is_own = kind.__module__ == name and kind.__name__.startswith("Test")
        if is_own and issubclass(kind, Conformance) and hasattr(kind, "provider"):
            yield kind
