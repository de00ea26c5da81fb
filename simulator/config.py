"""A scenario: frozen, complete, checked before anything runs. `load_config` reads one; all its errors come at once."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from simulator.config_errors import lines_of, shown
from simulator.errors import ConfigError
from simulator.names import Names, ParameterRange, load_names, nearest
from simulator.policies import KINDS, Signal
from simulator.scenario_files import Layer, Merged, layers, merge
from simulator.signal_table import SignalTable, resolve, schedule_errors, scope_errors
from simulator.signals import BaseSignal, Number, dump

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\-]*$", max_length=80)]


# How many years beyond the end of a run agents know of: they look 15 ahead for prices, at most 10 for allowances.
OUTLOOK_YEARS = 15

_SIGNAL: TypeAdapter[BaseSignal] = TypeAdapter(Signal)


class Section(BaseModel):
    """Frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Simulation(Section):
    """Which years, how many firms, which luck."""

    start: Literal[2020] = Field(2020, description="first year: the year of the base-year tables")
    end: int = Field(2060, strict=True, ge=2020, le=2060, description="last year, simulated too")
    seed: int = Field(1, strict=True, ge=0, le=2**63 - 1, description="address of all draws; same seed, same tables")
    firms: int = Field(5000, strict=True, ge=1, le=50000, description="raised to the least that meets the marginals")
    frozen: bool = Field(
        False,
        strict=True,
        description="prices, costs, weather, demand, limits stay; every plant is replaced like for like",
    )


class Inventory(Section):
    """Which inventory the base year meets."""

    basis: Literal["national", "provincial"] = Field(
        "national", description="national: 9.93 Gt CO2 in 2020; provincial: sum of provincial balances, 11.05 Gt"
    )


class Power(Section):
    """How grid operators trade."""

    market: Literal["bilateral", "unified"] = Field(
        "bilateral", description="bilateral: trades over lines, one after another; unified: the least-cost optimum"
    )


class CarbonMarket(Section):
    """Where the price of allowances comes from."""

    price: Literal["clearing", "exogenous"] = Field(
        "clearing",
        description="clearing: markets of allowances; exogenous: the signal carbon_price_cny_per_tco2, without markets",
    )


class Trade(Section):
    """How goods and lines connect provinces."""

    sourcing: Literal["adaptive", "frozen"] = Field(
        "adaptive", description="adaptive: sourcing shares follow prices and capacity; frozen: they stay"
    )
    distance: Literal["base", "weak", "strong"] = Field(
        "base", description="which variant of the estimated trade shares: how strongly distance holds trade back"
    )
    lines: Literal["open", "closed-after-2020"] = Field(
        "open", description="closed-after-2020: no power crosses a provincial border after 2020"
    )


class Firms(Section):
    """What firms begin with and believe."""

    announcements: Literal["believed", "ignored"] = Field(
        "believed", description="believed: as far as past promises were kept; ignored: prices just go on as they did"
    )
    vintages: Literal["observed", "even"] = Field(
        "observed", description="ages of the first plants; even: every age is as likely as another"
    )


Capacity = Literal["own", "mean", "perfect"]


class GovernmentChannels(Section):
    """Whose capacity counts, channel by channel. own: the province's; mean: the mean of all; perfect: 1."""

    measure: Capacity = Field("own", description="researchers: noise and under-reporting of emissions")
    forecast: Capacity = Field("own", description="researchers: error in the outlook to the end of a plan")
    select: Capacity = Field("own", description="researchers: how well the cheap levers are found")
    delay: Capacity = Field("own", description="officials: years until a measure is in force")
    enforce: Capacity = Field("own", description="officials: share of a measure that is enforced")
    plan_ahead: Capacity = Field("own", description="officials: weight of the plan beside late reactions")


