"""The command line: what can be asked, and how errors are told. What a command does is imported when it runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from simulator.errors import ConfigError, ModelError

app = typer.Typer(
    name="tanlu",
    help="tanlu (碳路): how firms, grid operators and local governments of China's 31 provinces decarbonise.",
    epilog="Example: tanlu run high_carbon_price --seed 7",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Scenario = Annotated[str, typer.Argument(metavar="[CONFIG]", help="a YAML file, or the name of a shipped scenario")]


Seed = Annotated[int | None, typer.Option(help="address of all random draws")]
Start = Annotated[int | None, typer.Option(help="first year: 2020, no other")]
End = Annotated[int | None, typer.Option(help="last year")]
Firms = Annotated[int | None, typer.Option(help="number of firms")]
Sets = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="fix a parameter or power.market=...")
]
Provinces = Annotated[
    list[str] | None, typer.Option("--province", metavar="NAME", help="this province; may be repeated")
]
Sectors = Annotated[list[str] | None, typer.Option("--sector", metavar="NAME", help="this sector; may be repeated")]
Workers = Annotated[int | None, typer.Option(min=1, help="processes for the members; default: all cores")]


@app.command(epilog="Examples: tanlu run | tanlu run no_trade --end 2035 | tanlu run --member 123 runs/baseline-seed1")
def run(
    config: Annotated[
        str, typer.Argument(metavar="[CONFIG]", help="a YAML file, a shipped scenario, or a RUN")
    ] = "baseline",
    seed: Seed = None,
    out: Annotated[Path | None, typer.Option(help="run folder to write; default: a new one under runs/")] = None,
    start: Start = None,
    end: End = None,
    firms: Firms = None,
    sets: Sets = None,
    member: Annotated[int | None, typer.Option(min=0, help="run this member of the run folder again, alone")] = None,
    members: Annotated[int, typer.Option(min=1, max=100_000, help="runs with different seeds")] = 1,
    workers: Workers = None,
    report: Annotated[bool, typer.Option("--report", help="also draw the report")] = False,
) -> None:
    """Simulate a scenario, once or as several members, and write a run folder."""
    from simulator import commands, commands_ensemble

    if member is not None:
        commands.run_member(config, member, out)
        return
    simulation = {"seed": seed, "start": start, "end": end, "firms": firms}
    commands.run(config, commands_ensemble.stated(simulation, {}, sets or []), members, workers, out, report)


@app.command(
    epilog="Example: tanlu ensemble --members 256 --sampling latin_hypercube --sweep power.market=bilateral,unified"
)
def ensemble(
    config: Scenario = "baseline",
    members: Annotated[
        int | None, typer.Option(min=1, help="sets of parameters x seeds; default: the scenario's")
    ] = None,
    seeds: Annotated[int | None, typer.Option(min=1, help="seeds of each set of parameters")] = None,
    sampling: Annotated[str | None, typer.Option(help="none, latin_hypercube, sobol or table")] = None,
    table: Annotated[str | None, typer.Option(help="CSV or Parquet file with a row per set of parameters")] = None,
    sets: Sets = None,
    ranges: Annotated[
        list[str] | None,
        typer.Option("--range", metavar="NAME=LOW,HIGH", help="draw a parameter from this range; or ...,uniform"),
    ] = None,
    sweep: Annotated[
        list[str] | None, typer.Option(metavar="NAME=A,B", help="all values, of all sweeps combined")
    ] = None,
    seed: Seed = None,
    end: End = None,
    firms: Firms = None,
    out: Annotated[Path | None, typer.Option(help="run folder; goes on if it holds this ensemble")] = None,
    workers: Workers = None,
    executor: Annotated[str, typer.Option(help="local or dask")] = "local",
    scheduler: Annotated[str, typer.Option(help="for dask: local, slurm, or an address (tcp://host:8786)")] = "",
    shard: Annotated[str, typer.Option(metavar="I/N", help="every N-th member only, to be merged later")] = "",
    level: Annotated[str, typer.Option(help="finest tables kept: province, sector or firm")] = "province",
    detail: Annotated[bool, typer.Option("--detail", help="keep sector, route and firm tables: --level firm")] = False,
) -> None:
    """Monte Carlo: sets of parameters x seeds. The same command again goes on where it was interrupted."""
    from simulator import commands_ensemble

    simulation = {"seed": seed, "end": end, "firms": firms}
    design = {"members": members, "seeds_per_set": seeds, "sampling": sampling, "table": table}
    overrides = commands_ensemble.stated(simulation, design, sets or [], ranges or [], sweep or [])
    _one_of("--executor", executor, ("local", "dask"))
    _one_of("--level", level, ("province", "sector", "firm"))
    engine = {"executor": executor, "scheduler": scheduler, "workers": workers, "shard": shard}
    commands_ensemble.ensemble(config, overrides, {**engine, "level": "firm" if detail else level}, out)


@app.command(epilog="Example: tanlu merge runs/shard1 runs/shard2 --out runs/whole")
def merge(
    folders: Annotated[list[Path], typer.Argument(metavar="RUN...", help="folders written with --shard")],
    out: Annotated[Path, typer.Option(help="new run folder with all members")],
) -> None:
    """Join the shards of an ensemble into one run folder."""
    from simulator import commands_ensemble

    commands_ensemble.merge(folders, out)


@app.command(epilog="Example: tanlu export runs/baseline-seed1-members32 --format iamc")
def export(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="a run folder")],
    how: Annotated[str, typer.Option("--format", help="iamc, csv or netcdf; must be given", show_default=False)] = "",
    out: Annotated[Path | None, typer.Option(help="folder to write; default: RUN/export")] = None,
) -> None:
    """Write a run for other tools: pyam and scenario databases, spreadsheets, xarray."""
    from simulator import commands_ensemble

    commands_ensemble.export(folder, how, out)


@app.command(epilog="Example: tanlu variance runs/baseline-seed1-members1024-latin_hypercube")
def variance(
    folders: Annotated[list[Path], typer.Argument(metavar="RUN...", help="ensembles of one or more scenarios")],
) -> None:
    """Split the spread of headline outcomes into scenario, parameters and seeds; tell which parameters matter, and
    whether members suffice."""
    from simulator import commands_ensemble

    commands_ensemble.variance(folders)


@app.command(epilog="Examples: tanlu check my_scenario.yaml | tanlu check coal_lock_in --all")
def check(
    config: Annotated[str, typer.Argument(help="a YAML file, or the name of a shipped scenario")],
    whole: Annotated[bool, typer.Option("--all", help="all that it resolves to, what it extends included")] = False,
) -> None:
    """Validate a scenario and show what it changes of the one that it extends; every error is one line."""
    from simulator import commands_check

    commands_check.check(config, whole)


@app.command(epilog="Example: tanlu schema > tanlu.schema.json")
def schema() -> None:
    """Print the JSON schema of scenario files, for editors."""
    from simulator import commands

    commands.schema()


@app.command(epilog="Examples: tanlu data parameters imitation | tanlu data tables | tanlu data names route")
def data(
    what: Annotated[str, typer.Argument(help="parameters, tables, names or signals")] = "tables",
    word: Annotated[str, typer.Argument(metavar="[WORD]", help="show only what contains this word")] = "",
) -> None:
    """Show the parameters and tables with their units and sources, the names a scenario may use, the policy signals."""
    from simulator import commands_data

    commands_data.show(what, word)


@app.command(epilog="Example: tanlu report runs/baseline-seed1")
def report(folder: Annotated[Path, typer.Argument(metavar="RUN", help="a run folder")]) -> None:
    """Draw the report of a run folder: figures and report.html."""
    from simulator import commands

    commands.report(folder)


@app.command(
    epilog="Examples: tanlu lag runs/baseline-seed1-members32 | tanlu lag RUN --year 2035 --province 河南 --csv lag.csv"
)
def lag(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="a run folder")],
    year: Annotated[
        int | None, typer.Option(help="year of comparison; default: 2045 or the last that can be told")
    ] = None,
    reference: Annotated[str, typer.Option(help="national, or frontier (the best quarter of output)")] = "national",
    pathway: Annotated[
        Path | None, typer.Option(help="CSV with sector, year, progress, instead of the reference")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="all cells, not only the 30 that lag most")] = False,
    province: Provinces = None,
    sector: Sectors = None,
    csv: Annotated[Path | None, typer.Option(help="also write all cells to this file")] = None,
) -> None:
    """Which sectors of which provinces run behind in cutting their intensity, and by how many years.

    RUN needs sector tables: a run, or an ensemble with --level sector.
    Cells that began with less than 0.1 Mt of CO2 or three firms are left out.

    CO2: of the cell in that year, with its electricity, median of members
    against own province: lag less the mean lag of the province's sectors
    in level: years behind in intensity itself, not in its fall since the start
    censored: members without any progress yet, or that lead by more than the
    last year tells; the true number lies beyond the one shown
    """
    from simulator import commands_analysis

    asked = {"province": _listed(province), "sector": _listed(sector)}
    commands_analysis.lag(folder, year, reference, pathway, every, asked, csv)


@app.command(
    epilog="Examples: tanlu compare baseline high_carbon_price no_trade --members 16 | "
    "tanlu compare RUN1 RUN2 --province Henan --province 浙江 --sector STL"
)
def compare(
    base: Annotated[str, typer.Argument(metavar="BASE", help="a scenario, or a run folder")],
    policies: Annotated[list[str], typer.Argument(metavar="POLICY...", help="scenarios, or run folders")],
    members: Annotated[int, typer.Option(min=2, max=100_000, help="pairs of runs with the same luck")] = 16,
    workers: Annotated[int | None, typer.Option(min=1, help="processes for the members; default: all cores")] = None,
    every: Annotated[
        bool, typer.Option("--all", help="all provinces, not only the ten with the largest effect")
    ] = False,
    years: Annotated[str, typer.Option(metavar="A,B", help="years of the effects; default: some of each outcome")] = "",
    province: Provinces = None,
    sector: Sectors = None,
    csv: Annotated[Path | None, typer.Option(help="also write all effects to this file")] = None,
) -> None:
    """What policies change: paired runs under the same luck, effects with 90 % intervals.

    --province and --sector take names of `tanlu data names`, in English or Chinese,
    and tell more of these provinces, of these sectors in the whole country, or of
    both: of these sectors in these provinces.
    Sectors need sector tables: a scenario that runs now keeps them, an ensemble with --level sector.
    """
    from simulator import commands_analysis

    asked = {"years": _listed([years]), "province": _listed(province), "sector": _listed(sector)}
    commands_analysis.compare(base, policies, members, workers, every, asked, csv)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line. Exit status: 0 done, 1 the run failed, 2 wrong usage, config or data, 130 interrupted."""
    try:
        status = _status(arguments)
    except ConfigError as error:
        status = _tell(error.lines, 2)
    except (ModelError, RuntimeError) as error:
        status = _tell([f"the run failed: {error}"], 1)
    except KeyboardInterrupt:
        status = _tell(["interrupted"], 130)
    except BrokenPipeError:
        status = 0
    except OSError as error:
        status = _tell([f"the run failed: {error.strerror or error}: {error.filename or ''}"], 1)
    sys.exit(status)


def _status(arguments: list[str] | None) -> int:
    """Run the application without its own exit, so that an interruption is told apart from wrong usage."""
    command = typer.main.get_command(app)
    try:
        result: Any = command.main(arguments, prog_name="tanlu", standalone_mode=False)
    except Exception as error:
        show, code = getattr(error, "show", None), getattr(error, "exit_code", None)
        if type(error).__name__ == "Abort":
            raise KeyboardInterrupt from None
        if show is None or code is None:
            raise
        show()
        return int(code)
    if result == 130:  # how typer tells of Ctrl-C
        raise KeyboardInterrupt
    return int(result or 0)


def _listed(given: list[str] | None) -> list[str]:
    """What an option lists, be it repeated or with commas between."""
    return [one.strip() for text in given or [] if text for one in text.split(",")]


def _one_of(option: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ConfigError([f"{option} = {value}: not one of them; allowed: {', '.join(allowed)}"])


def _tell(lines: list[str], status: int) -> int:
    for line in lines:
        typer.echo(f"tanlu: {line}", err=True)
    return status
