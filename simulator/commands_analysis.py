"""`tanlu lag` and `tanlu compare`: who runs behind, and what a policy changes."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import yaml
from rich import box
from rich.console import Console
from rich.table import Table

from simulator.analysis.caveat import caveat, notes
from simulator.analysis.finished import finished_run
from simulator.analysis.pairs import Pair, Side, check_sides, side_of
from simulator.analysis.places import LAG, places
from simulator.analysis.run_tables import RunTables
from simulator.commands import progress_bar, say_if_cold
from simulator.config import load_config
from simulator.errors import ConfigError
from simulator.names import chinese_names, load_names, nearest
from simulator.run_folder import open_run

_OUT = Console(highlight=False)
MOST_ROWS = 30
MOST_LISTED = 12
REFERENCES = ("national", "frontier")
BEHIND = "behind the country: as in `tanlu lag`; each side is compared with its own country"


def lag(
    folder: Path,
    year: int | None,
    reference: str,
    pathway: Path | None,
    every: bool,
    asked: Mapping[str, Sequence[str]],
    csv: Path | None,
) -> None:
    """Print the cells that lag, the longest lag first. asked: province and sector of those that are shown."""
    from simulator.analysis.lag import lags
    from simulator.analysis.lagging import lagging_cells

    check_csv(csv)
    wanted = _named(asked)
    run = _tables(folder)
    _check_sectors(run, "lag")
    try:
        found = lags(run.ask("SELECT * FROM sectors"), _reference(reference, pathway))
        chosen = year or min(2045, int(found["year"].max()))
        cells = lagging_cells(found, chosen)
    except ValueError as error:
        raise ConfigError([str(error)]) from None
    if csv is not None:
        write_csv(cells.assign(note=caveat(run)), csv)
    robust = int(cells["robust"].sum())
    of_these = cells
    for kind, names in wanted.items():
        of_these = of_these[of_these[kind].isin(names)] if names else of_these
    shown = of_these if every else of_these.head(MOST_ROWS)
    against = pathway.name if pathway else {"national": "the country", "frontier": "the best quarter"}[reference]
    title = (
        f"years behind {against} in {chosen}: {robust} of {len(cells)} cells lag robustly, {len(run.members)} "
        f"{'member' if len(run.members) == 1 else 'members'}"
    )
    note = "robust: 5 years or more in the median, and 2 or more in 80 % of members, which are five or more"
    more = "; more with --all" if len(shown) < len(of_these) else ""
    print_table(title, _lag_columns(shown), note + more, *notes(run))


def compare(
    base: str,
    policies: Sequence[str],
    members: int,
    workers: int | None,
    every: bool,
    asked: Mapping[str, Sequence[str]],
    csv: Path | None,
) -> None:
    """Run what is not yet a run folder, and print effects with their intervals. asked: years, province, sector."""
    from simulator.analysis.compared import compared

    check_csv(csv)
    for one in (base, *policies):
        _check_source(one)
    wanted = _named(asked)
    chosen = places(wanted["province"], wanted["sector"])
    runs = {one: _tables(Path(one)) for one in (base, *policies) if Path(one).is_dir()}
    for run in runs.values() if asked["sector"] else ():
        _check_sectors(run, "--sector")
    years = _chosen_years(asked["years"], _check_pairs([base, *policies], runs, members))
    tables = []
    for policy in policies:
        for one in (base, policy):
            runs[one] = runs.get(one) or _run(one, members, workers)
        pair = Pair(runs[base], runs[policy])
        try:
            found = compared(pair, years, chosen)
        except ValueError as error:
            raise ConfigError([str(error)]) from None
        tables.append(found.assign(policy=policy, note=caveat(*pair)))
        _print_effects(f"{policy} less {base}", pair, found, bool(chosen), every)
    if csv is not None:
        write_csv(pd.concat(tables), csv)


def _print_effects(title: str, pair: Pair, found: pd.DataFrame, chosen: bool, every: bool) -> None:
    """Effects on the country, what learning costs, then effects on what was chosen or on provinces."""
    from simulator.analysis.compared import price_of_learning

    national = (found["province"] == "") & (found["sector"] == "")
    country, inside = found[national], found[~national]
    print_table(f"{title}: the country", _effect_columns(country), _note(found), *notes(*pair))
    learning = price_of_learning(pair)
    if learning is not None:
        say(_what_learning_costs(*learning))
    if chosen:
        told = BEHIND if LAG.label in set(found["outcome"]) else ""
        print_table(f"{title}: as chosen", _effect_columns(inside), told)
        return
    largest = inside.assign(size=lambda t: t["effect"].abs()).sort_values("size", ascending=False)
    shown = largest if every else largest.head(10)
    print_table(f"{title}: provinces by the size of the effect", _effect_columns(shown))


def _what_learning_costs(cost: float, per_tonne: float, low: float, high: float) -> str:
    """The break-even beside every effect of training."""
    if per_tonne == float("inf"):
        pays = "no value of a tonne at which it pays was found: CO2 is not surely lower"
    else:
        pays = f"it pays if a tonne is worth more than {per_tonne:.3g} CNY (90 % interval {low:.3g} to {high:.3g})"
    return f"training and exchange cost {cost:,.3g} bn CNY more over all years; {pays}."


def _run(source: str, members: int, workers: int | None) -> RunTables:
    """An ensemble of a scenario, run now into a new folder; with tables of sectors."""
    from simulator.runs import run_ensemble

    config = load_config(source)
    say_if_cold()
    with progress_bar(config.name, "members") as tick:
        results = run_ensemble(config, members, workers=workers, progress=tick)
    return _tables(results.path or Path())


def _tables(folder: Path) -> RunTables:
    return finished_run(open_run(folder).path or folder)


def _check_pairs(sources: Sequence[str], runs: Mapping[str, RunTables], members: int) -> Sequence[int]:
    """Refuse what does not pair, of runs and of scenarios before the first has run for minutes; the years of all."""
    sides = [side_of(runs[one]) if one in runs else _planned(one, members) for one in sources]
    try:
        for policy in sides[1:]:
            check_sides(sides[0], policy)
    except ValueError as error:
        raise ConfigError([str(error)]) from None
    return sides[0].years


def _check_sectors(run: RunTables, what: str) -> None:
    """ConfigError unless a run holds tables of sectors."""
    if not run.has("sectors"):
        allowed = "allowed: a run, or an ensemble run with --level sector"
        raise ConfigError([f"RUN = {run.folder}: {what} needs sector tables, and it holds none; {allowed}"])


def _chosen_years(stated: Sequence[str], known: Sequence[int]) -> list[int]:
    """The years of `--years 2028,2030`; ConfigError unless the runs hold them all."""
    for one in stated:
        if not one.isdigit() or int(one) not in known:
            allowed = f"allowed: years from {known[0]} to {known[-1]}, such as {known[0]},{known[-1]}"
            raise ConfigError([f"--years = {','.join(stated)}: {one or 'nothing'} is no year of the runs; {allowed}"])
    return [int(one) for one in stated]


def _named(asked: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """What --province and --sector name, in English or Chinese; ConfigError with all names that are unknown."""
    known = {"province": load_names().provinces, "sector": load_names().sectors}
    given = {kind: _in_english(asked[kind]) for kind in known}
    unknown = [(kind, one) for kind, names in given.items() for one in names if one not in known[kind]]
    if unknown:
        raise ConfigError([_unknown(kind, one, known[kind]) for kind, one in unknown])
    return given


def _in_english(names: Sequence[str]) -> list[str]:
    """Each name once."""
    return list(dict.fromkeys(chinese_names().get(one, one) for one in names))


def _unknown(kind: str, given: str, known: Sequence[str]) -> str:
    allowed = ", ".join(known) if len(known) <= MOST_LISTED else f"the {len(known)} names shown by `tanlu data names`"
    return f"--{kind} = {given or 'nothing'}: unknown {kind}{nearest(given, known)}; allowed: {allowed}"


def _check_source(source: str) -> None:
    """ConfigError for what is easily mistaken: a folder that is not there, and years without commas."""
    if source.isdigit():
        raise ConfigError(
            [f"POLICY = {source}: a year; allowed: scenarios, run folders, and years as --years 2030,2035"]
        )
    if "/" in source and not Path(source).exists():
        raise ConfigError(
            [f"{source}: there is no such folder or file; allowed: a run folder, a YAML file or a scenario"]
        )


def _planned(source: str, members: int) -> Side:
    """What decides pairs, of a scenario that has not run yet."""
    from simulator.design import design_of
    from simulator.runs import ensemble_config

    config = ensemble_config(source, members)
    return Side(source, list(config.years), design_of(config), yaml.safe_load(config.to_yaml()))


def _reference(reference: str, pathway: Path | None) -> str | pd.DataFrame:
    if reference not in REFERENCES:
        raise ConfigError([f"--reference = {reference}: unknown; allowed: {', '.join(REFERENCES)}"])
    if pathway is None:
        return reference
    try:
        table = pd.read_csv(pathway)
    except (OSError, ValueError) as error:
        told = getattr(error, "strerror", None) or error
        raise ConfigError([f"--pathway = {pathway}: {told}; allowed: a CSV file"]) from None
    missing = {"sector", "year", "progress"} - set(table.columns)
    if missing:
        raise ConfigError(
            [f"--pathway = {pathway}: no column {', '.join(sorted(missing))}; allowed: a CSV file with it"]
        )
    return table


def _lag_columns(cells: pd.DataFrame) -> dict[str, list[str]]:
    def between(row: pd.Series, low: str, high: str, factor: float = 1.0) -> str:
        return f"{factor * row[low]:.0f} to {factor * row[high]:.0f}"

    rows = [row for _, row in cells.iterrows()]
    return {
        "province": [str(row["province"]) for row in rows],
        "sector": [str(row["sector"]) for row in rows],
        "CO2, Mt": [f"{row['median_co2_mt']:,.1f}" for row in rows],
        "lag, years": [f"{row['median_lag_years']:+.1f}" for row in rows],
        "90 % interval": [between(row, "lag_low_years", "lag_high_years") for row in rows],
        "members behind, %": [f"{100 * row['share_lagging']:.0f}" for row in rows],
        "90 % interval, %": [between(row, "share_low", "share_high", 100) for row in rows],
        "against own province": [f"{row['median_own_lag_years']:+.1f}" for row in rows],
        "in level": [f"{row['median_level_lag_years']:+.1f}" for row in rows],
        "censored, %": [f"{100 * row['share_censored']:.0f}" for row in rows],
        "robust": ["yes" if row["robust"] else "" for row in rows],
    }


def _effect_columns(found: pd.DataFrame) -> dict[str, list[str]]:
    rows = [row for _, row in found.iterrows()]
    return {
        "outcome": [" ".join(one for one in row[["province", "sector", "outcome"]] if one) for row in rows],
        "year": [str(row["year"] or "all") for row in rows],
        "unit": [str(row["unit"]) for row in rows],
        "base": [_number(row["base"], 4) for row in rows],
        "effect": ["no change" if _is_unchanged(row) else _number(row["effect"], 3, "+") for row in rows],
        "90 % interval": [
            "" if _is_unchanged(row) else f"{_number(row['low'], 3, '+')} to {_number(row['high'], 3, '+')}"
            for row in rows
        ],
        "same luck r": ["" if pd.isna(row["correlation"]) else f"{row['correlation']:.2f}" for row in rows],
    }


def _is_unchanged(row: pd.Series) -> bool:
    """The same in every pair."""
    return bool(row["low"] == row["high"] == 0.0)


def _number(value: float, digits: int, sign: str = "") -> str:
    """With so many digits that count, or all before the point. Of 3: -5437.2 -> -5,437; 0.01234 -> 0.0123."""
    return f"{value:{sign},.{digits}g}" if abs(value) < 10 ** (digits - 1) else f"{value:{sign},.0f}"


def _note(found: pd.DataFrame) -> str:
    return (
        f"{found['members'].max()} pairs with the same luck; Student's t on their differences; "
        "same luck r: correlation of both sides over members, near 1 where nearly all chance cancels in the difference"
    )


def print_table(title: str, columns: dict[str, list[str]], *notes: str) -> None:
    """A table with notes below it on a terminal; tab-separated lines into a pipe, with # before title and notes."""
    rows = list(zip(*columns.values(), strict=True))
    told = [one for one in notes if one]
    if not _OUT.is_terminal:
        for line in [(f"# {title}",), tuple(columns), *rows, *((f"# {one}",) for one in told)]:
            _OUT.file.write("\t".join(line) + "\n")
        return
    caption = "\n".join(told)
    table = Table(title=title, box=box.SIMPLE, title_justify="left", caption=caption, caption_justify="left")
    for position, name in enumerate(columns):
        table.add_column(name, justify="left" if position < 1 or name == "sector" else "right")
    for row in rows:
        table.add_row(*row)
    _OUT.print(table)


def say(text: str) -> None:
    """A sentence between tables: a line of its own on a terminal, one with # in a pipe."""
    if _OUT.is_terminal:
        _OUT.print(f"{text}\n", soft_wrap=True)
    else:
        _OUT.file.write(f"# {text}\n")


def check_csv(path: Path | None) -> None:
    """ConfigError if a file cannot be written there, before anything has run."""
    if path is None:
        return
    if not path.parent.is_dir():
        raise ConfigError(
            [f"--csv = {path}: there is no folder {path.parent}; allowed: a file in a folder that exists"]
        )
    if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
        raise ConfigError([f"--csv = {path}: cannot be written; allowed: a file that can be written"])


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """Write a table for others; ConfigError if the disk does not take it."""
    try:
        table.to_csv(path, index=False)
    except OSError as error:
        told = error.strerror or error
        raise ConfigError([f"--csv = {path}: {told}; allowed: a file that can be written"]) from None
