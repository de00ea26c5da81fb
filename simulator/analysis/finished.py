"""Runs of which all members have been run: a part of them tells of those that happened to come first."""

from __future__ import annotations

import json
from pathlib import Path
from shlex import quote

import pandas as pd

from simulator.analysis.run_tables import RunTables
from simulator.errors import ConfigError
from simulator.run_folder import DONE, NOT_RUN


def finished_run(folder: Path, but_stopped: bool = False) -> RunTables:
    """The tables of a run; ConfigError as of `check_finished`."""
    check_finished(folder, but_stopped)
    try:
        return RunTables(folder)
    except FileNotFoundError:
        raise ConfigError([f"RUN = {folder}: holds no tables, it was interrupted; allowed: a finished run"]) from None


def check_finished(folder: Path, but_stopped: bool = False) -> None:
    """ConfigError, with what runs the rest, unless all members of a run are done; or done or stopped by a fault, which
    no second try would change."""
    path = folder / "members.parquet"
    if not path.is_file():
        return
    members = pd.read_parquet(path, columns=["member", "status"])
    left = members[members["status"] == NOT_RUN] if but_stopped else members[members["status"] != DONE]
    if len(left):
        done, first = int((members["status"] == DONE).sum()), left.iloc[0]
        told = f"{done} of {len(members)} members are done (member {first['member']}: {first['status']})"
        can_go_on = (left["status"] == NOT_RUN).any()
        allowed = (
            f"a finished run; `{_rest(folder)}` runs the rest" if can_go_on else "a run of which no member stopped"
        )
        raise ConfigError([f"RUN = {folder}: {told}; allowed: {allowed}"])


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
