"""Finds a plugin's conformance suites: what they know, the workbench and the simulators need too.

Imports pytest, so only the commands for authors import this.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Final

from gateway.settings import CHECKOUT, SettingsRefused
from plugins.conformance.suite import Conformance, PayoutSuite

SHIPPED: Final = CHECKOUT / "tests" / "plugins"
VERIFIERS: Final = "kyc"
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
    return sorted({path.parent.name for path in SHIPPED.glob(f"*/**/{PATTERN}")})


def suites(names: Sequence[str]) -> list[type[Conformance]]:
    """The classes in those files, the payouts before the deposits."""
    found = [each for path in suite_files(names) for each in _classes(path)]
    return sorted(found, key=lambda each: (not issubclass(each, PayoutSuite), each.__name__))


def project_of(path: Path) -> Path:
    """The folder that its imports begin at."""
    return next((each for each in path.parents if (each / "pyproject.toml").exists()), path.parent)


def _files_of(name: str) -> Iterator[Path]:
    path = Path(name)
    if path.is_file():
        yield path.resolve()
    elif path.is_dir():
        yield from path.resolve().glob(f"tests/**/{PATTERN}")
    elif name.isidentifier():
        for folder in (SHIPPED, SHIPPED / VERIFIERS):
            yield from (folder / name).glob(PATTERN)


def _classes(path: Path) -> Iterator[type[Conformance]]:
    module = _imported(path)
    for _, kind in inspect.getmembers(module, inspect.isclass):
        is_own = kind.__module__ == module.__name__ and kind.__name__.startswith("Test")
        if is_own and issubclass(kind, Conformance) and hasattr(kind, "provider"):
            yield kind


def _imported(path: Path) -> ModuleType:
    """Ours by their names; of another project by the path, since each calls its tests `tests`."""
    project = project_of(path)
    if str(project) not in sys.path:
        sys.path.insert(0, str(project))
    if project == CHECKOUT:
        return importlib.import_module(".".join(path.relative_to(project).with_suffix("").parts))
    spec = importlib.util.spec_from_file_location(f"suite_of_{project.name}_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
