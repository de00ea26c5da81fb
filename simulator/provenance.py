"""Where a result comes from: seed, versions, commit, checksums, machine, time. Never a path of the machine."""

from __future__ import annotations

import hashlib
import inspect
import os
import platform
import subprocess
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from simulator.config import Config
from simulator.government_policies import assumption
from simulator.names import DATA

_PACKAGES = (
    "tanlu",
    "mesa",
    "numpy",
    "pandas",
    "numba",
    "llvmlite",
    "scipy",
    "networkx",
    "pyarrow",
    "duckdb",
    "pydantic",
)


def provenance(config: Config, members: int, rules: Mapping[str, Callable[..., Any]] | None = None) -> dict[str, Any]:
    """Everything that decides a result, and when and on what machine it was made."""
    from agents.compiled import source_hash

    return {
        "scenario": config.name,
        "seed": config.simulation.seed,
        "members": members,
        "assumed": assumption(config.signals.values()),
        "config_sha256": hashlib.sha256(config.to_yaml().encode()).hexdigest(),
        "source_hash": source_hash(),
        "rules": {name: rule_hash(function) for name, function in sorted((rules or {}).items())},
        "commit": commit(),
        "data_sha256": data_checksums(),
        "versions": versions(),
        "machine": machine(),
        "started_utc": now(),
    }


def now() -> str:
    """The time in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def versions() -> dict[str, str]:
    """Python's version and those of the packages that can change a number."""
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed as a package"
    return found


def machine() -> dict[str, Any]:
    """System, processor and number of cores."""
    return {
        "system": platform.system(),
        "release": platform.release(),
        "architecture": platform.machine(),
        "processor": _processor(),
        "cores": os.cpu_count(),
    }


def data_checksums(folder: Path = DATA) -> dict[str, str]:
    """SHA-256 of every table that the model reads."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("*.csv"))}


def commit(folder: Path = DATA.parent.parent) -> dict[str, Any] | None:
    """The commit of the clone, and whether files differ from it; nothing for an installed package."""
    if not (folder / ".git").exists():
        return None
    revision = _git(folder, "rev-parse", "HEAD")
    if revision is None:
        return None
    return {"revision": revision, "changed_files": bool(_git(folder, "status", "--porcelain", "--untracked-files=no"))}


def rule_hash(function: Callable[..., Any]) -> str:
    """SHA-256 of the source of a replaced rule; of its compiled form where the source is not at hand."""
    plain = getattr(function, "py_func", function)
    try:
        text = inspect.getsource(plain).encode()
    except (OSError, TypeError):
        text = getattr(getattr(plain, "__code__", None), "co_code", repr(type(plain)).encode())
    return hashlib.sha256(text).hexdigest()


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown"
