"""Ensembles: how time, memory and disk grow with members, and what a second worker gains."""

import resource
import tempfile
import time
from pathlib import Path
from typing import Any

MB = 1e6
MB_PER_KB = 1.0 / 1024.0


def measure_ensemble(members: int, workers: int, years: int) -> dict[str, Any]:
    """Seconds from the call until the folder is complete, its size, and the most memory of any one process."""
    from simulator.config import load_config
    from simulator.runs import run_ensemble

    config = load_config("baseline", {"simulation": {"end": 2020 + years - 1}})
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        results = run_ensemble(config, members=members, workers=workers, out=Path(folder) / "run")
        seconds = time.perf_counter() - start
        size = sum(one.stat().st_size for one in results.path.rglob("*") if one.is_file())
    peaks = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return {
        "members": members,
        "workers": workers,
        "seconds": seconds,
        "disk_mb": size / MB,
        "peak_mb": MB_PER_KB * max(peaks),
    }
