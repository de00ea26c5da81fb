"""Side by side in one process, one after the other in turns: tanlu and three ways of writing the same without it.

1. `mesa_reference`: agents as Python objects, decisions and firms' books in plain Python, markets shared;
2. tanlu with its own 30 decisions in plain Python (`plain_rules`), everything else compiled;
3. `numpy_firms`: decisions of industrial firms as numpy arrays over replications.

All give the same numbers at 1e-9: test_mesa_reference.py, test_replaced_rules.py, test_numpy_firms.py of `tests`.
"""

import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any

DECIDED = ("firm.form_expectations", "firm.set_price", "firm.save_energy", "firm.choose_route")
# A year of the baseline in which all of them have something to weigh, counted from the base year.
WATCHED_YEAR = 4


def medians(contest: dict[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """Median seconds of each contestant, in turns, after one round that does not count."""
    times: defaultdict[str, list[float]] = defaultdict(list)
    for number in range(rounds + 1):
        for name, measure in contest.items():
            seconds = measure()
            if number > 0:
                times[name].append(seconds)
    return {name: statistics.median(all_of_it) for name, all_of_it in times.items()}


def measure_years(sizes: list[int], years: int, rounds: int) -> dict[str, dict[str, float]]:
    """Milliseconds per year of each contestant by number of firms, from the base year on; construction left out."""
    return {str(firms): years_of(firms, years, rounds) for firms in sizes}


def years_of(firms: int, years: int, rounds: int) -> dict[str, float]:
    """Milliseconds per year of each contestant, and how many firms there really are."""
    from mesa_reference import MesaReference
    from plain_rules import all_plain

    from simulator.model import TransitionModel

    told = {"config": "baseline", "overrides": {"simulation": {"firms": firms}}}
    contest = {
        "tanlu": lambda: TransitionModel(**told),
        "Mesa reference": lambda: MesaReference(**told),
        "tanlu, decisions in plain Python": lambda: TransitionModel(**told, rules=all_plain()),
    }
    took = medians({name: stepped(make, years) for name, make in contest.items()}, rounds)
    return {"firms": contest["tanlu"]().world.firms.size, **{name: 1000.0 * one / years for name, one in took.items()}}


def stepped(make: Callable[[], Any], years: int) -> Callable[[], float]:
    """Seconds of so many steps of a new model."""

    def measure() -> float:
        model = make()
        start = time.perf_counter()
        for _ in range(years):
            model.step()
        return time.perf_counter() - start

    return measure


def measure_decisions(firms: int, replications: int, rounds: int) -> dict[str, Any]:
    """Nanoseconds per industrial firm of each decision, by contestant."""
    from capture import captured

    kept = captured(DECIDED, firms, WATCHED_YEAR, range(1, 1 + replications))
    found = {}
    for name in DECIDED:
        took = medians(deciders(name, kept[name]), rounds)
        found[name] = {who: 1e9 * seconds for who, seconds in took.items()}
    return {"firms": kept[DECIDED[0]][0][0].size, "replications": replications, "ns": found}


def deciders(name: str, kept: list[tuple[Any, Any]]) -> dict[str, Callable[[], float]]:
    """Seconds per firm that each contestant takes to let firms decide, each time on fresh copies.

    The first two take the firms of all replications, the two slow ones those of the first.
    """
    return {
        "tanlu": partial(compiled, name, kept),
        "numpy over replications": partial(with_numpy, name, kept),
        "Mesa reference": partial(on_objects, name, *kept[0]),
        "rule in plain Python": partial(in_plain_python, name, *kept[0]),
    }


def compiled(name: str, kept: list[tuple[Any, Any]]) -> float:
    """The compiled loop over the firms of each replication."""
    from agents.compiled import rows_of
    from simulator.phases import DECISIONS

    copies = [(rows_of(table.copy()), view) for table, view in kept]
    seconds = seconds_of(lambda: [DECISIONS[name].everyone(rows, view) for rows, view in copies])
    return seconds / sum(rows.size for rows, _ in copies)


def with_numpy(name: str, kept: list[tuple[Any, Any]]) -> float:
    """Arrays over all replications and firms; a modeller's draws come from a moving state."""
    import numpy as np
    import numpy_firms

    tables, views = zip(*kept, strict=True)
    seen, rng = numpy_firms.Seen(views), np.random.default_rng(1)
    decide = getattr(numpy_firms, name.split(".")[1])

    def action(firms: Any) -> None:
        if name == "firm.choose_route":
            decide(firms, seen, numpy_firms.draw_luck(rng, (*firms.output.shape, views[0].options.shape[1])))
        else:
            decide(firms, seen)

    # The first time puts the views of all replications together, which a modeller would have done before.
    action(numpy_firms.Firms(tables))
    firms = numpy_firms.Firms(tables)
    return seconds_of(lambda: action(firms)) / firms.output.size


def on_objects(name: str, table: Any, view: Any) -> float:
    """Firms as objects; what they perceive is handed over as plain lists within the time."""
    import mesa
    from mesa_reference.board import plain as lists
    from mesa_reference.board import told
    from mesa_reference.firm import Firm

    model = mesa.Model()
    for one in told(table):
        Firm(model, one)
    return seconds_of(lambda: model.agents.do(name.split(".")[1], lists(view))) / table.size


def in_plain_python(name: str, table: Any, view: Any) -> float:
    """The very lines of the compiled rule, record by record."""
    import numpy as np
    from plain_rules import default_rule, plain

    rule, records = plain(default_rule(name)), table.copy().view(np.recarray)
    return seconds_of(lambda: [rule(record, view) for record in records]) / table.size


def seconds_of(action: Callable[[], Any]) -> float:
    """Seconds that an action takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start