class GovernmentLearning(Section):
    """Which kinds of learning act."""

    training: bool = Field(True, strict=True, description="training signals raise capacity")
    exchange_of_capacity: bool = Field(True, strict=True, description="exchange lifts provinces to more capable peers")
    exchange_of_knowledge: bool = Field(True, strict=True, description="exchange pools what levers cost")
    demonstration: bool = Field(True, strict=True, description="the end of a plan teaches everyone a little")
    turnover: bool = Field(True, strict=True, description="capacity leaves with people")


class Governments(Section):
    """How local governments plan and learn."""

    five_year_plans: bool = Field(
        True, strict=True, description="false: goals move on every year, no back-loading, no campaigns at plan ends"
    )
    campaigns: bool = Field(True, strict=True, description="whether output may be rationed for targets")
    first_capacity: Literal["own", "mean"] = Field(
        "own", description="own: each province begins with its own capacity; mean: all begin with the mean of all"
    )
    channels: GovernmentChannels = Field(
        default_factory=GovernmentChannels, description="whose capacity counts in each channel"
    )
    learning: GovernmentLearning = Field(default_factory=GovernmentLearning, description="which kinds of learning act")
    exchange_network: str = Field(
        "similarity",
        description="who learns from whom: similarity, study_group (Zhejiang, Jiangsu, Henan and Xinjiang are paired "
        "too), or the path of a network in CSV or GraphML",
    )


Distribution = Literal["triangular", "log_triangular", "uniform", "normal"]


class OwnRange(Section):
    """A range in place of that of parameters.csv, and within it."""

    low: Number = Field(description="lowest value that is drawn")
    high: Number = Field(description="highest value that is drawn")
    distribution: Distribution | None = Field(
        None, description="default: that of parameters.csv, whose mode or mean is the parameter's value there"
    )


class Ensemble(Section):
    """How members differ: sets of parameters outside, seeds inside, and what is swept around both."""

    members: int = Field(32, strict=True, ge=1, le=1_000_000, description="sets of parameters x seeds of each")
    seeds_per_set: int | None = Field(
        None, strict=True, ge=1, description="seeds of each set of parameters; default: 1, or all members unsampled"
    )
    sampling: Literal["none", "latin_hypercube", "sobol", "table"] = Field(
        "none", description="how sets of parameters are drawn from their ranges; table: as given in a file"
    )
    table: str = Field("", description="CSV or Parquet file with a column per parameter and a row per set")
    sampled: tuple[str, ...] = Field(("*",), description="names or patterns (hurdle_*) of the parameters to sample")
    kept: tuple[str, ...] = Field((), description="names or patterns of parameters that keep their value")
    ranges: dict[str, OwnRange] = Field(
        default_factory=dict, description="ranges by parameter in place of those of parameters.csv; null takes one away"
    )
    sweep: dict[str, tuple[bool | int | float | str, ...]] = Field(
        default_factory=dict, description="values by parameter or config path (power.market); all are combined"
    )


