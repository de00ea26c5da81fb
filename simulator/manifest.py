"""What an ensemble is: hashes of its scenario, design, data and code, so that results of two are never mixed.

`manifest.json` is written first. A folder with another manifest is refused, with what differs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from simulator.config import Config
from simulator.errors import ConfigError
from simulator.names import DATA
from simulator.provenance import rule_hash, versions

NAME = "manifest.json"
MOST_TOLD = 5
# What decides numbers but is not one of the scenario's keys.
_WHAT = {
    "data": "the data",
    "files": "the file that the scenario names",
    "packages": "the packages",
    "rules": "the replaced rules",
}


def manifest_of(
    config: Config, design: pd.DataFrame, level: str, shard: str, rules: Mapping[Any, Any] | None
) -> dict[str, Any]:
    """The identity of an ensemble. Workers, executor and batches are no part of it: they change no number."""
    content = {
        "format": 1,
        "scenario": yaml.safe_load(config.to_yaml()),
        "design": _sha(pd.util.hash_pandas_object(design, index=False).to_numpy().tobytes()),
        "members": len(design),
        "level": level,
        "shard": shard,
        **_tools(),
        "files": {key: _sha(path.read_bytes()) for key, path in files_of(config).items()},
        "rules": {str(name): rule_hash(one) for name, one in sorted((rules or {}).items(), key=str)},
    }
    return dict(json.loads(json.dumps(content)))  # as it will be read: keys are text


def _tools() -> dict[str, Any]:
    """What numbers are made with here, whatever the scenario."""
    data = {path.name: _sha(path.read_bytes()) for path in sorted(DATA.glob("*.csv"))}
    return {"code": code_hash(), "data": data, "packages": versions()}


def changed_since(folder: Path) -> list[str]:
    """What numbers would be made with now and were not when the folder was written; empty if all is as it was, or if
    the folder does not tell."""
    there = read_manifest(folder)
    return differences(there, json.loads(json.dumps(_tools()))) if there else []


def code_hash() -> str:
    """SHA-256 of the sources that decide a number: those of the agents and of the world, not of what reads runs."""
    digest = hashlib.sha256()
    root = DATA.parent.parent
    for path in sorted([*(root / "agents").glob("*.py"), *(root / "simulator").glob("*.py")]):
        digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def files_of(config: Config) -> dict[str, Path]:
    """Files whose content the scenario takes over by naming them, by its key."""
    named = {"governments.exchange_network": Path(config.governments.exchange_network)}
    return {key: path for key, path in named.items() if path.is_file()}


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest of a folder, or nothing if it has none."""
    path = folder / NAME
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None


def differences(there: Mapping[str, Any], here: Mapping[str, Any], but: Iterable[str] = ()) -> list[str]:
    """What differs between two manifests, in words; empty if nothing does."""
    told = []
    for key in [one for one in here if one not in but]:
        if there.get(key) == here[key]:
            continue
        if key == "scenario" or key in _WHAT:
            told += _changed_keys(there.get(key) or {}, here[key], f"{_WHAT[key]}: " if key in _WHAT else "")
        elif key in ("code", "design"):
            told.append({"code": "the code has changed", "design": "the table of members differs"}[key])
        else:
            told.append(f"{key}: {there.get(key)} there, {here[key]} here")
    return told


def refuse_other(folder: Path, there: Mapping[str, Any], here: Mapping[str, Any], but: Iterable[str] = ()) -> None:
    """ConfigError if the folder holds results of something else."""
    told = differences(there, here, but)
    if told:
        more = f"; and {len(told) - MOST_TOLD} more" if len(told) > MOST_TOLD else ""
        what = "; ".join(told[:MOST_TOLD]) + more
        raise ConfigError([f"{folder}: holds another ensemble ({what}); allowed: the same one, or another --out"])


def _changed_keys(there: Mapping[str, Any], here: Mapping[str, Any], prefix: str) -> list[str]:
    told = []
    for key in dict.fromkeys([*there, *here]):
        old, new = there.get(key), here.get(key)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            told += _changed_keys(old, new, f"{prefix}{key}.")
        elif old != new:
            short = all(len(str(one)) <= 40 for one in (old, new))
            told.append(f"{prefix}{key}: {old} there, {new} here" if short else f"{prefix}{key} differs")
    return told


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
