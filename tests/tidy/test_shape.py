"""Sizes, names and places of the code."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tidy.source import FOLDERS, ROOT, Function, called, functions, modules, text_of, tree_of

FUNCTION_LINES_MAX = 60
FILE_LINES_MAX = 400
VAGUE = {"utils", "util", "common", "misc", "base", "helpers", "shared", "tools"}
OUTSIDE_WORLD = {"now", "utcnow", "today", "uuid1", "uuid4", "urandom", "token_bytes", "token_hex"}
BANNED = (
    "gig", "freelancer", "tasker", "requester", "microtask", "slot", "cashout", "withdrawal",
    "topup", "captcha", "current_user", "dto",
)  # fmt: skip
BANNED_WORD = re.compile(rf"(?:^|_)(?:{'|'.join(BANNED)})s?(?:$|_)", re.IGNORECASE)

# Where a longer function reads better than its pieces. Say why.
LONG_FUNCTIONS: dict[str, str] = {}
# Where a word that is banned in the market means something else. Say why.
OTHER_WORDS: dict[str, str] = {
    "domain/jobs.py:environ": "the queue reads its schema from the environment at import",
    "domain/provider.py:slot": "a place in the queue before a provider, as PLUGINS calls it",
    "plugins/guard.py:slot": "the same",
}


ALL = [*FOLDERS, "tests"]


def length(node: Function) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_functions_fit_on_a_screen() -> None:
    """A function longer than a screen hides its second job."""
    assert [
        f"{path}:{node.lineno} {node.name} has {length(node)} lines: "
        "split it, or excuse it in LONG_FUNCTIONS with a reason"
        for path in modules(*ALL)
        for node in functions(path)
        if length(node) > FUNCTION_LINES_MAX and f"{path}:{node.name}" not in LONG_FUNCTIONS
    ] == []


def test_files_have_one_subject() -> None:
    """A file over 400 lines becomes a package of the same name, one module per verb."""
    lines = {path: text_of(path).count("\n") for path in modules(*FOLDERS)}

    assert [
        f"{path} has {count} lines: make it a package"
        for path, count in lines.items()
        if count > FILE_LINES_MAX
    ] == []


def test_every_excuse_is_still_needed() -> None:
    """An exception list that only grows is no rule."""
    long = {
        f"{path}:{node.name}"
        for path in modules(*ALL)
        for node in functions(path)
        if length(node) > FUNCTION_LINES_MAX
    }

    assert LONG_FUNCTIONS.keys() <= long


def test_the_domain_takes_time_and_chance_as_arguments() -> None:
    """A rule that reads the clock cannot be tested at a daylight-saving edge."""
    assert [each for path in modules("domain") for each in looks_outside(path)] == []


def looks_outside(path: Path) -> Iterator[str]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call) and called(node) in OUTSIDE_WORLD:
            yield f"{path}:{node.lineno} take `now` or `new_id` as an argument"
        is_environ = isinstance(node, ast.Attribute) and node.attr == "environ"
        if is_environ and f"{path}:environ" not in OTHER_WORDS:
            yield f"{path} reads the environment"


def operation_modules() -> list[Path]:
    single = list(modules("domain", name="operations.py"))
    return single + [path for path in modules("domain") if "operations" in path.parts[:-1]]


def test_public_operations_take_keywords_only() -> None:
    """Two ids of one type, swapped, must not type-check by position."""
    assert [each for path in operation_modules() for each in positional(path)] == []


def positional(path: Path) -> Iterator[str]:
    exported = exported_by_package(path)
    for node in tree_of(path).body:
        if not isinstance(node, ast.AsyncFunctionDef) or node.name.startswith("_"):
            continue
        if (exported is None or node.name in exported) and node.args.args:
            yield f"{path}:{node.lineno} {node.name}: put `*` first"


def exported_by_package(path: Path) -> set[str] | None:
    """What the package's `__init__` shows; None for a plain module, which shows everything."""
    if path.name == "operations.py":
        return None
    init = path.parent / "__init__.py"
    return {
        alias.name
        for node in ast.walk(tree_of(init))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def test_no_module_is_named_for_nothing() -> None:
    """Whatever is in `utils` belongs somewhere: name the module for what it holds."""
    assert [str(path) for path in modules(*ALL) if path.stem in VAGUE] == []


def test_banned_words_appear_in_no_identifier() -> None:
    """One word per thing; these are somebody else's words for ours."""
    assert [each for path in modules(*FOLDERS) for each in banned_in(path)] == []


def banned_in(path: Path) -> Iterator[str]:
    for node in ast.walk(tree_of(path)):
        for name in (getattr(node, kind, None) for kind in ("name", "id", "arg")):
            if isinstance(name, str) and name not in {"slots", "_slots", "__slots__"}:
                found = BANNED_WORD.search(name)
                word = found.group().strip("_").lower().removesuffix("s") if found else ""
                if found and f"{path}:{word}" not in OTHER_WORDS:
                    yield f"{path}: {name}"


def test_every_excuse_to_a_tool_gives_its_reason() -> None:
    """A bare `noqa` says that somebody was annoyed, not why it is right."""
    assert [each for path in modules(*ALL, "migrations") for each in bare_excuses(path)] == []


def bare_excuses(path: Path) -> Iterator[str]:
    for number, line in enumerate(text_of(path).splitlines(), start=1):
        for mark in ("# noqa", "# type: ignore"):
            if mark in line and f'"{mark}' not in line:
                excuse = line.split(mark, 1)[1]
                if not re.match(r"(: [A-Z0-9, ]+|\[[a-z0-9, -]+\])", excuse):
                    yield f"{path}:{number}"


def test_unfinished_work_is_an_issue_not_a_comment() -> None:
    """Nobody reads the marks of last year: open an issue."""
    mark = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")

    assert [str(path) for path in modules(*FOLDERS) if mark.search(text_of(path))] == []


def test_no_state_is_left_on_a_connection() -> None:
    """Connections go back to the pool as they are: keep it local to the transaction."""
    session = re.compile(
        r"pg_advisory_lock|pg_try_advisory_lock|\blisten [a-z]|\bset session\b"
        r"|create temp|set_config\([^)]*false\)",
        re.IGNORECASE,
    )
    files = [*modules("domain"), *modules("migrations", name="*.sql")]

    assert [str(path) for path in files if session.search(text_of(path))] == []


def test_no_float_comes_near_money() -> None:
    """0.1 + 0.2 is not 0.3, and a worker would notice."""
    files = modules("domain", "plugins", "schema")

    assert [each for path in files for each in floats_of_money(path)] == []


def floats_of_money(path: Path) -> Iterator[str]:
    money = re.compile(r"(_micros|_minor|amount|price|fee|reward|balance)$")
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.AnnAssign | ast.arg) and node.annotation is not None:
            name = getattr(node, "arg", None) or getattr(getattr(node, "target", None), "id", "")
            is_float = isinstance(node.annotation, ast.Name) and node.annotation.id == "float"
            if is_float and money.search(str(name)):
                yield f"{path}:{node.lineno} {name}: float"


