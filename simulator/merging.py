"""Shards into one run folder: the same tables as if one machine had run all members."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from simulator.batches import NOTES, finished_members
from simulator.config import load_config
from simulator.errors import ConfigError
from simulator.manifest import NAME, differences, read_manifest
from simulator.quantiles import write_quantiles
from simulator.run_folder import Results, RunFolder, open_run

# What shards of one ensemble may differ in.
OWN = ("shard", "design", "members")


def merge(folders: Sequence[Path], out: Path) -> Results:
    """Copy the batches of all shards into a new folder, and write members and quantiles of all.

    ConfigError if the shards are of different ensembles or share a member.
    """
    manifests = [_manifest(one) for one in folders]
    errors = [
        f"{path}: is not of the same ensemble as {folders[0]} ({'; '.join(told[:3])}); allowed: shards of one ensemble"
        for path, manifest in zip(folders[1:], manifests[1:], strict=True)
        if (told := differences(manifest, manifests[0], OWN))
    ]
    members = pd.concat([open_run(one).members for one in folders], ignore_index=True)
    twice = members["member"][members["member"].duplicated()]
    if len(twice):
        errors.append(f"RUN: member {twice.iloc[0]} is in two of the folders; allowed: shards without common members")
    if out.exists() and any(out.iterdir()):
        errors.append(f"--out = {out}: already exists and is not empty; allowed: a new or an empty folder")
    if errors:
        raise ConfigError(errors)
    return _join(folders, manifests, members, RunFolder(out))


def _join(
    folders: Sequence[Path], manifests: Sequence[dict[str, Any]], members: pd.DataFrame, target: RunFolder
) -> Results:
    about = json.loads((folders[0] / "provenance.json").read_text(encoding="utf-8"))
    done = sum(len(finished_members(one)) for one in folders)
    target.start(load_config(folders[0] / "config.yaml"), {**about, "members": len(members), "members_finished": done})
    for folder in folders:
        for path in sorted([*folder.glob("*/batch-*.parquet"), *folder.glob(f"{NOTES}/batch-*.json")]):
            target.write_file(f"{path.parent.name}/{path.name}", lambda new, old=path: _copied(old, new))  # type: ignore[misc]
    target.write_members(members)
    target.write_manifest(NAME, {**manifests[0], "shard": "", "members": len(members), "design": _designs(manifests)})
    write_quantiles(target)
    return Results(target.path)


def _copied(old: Path, new: Path) -> None:
    """A second name of the same file where the disk can, else a copy."""
    try:
        os.link(old, new)
    except OSError:
        shutil.copyfile(old, new)


def _designs(manifests: Sequence[dict[str, Any]]) -> str:
    return "+".join(str(one["design"])[:16] for one in manifests)


def _manifest(folder: Path) -> dict[str, Any]:
    found = read_manifest(folder)
    if found is None:
        raise ConfigError([f"RUN = {folder}: holds no ensemble; allowed: folders that `tanlu ensemble --shard` wrote"])
    return found
