"""Runs of which all members have been run: a part of them tells of those that happened to come first."""

from __future__ import annotations

import json
from pathlib import Path
from shlex import quote

import pandas as pd

from simulator.analysis.run_tables import RunTables
from simulator.errors import ConfigError
from simulator.run_folder import DONE, NOT_RUN


def finished_run(folder: Path) -> RunTables:
    """The tables of a run; ConfigError, with what runs the rest, unless all of its members have been run.

    Those that a fault stopped are left out, since no second try would change it; who shows results tells `left_out`.
    """
    _refuse_unfinished(folder)
    try:
        return RunTables(folder)
    except FileNotFoundError:
        raise ConfigError(
            [f"RUN = {folder}: holds no tables, it was interrupted or all members stopped; allowed: a finished run"]
        ) from None


def _refuse_unfinished(folder: Path) -> None:
    path = folder / "members.parquet"
    if not path.is_file():
        return
    members = pd.read_parquet(path, columns=["member", "status"])
    left = members[members["status"] == NOT_RUN]
    if len(left):
        done = f"{int((members['status'] == DONE).sum())} of {len(members)} members are done"
        told = f"{done} (member {left.iloc[0]['member']}: {NOT_RUN})"
        raise ConfigError([f"RUN = {folder}: {told}; allowed: a finished run; `{_rest(folder)}` runs the rest"])


def left_out(*runs: RunTables) -> str:
    """How many members of runs stopped, and tell nothing; empty if none did."""
    told = [f"{one.members_left_out} that stopped in {one.folder}" for one in runs if one.members_left_out]
    return f"members left out: {', '.join(told)}" if told else ""


def _rest(folder: Path) -> str:
    """The command that goes on with an ensemble."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    options = [f"--{key} {manifest[key]}" for key in ("level", "shard") if manifest.get(key)]
    return " ".join(["tanlu ensemble", quote(str(folder / "config.yaml")), *options, "--out", quote(str(folder))])