def test_our_own_code_is_never_patched() -> None:
    """A test that replaces what it tests proves nothing: use the real thing or a simulator."""
    ours = re.compile(
        r"unittest\.mock|monkeypatch\.setattr\(\s*[\"']?(gateway|schema|domain|plugins)"
    )
    files = [path for path in modules("tests") if path.parent.name != "tidy"]

    assert [str(path) for path in files if ours.search(text_of(path))] == []


def test_every_test_says_what_it_guards() -> None:
    """The reader who breaks it must learn what was at stake."""
    assert [
        f"{path}:{node.lineno} {node.name} has no docstring"
        for path in modules("tests", name="test_*.py")
        for node in functions(path)
        if node.name.startswith("test_") and not ast.get_docstring(node)
    ] == []


@pytest.mark.parametrize("package", ["gateway", "schema", "domain", "plugins", "tests"])
def test_top_level_packages_are_ours(package: str) -> None:
    """Piccolo's wheel installs a package called `tests`; a distribution named `schema` exists."""
    found = importlib.import_module(package).__file__

    assert found is not None and Path(found).is_relative_to(ROOT)


def test_no_file_names_a_package_index() -> None:
    """Where packages come from is the installer's business, not the project's."""
    source = re.compile(r"(?<!no-emit-)index-url|find-links|registry *=|https?://\S+/simple\b")
    names = ("pyproject.toml", "requirements.lock", "Makefile", ".ci/run", "README.md")

    assert not [name for name in names if source.search((ROOT / name).read_text())]