class Config(Section):
    """A scenario of tanlu. A file may state only its differences from the one that it `extends`."""

    name: Name = Field(description="name of the scenario and of its run folders; default: the file's name")
    title_zh: str = Field("", description="title in Chinese")
    description: str = Field("", description="what the scenario asks")
    simulation: Simulation = Field(default_factory=Simulation, description="years, firms, seed")
    inventory: Inventory = Field(default_factory=Inventory, description="which base-year inventory is met")
    power: Power = Field(default_factory=Power, description="how power is traded")
    trade: Trade = Field(default_factory=Trade, description="how goods and lines connect provinces")
    carbon_market: CarbonMarket = Field(default_factory=CarbonMarket, description="how carbon is priced")
    firms: Firms = Field(default_factory=Firms, description="what firms begin with and believe")
    governments: Governments = Field(default_factory=Governments, description="how local governments plan and learn")
    ensemble: Ensemble = Field(default_factory=Ensemble, description="how members differ")
    parameters: dict[str, Number] = Field(
        default_factory=dict, description="values that replace those of parameters.csv, each within its low..high"
    )
    signals: dict[Name, Signal] = Field(default_factory=dict, description="policy signals by name; null takes one away")

    @property
    def years(self) -> range:
        """The simulated years, the base year included."""
        return range(self.simulation.start, self.simulation.end + 1)

    @property
    def known_years(self) -> range:
        """The simulated years, and those beyond into which agents look: a run is the beginning of any longer one."""
        return range(self.simulation.start, self.simulation.end + OUTLOOK_YEARS + 1)

    @cached_property
    def table(self) -> SignalTable:
        """All signals composed, one array per variable, for all years that agents know of."""
        first, last = self.simulation.start, self.simulation.end
        return resolve(self.signals, load_names(), first, last, self.parameters, OUTLOOK_YEARS)

    def parameter(self, name: str) -> float:
        """The value of a parameter: this scenario's, else the default of parameters.csv."""
        return self.parameters.get(name, load_names().parameters[name].value)

    def to_yaml(self) -> str:
        """The resolved scenario; reading it again gives an equal Config."""
        content = self.model_dump(mode="python", exclude={"signals"})
        content["signals"] = {name: dump(one) for name, one in self.signals.items()}
        return yaml.safe_dump(_listed(content), sort_keys=False, allow_unicode=True, width=120)


# What a scenario states, and the frozen Config that it made: checking takes longer than a year of the model.
_checked_before: OrderedDict[str, Config] = OrderedDict()
MOST_SCENARIOS = 8


def load_config(
    source: str | Path | Mapping[str, Any] | Config = "baseline", overrides: Mapping[str, Any] | None = None
) -> Config:
    """A checked scenario from a shipped name, a YAML file or a mapping; `overrides` are laid over it last.

    A mapping states what a file would, `extends` included. Raises ConfigError with one line for each error.
    """
    if isinstance(source, Config) and not overrides and any(source is one for one in _checked_before.values()):
        return source
    chain = _chain(source)
    if overrides:
        chain.append(Layer("command line", overrides))
    merged = merge(chain)
    content = repr(merged.content)
    if content not in _checked_before:
        _remember(content, _checked(merged, load_names()))
    return _checked_before[content]


def base_of(source: str | Path) -> Config | None:
    """The scenario that a file or a shipped scenario extends; None where it stands alone."""
    chain = layers(source)
    return _checked(merge(chain[:-1]), load_names()) if len(chain) > 1 else None


def with_parameters(config: Config, values: Mapping[str, float]) -> Config:
    """The scenario with other values of parameters.csv, each within its range; all else is shared."""
    errors = [line for name, value in values.items() for line in parameter_errors(name, value, load_names().parameters)]
    if errors:
        raise ConfigError(errors)
    changed = config.model_copy(update={"parameters": {**config.parameters, **values}})
    changed.__dict__["table"] = config.table.with_parameters(changed.parameters)
    _remember(f"{id(config)} {sorted(values.items())!r}", changed)
    return changed


def _remember(content: str, config: Config) -> None:
    _checked_before[content] = config
    while len(_checked_before) > MOST_SCENARIOS:
        _checked_before.popitem(last=False)


