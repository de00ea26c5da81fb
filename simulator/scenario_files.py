"""Reading scenario files: where they are, what they extend, and how the differences are laid over each other.

A file states only what differs. Sections (`simulation`, `power`, `parameters`, ...) are merged key by key, own ranges
of parameters (`ensemble.ranges`) too; a signal is replaced as a whole by the signal of the same name, and `null` takes
a signal or a range away. `name`, `title_zh` and `description` belong to the file and are not inherited.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

from simulator.errors import ConfigError
from simulator.names import nearest

# What is stated by name and can be taken away, by where it stands.
NAMED = {("signals",): "signal", ("ensemble", "ranges"): "range"}
NOT_INHERITED = ("name", "title_zh", "description", "extends")


@dataclass(frozen=True)
class Layer:
    """One file (or the command line) and what it states."""

    label: str
    content: Mapping[str, Any]


@dataclass(frozen=True)
class Merged:
    """All layers in one mapping, and for each path the label of the layer that stated it."""

    content: dict[str, Any]
    origin: dict[tuple[str, ...], str]
    errors: tuple[str, ...]  # a removal of what is not there

    def said_by(self, path: tuple[str, ...]) -> str:
        """The layer that stated this path, or the nearest stated path above it."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.origin:
                return self.origin[path[:length]]
        return "scenario"


@cache
def shipped_folder() -> Path:
    """configs/ inside an installed package, else beside it in a clone."""
    package = Path(__file__).resolve().parent
    inside = package / "configs"
    return inside if inside.is_dir() else package.parent / "configs"


def shipped() -> list[str]:
    """Names of the scenarios that come with tanlu."""
    return sorted(path.stem for path in shipped_folder().glob("*.yaml"))


def layers(source: str | Path) -> list[Layer]:
    """The chain of files from the outermost base to `source`, which is a path or the name of a shipped scenario."""
    chain: list[Layer] = []
    seen: list[Path] = []
    path, label = _find(str(source), Path(), "")
    while True:
        if path.resolve() in seen:
            way = " -> ".join(one.name for one in [*seen, path])
            what = f"circular ({way}); allowed: a file that does not lead back"
            raise ConfigError([f"{label}: extends = {path.name}: {what}"])
        seen.append(path.resolve())
        content = read_yaml(path, label)
        chain.insert(0, Layer(label, {"name": path.stem, **content}))
        base = content.get("extends")
        if base is None:
            return chain
        if not isinstance(base, str):
            allowed = "a relative file or a shipped scenario"
            raise ConfigError([f"{label}: extends = {base!r}: not text; allowed: {allowed}"])
        path, label = _find(base, path.parent, f"{label}: extends = ")


def merge(chain: list[Layer]) -> Merged:
    """Lay the layers over each other, base first."""
    content: dict[str, Any] = {}
    origin: dict[tuple[str, ...], str] = {}
    errors: list[str] = []
    for layer in chain:
        for key in NOT_INHERITED:
            if layer.label != "command line":
                content.pop(key, None)
        for key, value in layer.content.items():
            if key == "extends":
                continue
            origin[(str(key),)] = layer.label
            if isinstance(value, Mapping) and isinstance(content.get(key, {}), Mapping):
                content[key] = _overlay((str(key),), content.get(key, {}), value, layer.label, origin, errors)
            else:
                content[key] = value
    return Merged(content, origin, tuple(errors))


def _overlay(
    path: tuple[str, ...],
    old: Mapping[Any, Any],
    new: Mapping[Any, Any],
    label: str,
    origin: dict[tuple[str, ...], str],
    errors: list[str],
) -> dict[Any, Any]:
    result = dict(old)
    for key, value in new.items():
        place = (*path, str(key))
        origin[place] = label
        if place in NAMED and isinstance(value, Mapping) and isinstance(result.get(key, {}), Mapping):
            result[key] = _overlay(place, result.get(key, {}), value, label, origin, errors)
        elif path not in NAMED or value is not None:
            result[key] = value
        elif key in result:
            del result[key]
        else:
            errors.append(f"{label}: {_nothing_to_take_away(path, str(key), [str(one) for one in result])}")
    return result


