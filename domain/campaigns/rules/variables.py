"""What instructions leave open for each task: `{{name}}` is the task's own value. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final

from domain.campaigns.rules.problem import Problem
from domain.texts import text_problem

VARIABLE_COUNT_MAX: Final = 20
VARIABLE_LENGTH_MAX: Final = 1_000
_NAME: Final = r"[a-z][a-z0-9_]{0,39}"
_PLACE: Final = re.compile(r"\{\{\s*(" + _NAME + r")\s*\}\}")


def names_in(text: str) -> frozenset[str]:
    """What it leaves open. Braces around anything but a name stay as they are."""
    return frozenset(_PLACE.findall(text))


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with the values. A value is put in as it is: what looks like a name in it is text,
    and so is a name without a value.
    """
    return _PLACE.sub(lambda found: values.get(found[1], found[0]), text)


def variables_problem(values: Mapping[str, str]) -> str | None:
    """What is wrong with the values of one task."""
    if len(values) > VARIABLE_COUNT_MAX:
        return f"a task has at most {VARIABLE_COUNT_MAX} variables"
    for name, value in values.items():
        if not re.fullmatch(_NAME, name):
            return "a name has 1 to 40 of a-z, 0-9 and _, and begins with a letter"
        problem = text_problem(value, most=VARIABLE_LENGTH_MAX, is_line=True)
        if problem is not None:
            return f"a value: {problem}"
    return None


def open_problem(text: str, names: Collection[str]) -> Problem | None:
    """Whether the tasks, which all have values of these names, fill the text."""
    missing = sorted(names_in(text) - set(names))
    if not missing:
        return None
    return Problem(f"the tasks have no value for {', '.join(missing)}", ("instructions",))
