"""Sizes, names and places of the code."""

from __future__ import annotations

import ast
import importlib
import re
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

# Where a longer function reads better than its pieces. Say why.
LONG_FUNCTIONS: dict[str, str] = {}
# Where a word that is banned in the market means something else. Say why.
OTHER_WORDS: dict[str, str] = {
    "domain/jobs.py:environ": "the queue reads its schema from the environment at import",
    "domain/provider.py:slot": "a place in the queue before a provider, as PLUGINS calls it",
    "plugins/guard.py:slot": "the same",
}


def length(node: Function) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


@pytest.mark.parametrize("path", list(modules(*FOLDERS, "tests")), ids=str)
def test_functions_fit_on_a_screen(path: Path) -> None:
    """A function longer than a screen hides its second job."""
    for node in functions(path):
        excused = f"{path}:{node.name}" in LONG_FUNCTIONS
        assert excused or length(node) <= FUNCTION_LINES_MAX, (
            f"{path}:{node.lineno} {node.name} has {length(node)} lines: "
            f"split it, or excuse it in LONG_FUNCTIONS with a reason"
        )


@pytest.mark.parametrize("path", list(modules(*FOLDERS)), ids=str)
def test_files_have_one_subject(path: Path) -> None:
    """A file over 400 lines becomes a package of the same name, one module per verb."""
    lines = text_of(path).count("\n")

    assert lines <= FILE_LINES_MAX, f"{path} has {lines} lines: make it a package"


def test_every_excuse_is_still_needed() -> None:
    """An exception list that only grows is no rule."""
    long = {
        f"{path}:{node.name}"
        for path in modules(*FOLDERS, "tests")
        for node in functions(path)
        if length(node) > FUNCTION_LINES_MAX
    }

    assert LONG_FUNCTIONS.keys() <= long


@pytest.mark.parametrize("path", list(modules("domain")), ids=str)
def test_the_domain_takes_time_and_chance_as_arguments(path: Path) -> None:
    """A rule that reads the clock cannot be tested at a daylight-saving edge."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call):
            assert called(node) not in OUTSIDE_WORLD, (
                f"{path}:{node.lineno} take `now` or `new_id` as an argument"
            )
        if isinstance(node, ast.Attribute) and node.attr == "environ":
            assert f"{path}:environ" in OTHER_WORDS, f"{path}:{node.lineno} reads the environment"


def operation_modules() -> list[Path]:
    single = list(modules("domain", name="operations.py"))
    return single + [path for path in modules("domain") if "operations" in path.parts[:-1]]


@pytest.mark.parametrize("path", operation_modules(), ids=str)
def test_public_operations_take_keywords_only(path: Path) -> None:
    """Two ids of one type, swapped, must not type-check by position."""
    exported = exported_by_package(path)
    for node in tree_of(path).body:
        if not isinstance(node, ast.AsyncFunctionDef) or node.name.startswith("_"):
            continue
        if exported is None or node.name in exported:
            assert not node.args.args, f"{path}:{node.lineno} {node.name}: put `*` first"


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


@pytest.mark.parametrize("path", list(modules(*FOLDERS, "tests")), ids=str)
def test_no_module_is_named_for_nothing(path: Path) -> None:
    """Whatever is in `utils` belongs somewhere."""
    assert path.stem not in VAGUE, f"{path}: name the module for what it holds"


@pytest.mark.parametrize("path", list(modules(*FOLDERS)), ids=str)
def test_banned_words_appear_in_no_identifier(path: Path) -> None:
    """One word per thing; these are somebody else's words for ours."""
    words = re.compile(rf"(?:^|_)(?:{'|'.join(BANNED)})s?(?:$|_)", re.IGNORECASE)
    for node in ast.walk(tree_of(path)):
        names = [getattr(node, "name", None), getattr(node, "id", None), getattr(node, "arg", None)]
        for name in names:
            if isinstance(name, str):
                found = words.search(name)
                if found and name not in {"slots", "_slots", "__slots__"}:
                    word = found.group().strip("_").lower().removesuffix("s")
                    assert f"{path}:{word}" in OTHER_WORDS, f"{path}: {name}"


@pytest.mark.parametrize("path", list(modules(*FOLDERS, "tests", "migrations")), ids=str)
def test_every_excuse_to_a_tool_gives_its_reason(path: Path) -> None:
    """A bare `noqa` says that somebody was annoyed, not why it is right."""
    for number, line in enumerate(text_of(path).splitlines(), start=1):
        for mark in ("# noqa", "# type: ignore"):
            if mark in line and "mark in" not in line:
                excuse = line.split(mark, 1)[1]
                assert re.match(r"(: [A-Z0-9, ]+|\[[a-z0-9, -]+\])", excuse), f"{path}:{number}"


@pytest.mark.parametrize("path", list(modules(*FOLDERS)), ids=str)
def test_unfinished_work_is_an_issue_not_a_comment(path: Path) -> None:
    """Nobody reads the marks of last year."""
    assert not re.search(r"\b(TODO|FIXME|XXX|HACK)\b", text_of(path)), f"{path}: open an issue"


@pytest.mark.parametrize(
    "path", [*modules("domain"), *modules("migrations", name="*.sql")], ids=str
)
def test_no_state_is_left_on_a_connection(path: Path) -> None:
    """Connections go back to the pool as they are; the next one must not inherit anything."""
    session = re.compile(
        r"pg_advisory_lock|pg_try_advisory_lock|\blisten [a-z]|\bset session\b"
        r"|create temp|set_config\([^)]*false\)",
        re.IGNORECASE,
    )

    assert not session.search(text_of(path)), f"{path}: keep it local to the transaction"


@pytest.mark.parametrize("path", list(modules("domain", "plugins", "schema")), ids=str)
def test_no_float_comes_near_money(path: Path) -> None:
    """0.1 + 0.2 is not 0.3, and a worker would notice."""
    money = re.compile(r"(_micros|_minor|amount|price|fee|reward|balance)$")
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.AnnAssign | ast.arg) and node.annotation is not None:
            name = getattr(node, "arg", None) or getattr(getattr(node, "target", None), "id", "")
            is_float = isinstance(node.annotation, ast.Name) and node.annotation.id == "float"
            is_money = money.search(str(name)) is not None
            assert not (is_float and is_money), f"{path}:{node.lineno} {name}: float"


@pytest.mark.parametrize("path", list(modules("tests")), ids=str)
def test_our_own_code_is_never_patched(path: Path) -> None:
    """A test that replaces what it tests proves nothing."""
    if path.parent.name == "tidy":
        return
    text = text_of(path)

    assert "unittest.mock" not in text, f"{path}: use the real thing or a simulator"
    ours = re.search(r"monkeypatch\.setattr\(\s*[\"']?(gateway|schema|domain|plugins)", text)
    assert ours is None, f"{path}: use the real thing or a simulator"


@pytest.mark.parametrize("path", list(modules("tests", name="test_*.py")), ids=str)
def test_every_test_says_what_it_guards(path: Path) -> None:
    """The reader who breaks it must learn what was at stake."""
    for node in functions(path):
        if node.name.startswith("test_"):
            assert ast.get_docstring(node), f"{path}:{node.lineno} {node.name} has no docstring"


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
