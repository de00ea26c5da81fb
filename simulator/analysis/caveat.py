"""What must be said wherever results are shown or written, lest they be misread."""

import yaml

from simulator.analysis.finished import left_out
from simulator.analysis.run_tables import RunTables
from simulator.government_policies import ASSUMED, LEARNING


def notes(*runs: RunTables) -> list[str]:
    """All that must be said of runs: members left out, and that capacity is assumed."""
    return [one for one in (left_out(*runs), caveat(*runs)) if one]


def caveat(*runs: RunTables) -> str:
    """That capacity is assumed, if any of the runs trains or exchanges; else empty."""
    return ASSUMED if any(learns(run) for run in runs) else ""


def learns(run: RunTables) -> bool:
    """Whether the scenario of a run trains, exchanges, or brings the methods that go with both."""
    signals = (yaml.safe_load(run.config_text) or {}).get("signals") or {}
    return any(signal["variable"] in LEARNING for signal in signals.values() if signal)
