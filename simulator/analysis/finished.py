"""Runs of which all members are done: a part of them tells of those that happened to come first."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from simulator.analysis.run_tables import RunTables
from simulator.errors import ConfigError

DONE = "done"


def finished_run(folder: Path) -> RunTables:
    """The tables of a run; ConfigError, with what runs the rest, unless all of its members are done."""
    check_finished(folder)
    try:
        return RunTables(folder)
    except FileNotFoundError:
        raise ConfigError([f"RUN = {folder}: holds no tables, it was interrupted; allowed: a finished run"]) from None


def check_finished(folder: Path) -> None:
    """ConfigError, with what runs the rest, unless all members of a run are done."""
    path = folder / "members.parquet"
    if not path.is_file():
        return
    members = pd.read_parquet(path, columns=["member", "status"])
    left = members[members["status"] != DONE]
    if len(left):
        done, first = len(members) - len(left), left.iloc[0]
        told = f"{done} of {len(members)} members are done (member {first['member']}: {first['status']})"
        raise ConfigError([f"RUN = {folder}: {told}; allowed: a finished run; `{_rest(folder)}` runs the rest"])


def _rest(folder: Path) -> str:
    """The command that goes on with an ensemble."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    options = [f"--{key} {manifest[key]}" for key in ("level", "shard") if manifest.get(key)]
    return " ".join(["tanlu ensemble", str(folder / "config.yaml"), *options, "--out", str(folder)])
