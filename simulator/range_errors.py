"""What is wrong with a scenario's own ranges of parameters: one line for each error, with what is allowed."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from simulator.config import Config, OwnRange
from simulator.names import ParameterRange, load_names, nearest
from simulator.ranges import within


def range_errors(config: Config) -> Iterator[str]:
    """All errors of `ensemble.ranges`."""
    known, chosen = load_names().parameters, config.ensemble
    for name, own in chosen.ranges.items():
        told = [_unknown(name)] if name not in known else [*_limit_errors(own, known[name]), *_clashes(config, name)]
        yield from (f"ensemble.ranges.{name} = {own.low:g} to {own.high:g}: {one}" for one in told)


def unread_ranges(config: Config) -> Iterator[str]:
    """Ranges beside a way of sampling that draws nothing."""
    chosen = config.ensemble
    if chosen.ranges and chosen.sampling not in ("latin_hypercube", "sobol"):
        named = ", ".join(chosen.ranges)
        yield (
            f"ensemble.ranges of {named}: nothing is drawn in them with sampling = {chosen.sampling}; allowed: "
            "latin_hypercube, sobol"
        )


def _unknown(name: str) -> str:
    known = load_names().parameters
    return f"unknown parameter{nearest(name, known)}; allowed: the {len(known)} names shown by `tanlu data parameters`"


def _limit_errors(own: OwnRange, row: ParameterRange) -> Iterator[str]:
    """Of both ends and of the distribution between them."""
    limits = f"{row.low:g} to {row.high:g}{'' if row.unit == '1' else f' {row.unit}'}"
    chosen = within(row, own)
    if not row.varies:
        yield "has no range in parameters.csv; allowed: what varies there"
    elif own.low >= own.high:
        yield f"low is not below high; allowed: two values within {limits}, the lower one first"
    elif own.low < row.low or own.high > row.high:
        yield f"outside the range of parameters.csv; allowed: within {limits}"
    elif chosen.distribution != "uniform" and not own.low <= row.value <= own.high:
        centre = f"{row.value:g}, the value in parameters.csv"
        yield f"{chosen.distribution} has its centre at {centre}; allowed: a range that holds it, or uniform"
    elif chosen.distribution == "log_triangular" and own.low <= 0.0:
        yield "log_triangular is of what is above zero; allowed: triangular, uniform, normal"


def _clashes(config: Config, name: str) -> Iterator[str]:
    """What else the scenario says of the parameter, by which it is not drawn."""
    chosen = config.ensemble
    one_of_both = "is stated, too; allowed: one of the two (null takes a range away)"
    if name in config.parameters:
        yield f"parameters.{name} = {config.parameters[name]:g} {one_of_both}"
    if name in chosen.sweep:
        yield f"ensemble.sweep.{name} = {', '.join(map(str, chosen.sweep[name]))} {one_of_both}"
    if kept := [one for one in chosen.kept if fnmatchcase(name, one)]:
        yield f"ensemble.kept = {kept[0]} {one_of_both}"
    if not any(fnmatchcase(name, one) for one in chosen.sampled):
        yield f"not among ensemble.sampled = {', '.join(chosen.sampled)}; allowed: what is named there"
