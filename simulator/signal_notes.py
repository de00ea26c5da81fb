"""What is allowed in a signal but hardly meant: one line for each, for `tanlu check`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np

from simulator.config import Config
from simulator.names import load_names
from simulator.signal_table import Mask, acts_on
from simulator.signals import BaseSignal, at_year, variable_of
from simulator.tables import read_table


def signal_notes(config: Config, name: str) -> list[str]:
    """All notes on one signal of a scenario."""
    signal, years = config.signals[name], config.years
    notes = [*_too_early(signal, years), *_too_late(signal, years), *_between_off_and_on(signal), *_nowhere(signal)]
    return [f"signals.{name}{note}" for note in notes]


def _too_early(signal: BaseSignal, years: range) -> Iterator[str]:
    early = [str(year) for year in sorted(signal.schedule) if year < years[0]]
    if early:
        begins = "never acts" if signal.event else f"the signal begins in {years[0]} with {at_year(signal, years[0]):g}"
        yield f".schedule.{', '.join(early)}: before {years[0]}, the first simulated year; {begins}"


def _too_late(signal: BaseSignal, years: range) -> Iterator[str]:
    late = [str(year) for year in sorted(signal.schedule) if year > years[-1]]
    if late:
        begins_late = min(signal.schedule) > years[-1]
        if signal.event or (begins_late and signal.known_from > years[-1]):
            way = ""
        elif signal.step or begins_late:
            way = ", only what is expected of it acts"
        else:
            way = ", only the way there and what is expected act"
        yield f".schedule.{', '.join(late)}: after {years[-1]}, the last simulated year; not reached{way}"


def _between_off_and_on(signal: BaseSignal) -> Iterator[str]:
    values = [signal.schedule[year] for year in sorted(signal.schedule)]
    if type(signal).switch and not signal.step and len(set(values)) > 1:
        yield (
            f".schedule: {variable_of(type(signal))} is off (0) or on (above 0), and runs through the values in "
            "between, so that it is on between its years, too; `step: true` holds each value until the next year"
        )


def _nowhere(signal: BaseSignal) -> Iterator[str]:
    """Where neither the base year has anything nor anything can be built."""
    mask, kind = acts_on(signal, load_names()), type(signal)
    if not mask.any():
        yield ".scope: no place meets all of it; the signal never acts"
    elif kind.axes in (("province", "sector"), ("province", "route")):
        stands = _stands(kind.axes[1])
        if not (mask & stands).any():
            yield ".scope: none of it stands in the base year, nor has sites; acts only if firms move there"


@cache
def _stands(axis: str) -> Mask:
    """Whether a sector [P, S] or a route [P, K] has output of its sector in the base year and, for wind, sites."""
    names = load_names()
    cells = read_table("base_cells").set_index(["province", "sector"])["physical_output"]
    made = np.array([[cells[province, sector] > 0.0 for sector in names.sectors] for province in names.provinces])
    if axis == "sector":
        return made
    stands = made[:, [names.sectors.index(sector) for sector, _ in names.routes]]
    sites = read_table("power_capacity").set_index(["province", "technology"])["potential_gw"]
    for column, (sector, route) in enumerate(names.routes):
        if sector == "POW" and ("Beijing", route) in sites.index:
            stands[:, column] &= [float(sites[province, route]) > 0.0 for province in names.provinces]
    return stands