def _nothing_to_take_away(path: tuple[str, ...], name: str, inherited: list[str]) -> str:
    what, known = NAMED[path], ", ".join(inherited)
    allowed = known or f"no {what} is inherited"
    return f"{'.'.join(path)}.{name} = null: no such {what} to take away{nearest(name, inherited)}; allowed: {allowed}"


def read_yaml(path: Path, label: str) -> dict[str, Any]:
    """The mapping in a YAML file; a ConfigError with line and column where it cannot be read."""
    try:
        state = path.stat()
    except OSError as error:
        raise ConfigError([f"{label}: cannot be read ({error.strerror}); allowed: a readable YAML file"]) from None
    return _read(path, label, (state.st_mtime_ns, state.st_size))


@lru_cache(maxsize=64)
def _read(path: Path, label: str, state: tuple[int, int]) -> dict[str, Any]:
    """A file in one state is read once; nobody changes what it holds."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except OSError as error:
        raise ConfigError([f"{label}: cannot be read ({error.strerror}); allowed: a readable YAML file"]) from None
    except UnicodeDecodeError as error:
        raise ConfigError([f"{label}: byte {error.start}: not UTF-8; allowed: a YAML file in UTF-8"]) from None
    except yaml.YAMLError as error:
        raise ConfigError([f"{label}: {_place(error)}; allowed: valid YAML"]) from None
    if content is None:
        raise ConfigError([f"{label}: the file is empty; allowed: a scenario, at least `extends: baseline`"])
    if not isinstance(content, dict):
        what = f"holds {type(content).__name__} {_short(content)}"
        raise ConfigError([f"{label}: {what}; allowed: a mapping of keys to values"])
    return content


def _find(name: str, folder: Path, before: str) -> tuple[Path, str]:
    """The file of a scenario and the label by which errors call it."""
    if name.endswith((".yaml", ".yml")) or "/" in name or "\\" in name:
        path = folder / name
        if path.is_file():
            return path, str(path) if not path.is_relative_to(shipped_folder()) else path.name
        what = "is a folder" if path.is_dir() else "there is no such file"
        raise ConfigError([f"{before}{name}: {what}; {_allowed()}"])
    path = shipped_folder() / f"{name}.yaml"
    if path.is_file():
        return path, path.name
    hint = nearest(name, shipped())
    raise ConfigError([f"{before}{name}: no scenario of that name{hint}; {_allowed()}"])


def _allowed() -> str:
    return f"allowed: a YAML file, or one of {', '.join(shipped())}"


class _Loader(yaml.SafeLoader):
    """Safe YAML that refuses a key stated twice: the first would be lost in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)  # type: ignore[no-untyped-call]
            if not isinstance(key, (str, int, float, bool)):
                raise _at(key_node, f"a key must be text or a number, not {key!r}")
            if key in seen:
                raise _at(key_node, f"the key {key!r} is stated twice")
            seen.add(key)
        return super().construct_mapping(node, deep)


def _at(node: yaml.Node, problem: str) -> yaml.YAMLError:
    return yaml.constructor.ConstructorError(None, None, problem, node.start_mark)


def _place(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = " ".join(str(getattr(error, "problem", None) or error).split())
    return f"line {mark.line + 1}, column {mark.column + 1}: {problem}" if mark else problem


def _short(value: object, most: int = 60) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= most else text[: most - 3] + "..."


def nested(path: str, value: Any) -> dict[str, Any]:
    """`power.market` and a value as the mapping that a file would state."""
    for key in reversed(path.split(".")):
        value = {key: value}
    return dict(value)


def merged_mappings(parts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Nested mappings laid over each other, section by section."""
    whole: dict[str, Any] = {}
    for part in parts:
        for key, value in part.items():
            inner = isinstance(value, Mapping) and isinstance(whole.get(key), Mapping)
            whole[key] = merged_mappings([whole[key], value]) if inner else value
    return whole
