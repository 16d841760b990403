"""The part of JSON Schema that destination forms use: a check of values, and of the schema itself.

A form that uses more than this could not be drawn by a frontend, nor be held equal to
`check_destination`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

ANNOTATIONS: Final = frozenset(
    {"$schema", "$id", "title", "description", "examples", "default", "format", "deprecated"}
)
OF_OBJECTS: Final = frozenset({"type", "properties", "required", "additionalProperties"})
OF_TEXT: Final = frozenset({"type", "enum", "const", "pattern", "minLength", "maxLength"})


def problems_of(fields: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    """What a form would say of these fields; empty when it would take them."""
    properties: Mapping[str, Any] = schema.get("properties", {})
    found = [f"{name} is missing" for name in schema.get("required", ()) if name not in fields]
    if schema.get("additionalProperties", True) is False:
        found += [f"{name} is unknown" for name in fields if name not in properties]
    for name, value in fields.items():
        found += [f"{name}: {each}" for each in _text_problems(value, properties.get(name, {}))]
    return found


def _text_problems(value: Any, schema: Mapping[str, Any]) -> list[str]:
    if schema.get("type", "string") == "string" and not isinstance(value, str):
        return ["type"]
    broken = {
        "enum": "enum" in schema and value not in schema["enum"],
        "const": "const" in schema and value != schema["const"],
        "pattern": "pattern" in schema and re.search(schema["pattern"], str(value)) is None,
        "minLength": len(str(value)) < schema.get("minLength", 0),
        "maxLength": len(str(value)) > schema.get("maxLength", len(str(value))),
    }
    return [name for name, is_broken in broken.items() if is_broken]


def schema_problems(schema: Any) -> list[str]:
    """Why this is no form; empty when it is one."""
    if not isinstance(schema, Mapping) or schema.get("type") != "object":
        return ["its type is not object"]
    found = [f"{key!r} is not understood" for key in schema.keys() - OF_OBJECTS - ANNOTATIONS]
    properties = schema.get("properties")
    if not isinstance(properties, Mapping) or not properties:
        return [*found, "it has no properties"]
    found += [
        f"{name!r} is required, but no property"
        for name in schema.get("required", ())
        if name not in properties
    ]
    for name, each in properties.items():
        found += [f"{name}: {problem}" for problem in _property_problems(each)]
    return found


def _property_problems(schema: Any) -> list[str]:
    if not isinstance(schema, Mapping):
        return ["is no schema"]
    found = [f"{key!r} is not understood" for key in schema.keys() - OF_TEXT - ANNOTATIONS]
    if schema.get("type") != "string":
        found.append("is no string; fields of a destination are text")
    try:
        re.compile(str(schema.get("pattern", "")))
    except re.error as error:
        found.append(f"its pattern is wrong: {error}")
    return found


def values_of(schema: Any, key: str) -> list[str]:
    return sorted(schema.get(key, {})) if isinstance(schema, Mapping) else []
