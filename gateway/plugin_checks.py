"""What `piecerate plugin check` finds without opening a provider."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import subprocess
import sys
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from re import IGNORECASE, fullmatch, search
from types import ModuleType
from typing import Any, Final

from gateway.settings import SettingsRefused
from plugins.hookspecs import PROJECT, PiecerateHooks
from plugins.manager import BUILT_IN, installed_module
from plugins.manifest_checks import class_problems

ALLOWED: Final = r"domain\.(money|provider|provider_news|[a-z_]+\.provider)(\..*)?"
ALLOWED_OF_PLUGINS: Final = frozenset(
    {
        *("plugins.ages", "plugins.eu_vat", "plugins.hookspecs", "plugins.http", "plugins.names"),
        *("plugins.safe_xml", "plugins.signed_webhooks", "plugins.stripe_library"),
    }
)
OF_SIMULATORS: Final = frozenset({"plugins.simulation"})
OURS: Final = frozenset({"domain", "gateway", "schema", "plugins", "migrations"})
BARE_HTTP: Final = frozenset(
    {"get", "post", "put", "patch", "delete", "head", "request", "Session", "session"}
)
FOREIGN_HTTP: Final = frozenset({"httpx", "aiohttp", "urllib.request", "http.client", "socket"})
MONEY: Final = r"amount|money|micros|minor|fee|price|payable|balance"
TYPE_SECONDS: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    place: str
    what: str


def module_of(name: str) -> ModuleType:
    """By a built-in's or an installed plugin's name, or by the folder of a project."""
    folder = Path(name)
    if name in BUILT_IN:
        return imported(BUILT_IN[name])
    if folder.is_dir():
        return _of_project(folder.resolve())
    found = installed_module(name)
    if found is None:
        raise SettingsRefused(f"no plugin {name!r} is installed, and no folder has that name.")
    return imported(found)


def imported(name: str, *, folder: Path | None = None) -> ModuleType:
    """Or says where it fails: the last line of the plugin's own, not the way there."""
    try:
        return importlib.import_module(name)
    except Exception as error:
        top = name.partition(".")[0]
        if isinstance(error, ModuleNotFoundError) and error.name in (name, top):
            raise SettingsRefused(
                f"its entry point names {name!r}, and there is no such module in {folder}."
            ) from error
        raise SettingsRefused(f"it cannot be imported.\n{_where(error, package=top)}") from error


def _where(error: Exception, *, package: str) -> str:
    if isinstance(error, SyntaxError):
        place, line = f"{error.filename}:{error.lineno}", (error.text or "").strip()
        return f"  {place}: {line}\n  {type(error).__name__}: {error.msg}"
    frames = traceback.extract_tb(error.__traceback__)
    own = [each for each in frames if f"/{package}/" in each.filename]
    said = f"  {type(error).__name__}: {error}"
    return f"  {own[-1].filename}:{own[-1].lineno}: {own[-1].line}\n{said}" if own else said


def check(module: ModuleType) -> list[Problem]:
    return [*_of_hooks(module), *_of_classes(module), *_of_sources(module)]


def offered(module: ModuleType) -> Iterator[type[Any]]:
    for name in ("payout_providers", "deposit_providers", "verifiers"):
        hook = getattr(module, name, None)
        if hook is not None and not inspect.iscoroutinefunction(hook):
            yield from hook()