def schema() -> dict[str, Any]:
    """JSON schema of a scenario file, for editors; with `extends`, and `null` for what is taken away."""
    result = Config.model_json_schema()
    result["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    properties = result["properties"]
    for named in (properties["signals"], result["$defs"]["Ensemble"]["properties"]["ranges"]):
        _or_null(named)
    properties["extends"] = {"type": "string", "description": "a YAML file beside this one, or a shipped scenario"}
    result["required"] = []
    return result


def _or_null(named: dict[str, Any]) -> None:
    """Let `null` stand in place of what a mapping has by name; named: the mapping's schema."""
    if isinstance(named.get("additionalProperties"), dict):
        named["additionalProperties"] = {"anyOf": [named["additionalProperties"], {"type": "null"}]}
    if "patternProperties" in named:
        patterns = named["patternProperties"].items()
        named["patternProperties"] = {key: {"anyOf": [one, {"type": "null"}]} for key, one in patterns}


def _chain(source: str | Path | Mapping[str, Any] | Config) -> list[Layer]:
    if isinstance(source, Config):
        content = source.model_dump(mode="python", exclude={"signals"})
        return [Layer("config", {**content, "signals": {name: dump(one) for name, one in source.signals.items()}})]
    if isinstance(source, Mapping):
        base = source.get("extends")
        return [*(layers(base) if base is not None else []), Layer("config", {"name": "custom", **source})]
    return layers(source)


def _checked(merged: Merged, names: Names) -> Config:
    errors = list(merged.errors)
    failed: set[str] = set()
    config = None
    try:
        config = Config.model_validate(merged.content)
    except ValidationError as error:
        errors += lines_of(error, Config, merged)
        failed = {str(one["loc"][1]) for one in error.errors() if one["loc"][0] == "signals" and len(one["loc"]) > 1}
    errors += _named(merged, names, failed)
    if config is None or errors:
        raise ConfigError(errors)
    try:
        _ = config.table
    except ConfigError as error:
        raise ConfigError([f"{merged.said_by(path_of(line))}: {line}" for line in error.lines]) from None
    return config


def _named(merged: Merged, names: Names, failed: set[str]) -> list[str]:
    """Errors of meaning in signals and parameters, also in what is right in form within a signal that is not."""
    errors = []
    signals = merged.content.get("signals")
    for name, raw in signals.items() if isinstance(signals, Mapping) else ():
        signal = _readable(raw) if str(name) in failed else _SIGNAL.validate_python(raw)
        if signal is not None:
            errors += [*scope_errors(str(name), signal, names), *schedule_errors(str(name), signal)]
    parameters = merged.content.get("parameters")
    for name, value in parameters.items() if isinstance(parameters, Mapping) else ():
        errors += parameter_errors(str(name), value, names.parameters)
    return [f"{merged.said_by(path_of(line))}: {line}" for line in errors]


def _readable(raw: Any) -> BaseSignal | None:
    """What is right in form in a faulty signal, so that all its errors come at once."""
    if not isinstance(raw, Mapping) or raw.get("variable") not in KINDS:
        return None
    given = raw.get("schedule")
    schedule = {k: v for k, v in given.items() if _is_number(k) and _is_number(v)} if isinstance(given, Mapping) else {}
    kept = {key: raw[key] for key in ("variable", "op", "scope") if key in raw}
    try:
        return _SIGNAL.validate_python({**kept, "schedule": schedule or {2100: KINDS[raw["variable"]].default}})
    except ValidationError:
        return None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def parameter_errors(name: str, value: Any, known: Mapping[str, ParameterRange]) -> list[str]:
    """What is wrong with the value of a parameter, as one line or none."""
    row = known.get(name)
    if row is None:
        hint, allowed = nearest(name, known), f"the {len(known)} names shown by `tanlu data parameters`"
        return [f"parameters.{name} = {shown(value)}: unknown parameter{hint}; allowed: {allowed}"]
    if _is_number(value) and not row.low <= value <= row.high:
        unit = "" if row.unit == "1" else f" {row.unit}"
        return [f"parameters.{name} = {shown(value)}: outside the range; allowed: {row.low:g} to {row.high:g}{unit}"]
    return []


def path_of(line: str) -> tuple[str, ...]:
    """The path with which an error line begins."""
    return tuple(line.split(" ", 1)[0].split("."))


def _listed(value: Any) -> Any:
    """Tuples as lists, so that the YAML is plain."""
    if isinstance(value, dict):
        return {key: _listed(one) for key, one in value.items()}
    return [_listed(one) for one in value] if isinstance(value, tuple) else value
