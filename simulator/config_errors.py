"""What pydantic found, said in one line each: file, path, value given, what is allowed, nearest valid name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from simulator.names import nearest
from simulator.policies import KINDS
from simulator.scenario_files import Merged
from simulator.signal_table import scopes_of

Node = dict[str, Any]
_VARIABLES = f"the {len(KINDS)} names shown by `tanlu data signals`"


def lines_of(error: ValidationError, model: type[BaseModel], merged: Merged) -> list[str]:
    """One line for each error."""
    schema = model.model_json_schema()
    return [_line(dict(one), schema, merged) for one in error.errors(include_url=False)]


def shown(value: object, most: int = 60) -> str:
    """A value as it stands in the file, on one line."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=str).strip('"')
    except (TypeError, ValueError):
        text = repr(value)
    return text if len(text) <= most else text[: most - 3] + "..."


def _line(error: dict[str, Any], schema: Node, merged: Merged) -> str:
    path, node = _walk(error["loc"], schema)
    kind, value = error["type"], error["input"]
    if kind == "union_tag_invalid":
        path, value = [*path, "variable"], error["ctx"]["tag"]
        message = f"unknown variable{nearest(str(value), KINDS)}; allowed: {_VARIABLES}"
    elif kind == "union_tag_not_found":
        path, message = [*path, "variable"], f"is missing; allowed: {_VARIABLES}"
        return f"{merged.said_by(tuple(path))}: {'.'.join(path)} {message}"
    elif kind == "missing":
        return f"{merged.said_by(tuple(path))}: {'.'.join(path)} is missing; allowed: {_allowed(node, schema)}"
    elif kind == "extra_forbidden":
        message = _unknown("key", path[-1], _keys(error["loc"], schema))
    elif error["loc"] and error["loc"][-1] == "[key]":
        message = "not a valid key; allowed: " + _allowed_key(path)
    else:
        message = f"{_why(kind)}; allowed: {_allowed(node, schema)}"
    return f"{merged.said_by(tuple(path))}: {'.'.join(path)} = {shown(value)}: {message}"


def _walk(loc: tuple[int | str, ...], schema: Node) -> tuple[list[str], Node]:
    """The path as the user wrote it (pydantic puts the variable of a signal into it), and the schema at its end."""
    node, path = schema, []
    for step in loc:
        node = _followed(node, schema)
        if "discriminator" in node and step in node["discriminator"]["mapping"]:
            node = _followed({"$ref": node["discriminator"]["mapping"][step]}, schema)
            continue
        if step == "[key]":
            continue
        path.append(str(step))
        inside = node.get("additionalProperties") or next(iter(node.get("patternProperties", {}).values()), None)
        node = node.get("properties", {}).get(step) or inside or node.get("items") or {}
        node = node if isinstance(node, dict) else {}
    return path, _followed(node, schema)


def _keys(loc: tuple[int | str, ...], schema: Node) -> list[str]:
    """What may stand beside the key at the end of a place; in a scope, only what the signal's variable has."""
    if loc[0] == "signals" and len(loc) > 2 and "scope" in loc and loc[2] in KINDS:
        return list(scopes_of(KINDS[str(loc[2])]))
    return list(_walk(loc[:-1], schema)[1].get("properties", {}))


def _followed(node: Node, schema: Node) -> Node:
    """Past references, and past `or null`."""
    while True:
        if "$ref" in node:
            node = schema["$defs"][node["$ref"].rsplit("/", 1)[1]]
        elif "anyOf" in node:
            node = next(one for one in node["anyOf"] if one.get("type") != "null")
        else:
            return node


def _unknown(what: str, given: str, known: list[str]) -> str:
    allowed = ", ".join(known) or "none here"
    return f"unknown {what}{nearest(given, known)}; allowed: {allowed}"


def _allowed_key(path: list[str]) -> str:
    if "schedule" in path:
        return "a year from 2000 to 2100"
    return "letters, digits, _ . - (the first a letter or digit)"


def _allowed(node: Node, schema: Node) -> str:
    node = _followed(node, schema)
    if "const" in node or "enum" in node:
        return ", ".join(str(one) for one in node.get("enum", [node.get("const")]))
    kind = node.get("type", "")
    if kind in ("integer", "number"):
        article = "an integer" if kind == "integer" else "a number"
        low, high = node.get("minimum"), node.get("maximum")
        limits = f" from {low} to {high}" if low is not None and high is not None else ""
        return f"{article}{limits}"
    if kind == "array":
        return "a list of names (at least one)"
    if kind == "string" and "pattern" in node:
        return "text of letters, digits, _ . - (the first a letter or digit)"
    if kind == "object" or isinstance(node.get("properties"), Mapping) or "discriminator" in node:
        keys = ", ".join(node.get("properties", {}))
        some = "a mapping, not empty" if node.get("minProperties") else "a mapping"
        return f"a mapping with {keys}" if keys else some
    return {"string": "text", "boolean": "true or false"}.get(kind, "see `tanlu schema`")


def _why(kind: str) -> str:
    if kind in ("greater_than_equal", "less_than_equal"):
        return "outside the range"
    if kind in ("literal_error", "enum"):
        return "not one of them"
    if kind in ("too_short", "string_too_long", "string_pattern_mismatch", "finite_number"):
        return {"too_short": "empty", "string_too_long": "too long"}.get(kind, "not valid")
    return "wrong type"