def type_problems(module: ModuleType) -> list[Problem] | None:
    """None when mypy is not there."""
    if importlib.util.find_spec("mypy") is None:
        return None
    folder = root = _folder(module)
    while (root / "__init__.py").exists():
        root = root.parent  # else a plugin would stand before the library of the same name
    name = str(folder.relative_to(root))
    said = subprocess.run(  # noqa: S603  # our own interpreter
        [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", name],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        timeout=TYPE_SECONDS,
    )
    lines = said.stdout.splitlines() if said.returncode else []
    return [
        Problem(place=line.split(": ")[0], what=line.partition(": ")[2])
        for line in lines
        if line.startswith(name)
    ]


def _of_project(folder: Path) -> ModuleType:
    import tomllib  # noqa: PLC0415  # only projects have one

    try:
        content = tomllib.loads((folder / "pyproject.toml").read_text())
        points = content["project"]["entry-points"]["piecerate.plugins"]
    except (OSError, KeyError, tomllib.TOMLDecodeError) as failure:
        raise SettingsRefused(
            f"{folder} has no pyproject.toml with an entry point in piecerate.plugins."
        ) from failure
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    return imported(next(iter(points.values())), folder=folder)


def _folder(module: ModuleType) -> Path:
    return Path(str(module.__file__)).parent


def _of_hooks(module: ModuleType) -> Iterator[Problem]:
    known = {name for name in vars(PiecerateHooks) if not name.startswith("_")}
    marked = {
        name
        for name, each in inspect.getmembers(module, inspect.isfunction)
        if hasattr(each, f"{PROJECT}_impl")
    }
    place = module.__name__
    if not marked:
        yield Problem(place=place, what="it implements no hook")
    for name in sorted(marked - known):
        yield Problem(place=place, what=f"there is no hook {name!r}; known: {sorted(known)}")
    for name in sorted(known - marked):
        if callable(getattr(module, name, None)):
            yield Problem(place=place, what=f"{name!r} lacks @hookimpl")
    for name in sorted(marked & known):
        if inspect.iscoroutinefunction(getattr(module, name)):
            yield Problem(place=place, what=f"{name!r} is async: nobody awaits a hook")


def _of_classes(module: ModuleType) -> Iterator[Problem]:
    try:
        offers: list[Any] = list(offered(module))  # a plugin may return whatever it likes
    except Exception as error:  # noqa: BLE001  # whatever a plugin does in its hook
        said = _where(error, package=module.__name__.partition(".")[0])
        yield Problem(place=module.__name__, what=f"its hook fails.\n{said}")
        return
    for each in offers:
        if not isinstance(each, type):
            what = f"its hook returns {each!r}, which is no class"
            yield Problem(place=module.__name__, what=what)
            continue
        for problem in class_problems(each):
            yield Problem(place=f"{each.__module__}.{each.__name__}", what=problem)


def _of_sources(module: ModuleType) -> Iterator[Problem]:
    folder = _folder(module)
    for path in sorted(folder.rglob("*.py")):
        name = str(path.relative_to(folder.parent))
        tree = ast.parse(path.read_text(), filename=str(path))
        is_simulator = any(part.startswith("simulat") for part in path.relative_to(folder).parts)
        for line, what in _in_tree(tree, own=module.__name__, is_simulator=is_simulator):
            yield Problem(place=f"{name}:{line}", what=what)


def _in_tree(tree: ast.Module, *, own: str, is_simulator: bool) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        for imported in _imported(node):
            reason = _import_problem(imported, own=own, is_simulator=is_simulator)
            if reason:
                yield node.lineno, reason  # type: ignore[attr-defined]  # imports have a line
        if not is_simulator:
            yield from _bare_calls(node)
    if not is_simulator:
        yield from _floats(tree)


def _imported(node: ast.AST) -> Sequence[str]:
    if isinstance(node, ast.Import):
        return [each.name for each in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module]
    return []


def _import_problem(name: str, *, own: str, is_simulator: bool) -> str:
    top = name.partition(".")[0]
    if name == own or name.startswith(f"{own}."):
        is_of_simulator = name.removeprefix(own).startswith(".simulat")
        wrong = is_of_simulator and not is_simulator
        return "a simulator is no part of the running plugin" if wrong else ""
    if name in FOREIGN_HTTP and not is_simulator:
        return f"{name}: all calls go through `env.http.new()`"
    if _are_halves(own, name):
        return ""
    allowed = ALLOWED_OF_PLUGINS | (OF_SIMULATORS if is_simulator else frozenset())
    if top not in OURS or name in allowed or fullmatch(ALLOWED, name):
        return ""
    return f"{name} is ours alone: import from piecerate.plugin"


def _are_halves(own: str, other: str) -> bool:
    """What we ship may have a folder of one name under payments and under kyc."""
    mine, its = own.split("."), other.split(".")
    return mine[0] == its[0] == "plugins" and mine[2:3] == its[2:3] != []


def _bare_calls(node: ast.AST) -> Iterator[tuple[int, str]]:
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "requests"
        and node.func.attr in BARE_HTTP
    ):
        yield node.lineno, f"requests.{node.func.attr}: use a session of `env.http.new()`"


def _floats(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """`float`, 0.1, and `/` but of decimals, in a statement that speaks of money."""
    statements = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return, ast.Expr)
    for statement in ast.walk(tree):
        if not isinstance(statement, statements) or not search(
            MONEY, ast.unparse(statement), IGNORECASE
        ):
            continue
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue  # a docstring
        is_decimal = "Decimal(" in ast.unparse(statement)
        for node in ast.walk(statement):
            if _is_float(node) and not (is_decimal and isinstance(node, ast.BinOp)):
                yield node.lineno, "a float in a statement about money"  # type: ignore[attr-defined]  # expressions have a line


def _is_float(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, float)
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Div)
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float"
    )
