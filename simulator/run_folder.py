"""A run folder: written piece by piece under temporary names, fsynced and renamed, so no reader sees half a file."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from filelock import FileLock, Timeout

from simulator.config import Config
from simulator.errors import ConfigError

# Status of a member that succeeded, and of one that was not tried; any other is what stopped it.
DONE, NOT_RUN = "done", "not run"

LOCK = ".lock"
# Tables finer than provinces, which an ensemble keeps from the level of sectors on.
FINER = ("sectors", "routes", "flows", "lines", "constraints")


@dataclass(frozen=True)
class RunFolder:
    """`config.yaml`, `provenance.json`, `members.parquet` and the tables of one run."""

    path: Path

    def start(self, config: Config, provenance: Mapping[str, Any]) -> None:
        """Make the folder and state what will run; called once everything else has been checked."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self.write_text("config.yaml", config.to_yaml())
            self.write_provenance(provenance)
        except OSError as error:
            raise ConfigError(
                [f"--out = {self.path}: {error.strerror}; allowed: a folder that can be written"]
            ) from None

    def write_provenance(self, provenance: Mapping[str, Any]) -> None:
        """Write, or write again at the end, where the result comes from."""
        self.write_text("provenance.json", json.dumps(provenance, indent=2, ensure_ascii=False) + "\n")

    def write_text(self, name: str, text: str) -> None:
        """A text file."""
        self._write(name, lambda path: path.write_text(text, encoding="utf-8"))

    def write_manifest(self, name: str, content: Mapping[str, Any]) -> None:
        """The identity of an ensemble."""
        self.write_text(name, json.dumps(content, indent=1, ensure_ascii=False) + "\n")

    def write_file(self, name: str, write: Callable[[Path], object]) -> None:
        """A file that `write` makes at the path that it is given."""
        self._write(name, write)

    def write_members(self, table: pd.DataFrame) -> None:
        """One row per member: its number, seed, inputs and status."""
        ordered = table.sort_values("member", ignore_index=True)
        self._write("members.parquet", partial(ordered.to_parquet, index=False))

    def write_tables(self, tables: Mapping[str, pd.DataFrame]) -> None:
        """One Parquet file per table."""
        for name, table in tables.items():
            self._write(f"{name}.parquet", partial(table.to_parquet, index=False))

    def begin_file(self, name: str) -> Path:
        """Where to write what will be the file `name`."""
        final = self.path / name
        final.parent.mkdir(parents=True, exist_ok=True)
        return final.with_name(f".{final.name}.{os.getpid()}.part")

    def end_file(self, name: str, temporary: Path) -> None:
        """Give it its name once the disk has it all."""
        final = self.path / name
        _sync(temporary)
        temporary.replace(final)
        _sync(final.parent)

    def _write(self, name: str, write: Callable[[Path], object]) -> None:
        temporary = self.begin_file(name)
        try:
            write(temporary)
            self.end_file(name, temporary)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def sole_writer(folder: Path) -> Iterator[None]:
    """Hold a folder alone while writing into it, so that two commands never mix; a crash lets it go.

    Raises ConfigError if another process holds it, or nothing can be written there.
    """
    lock = FileLock(folder / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        allowed = "another --out, or wait until it has ended"
        raise ConfigError([f"--out = {folder}: another command is writing there; allowed: {allowed}"]) from None
    except OSError as error:
        raise ConfigError([f"--out = {folder}: {error.strerror}; allowed: a folder that can be written"]) from None
    try:
        yield
    finally:
        lock.release()


class Results:
    """The tables of a run as pandas data frames, `results.national`, `results.provinces` ..., read when asked for."""

    def __init__(self, path: Path | None, tables: Mapping[str, pd.DataFrame] | None = None) -> None:
        self.path = path
        self._tables: dict[str, pd.DataFrame] = dict(tables or {})

    def __getattr__(self, name: str) -> pd.DataFrame:
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._tables:
            self._tables[name] = self._read(name)
        return self._tables[name]

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.names]

    def __repr__(self) -> str:
        return f"Results({str(self.path) if self.path else 'in memory'}: {', '.join(self.names)})"

    @property
    def names(self) -> list[str]:
        """The tables of this run."""
        stored = (
            {one.stem if one.is_file() else one.name for one in self.path.iterdir() if _is_table(one)}
            if self.path
            else set()
        )
        return sorted(stored | set(self._tables))

    def _read(self, name: str) -> pd.DataFrame:
        for path in (self.path / f"{name}.parquet", self.path / name) if self.path else ():
            if path.exists():
                table = pd.read_parquet(path)
                keys = [key for key in ("member", "year") if key in table.columns]
                return table.sort_values(keys, kind="stable", ignore_index=True) if path.is_dir() else table
        raise AttributeError(f"this run has no table {name!r}; it has: {', '.join(self.names)}")


def open_run(path: str | Path) -> Results:
    """The results in a run folder; a ConfigError if it is none."""
    folder = Path(path)
    if not (folder / "provenance.json").is_file():
        what = "not a run folder" if folder.is_dir() else "there is no such folder"
        raise ConfigError([f"RUN = {path}: {what}; allowed: a folder that `tanlu run` wrote"])
    return Results(folder)


def new_folder(config: Config, out: str | Path | None, suffix: str = "") -> RunFolder:
    """The folder of a run that is about to start: `--out`, else runs/SCENARIO-seedS[-SUFFIX] that is not taken."""
    if out is not None:
        path = Path(out)
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise ConfigError([f"--out = {path}: already exists and is not empty; allowed: a new or an empty folder"])
        return RunFolder(path)
    number = 1
    while numbered_folder(config, suffix, number).exists():
        number += 1
    return RunFolder(numbered_folder(config, suffix, number))


def numbered_folder(config: Config, suffix: str, number: int) -> Path:
    """runs/SCENARIO-seedS[-SUFFIX], and -2, -3 ... after it."""
    parts = [f"{config.name}-seed{config.simulation.seed}", suffix, str(number) if number > 1 else ""]
    return Path("runs") / "-".join(one for one in parts if one)


def _is_table(path: Path) -> bool:
    if path.is_dir():
        return any(path.glob("*.parquet"))
    return path.suffix == ".parquet" and not path.name.startswith(".")


def _sync(path: Path) -> None:
    """Ask the disk to keep it, a folder's list of names too (where the system can)."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
