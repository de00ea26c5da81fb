"""One member: its scenario from its row of the design, and its tables. The same model as a single run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from simulator.config import Config, load_config, with_parameters
from simulator.design import Member, members_of
from simulator.errors import ConfigError
from simulator.firm_table import firm_frame
from simulator.run_folder import FINER, open_run
from simulator.scenario_files import merged_mappings, nested

Progress = Callable[[int, int], None]  # (done, of how many): years of one run, members of several
Replaced = Mapping[Any, Any]
Level = Literal["province", "sector", "firm"]
LEVELS: tuple[Level, ...] = ("province", "sector", "firm")


class Scenarios:
    """The scenario of each member. Members that differ by the seed alone share one, so that they share its setting."""

    def __init__(self, config: Config) -> None:
        self._plain = config
        self._switched: dict[tuple[tuple[str, Any], ...], Config] = {(): config}

    def of(self, member: Member) -> Config:
        """The scenario with the member's switches and parameters."""
        switches = tuple(sorted(member.switches.items()))
        if switches not in self._switched:
            stated = merged_mappings(nested(path, value) for path, value in switches)
            self._switched[switches] = load_config(self._plain, stated)
        config = self._switched[switches]
        own = {name: one for name, one in member.parameters.items() if config.parameters.get(name) != one}
        return with_parameters(config, own) if own else config


def member_tables(
    config: Config,
    member: Member,
    agents: Replaced | None = None,
    rules: Replaced | None = None,
    level: Level = "sector",
    progress: Progress | None = None,
) -> dict[str, pd.DataFrame]:
    """Run the scenario with the member's seed and give its tables down to `level`, `member` first."""
    from mesa import Agent

    from simulator.model import TransitionModel

    model = TransitionModel(config=config, seed=member.seed, agents=dict(agents or {}), rules=dict(rules or {}))
    firms = []
    try:
        for done, _ in enumerate(config.years, start=1):
            model.step()
            if level == "firm":
                firms.append(firm_frame(model.world))
            if progress:
                progress(done, len(config.years))
        tables = model.tables(without=FINER if level == "province" else ())
    finally:
        # Mesa keeps every model that ever registered an agent.
        Agent._ids.pop(model, None)
        model.let_go()
    if firms:
        tables["firms"] = pd.concat(firms, ignore_index=True)
    for table in tables.values():
        if "member" in table.columns:
            table["member"] = member.number
        else:
            table.insert(0, "member", member.number)
    return tables


def member_of(folder: Path, number: int) -> tuple[Config, Member]:
    """The scenario and the row of one member of a run folder, to run it again alone."""
    results = open_run(folder)
    rows = results.members
    chosen = rows[rows["member"] == number]
    if chosen.empty:
        last = int(rows["member"].max())
        raise ConfigError([f"--member = {number}: {folder} has no such member; allowed: 0 to {last}"])
    member = next(members_of(chosen))
    return Scenarios(load_config(Path(folder) / "config.yaml")).of(member), member
