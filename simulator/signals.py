"""What every policy signal has: a variable, a schedule, a scope, an operation, and when and how far it is announced.

The signals themselves stand in `simulator/policies.py` and in the files that it composes.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator

from simulator.names import chinese_names

Operation = Literal["set", "mul", "add", "floor", "ceil"]
Year = Annotated[int, Field(ge=2000, le=2100)]
Ahead = Annotated[int, Field(ge=0, le=100)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Unscoped = tuple[str, ...] | None


class Scope(BaseModel):
    """Where a signal acts. What is not named is not restricted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    provinces: Unscoped = Field(
        None, min_length=1, description="provinces, in English or Chinese, as in `tanlu data names`"
    )
    sectors: Unscoped = Field(None, min_length=1, description="sectors by code (POW, STL, NMM ...) or in Chinese")
    routes: Unscoped = Field(None, min_length=1, description="route names, or SECTOR.route where sectors share one")
    carriers: Unscoped = Field(None, min_length=1, description="coal, oil, gas or biomass")
    origin: str | None = Field(None, description="sending province of a line")
    destination: str | None = Field(None, description="receiving province of a line")

    @field_validator("provinces", "sectors", "origin", "destination", mode="before")
    @classmethod
    def _in_english(cls, given: Any) -> Any:
        """A province or sector may be named in Chinese as well."""
        if isinstance(given, (list, tuple)):
            return [_english(one) for one in given]
        return _english(given)


def _english(name: Any) -> Any:
    return chinese_names().get(name, name) if isinstance(name, str) else name


class BaseSignal(BaseModel):
    """What all signals share; `schedule` is linear between its years unless `step`, constant after the last one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    unit: ClassVar[str]
    allowed: ClassVar[tuple[float, float]]
    default: ClassVar[float] = 0.0
    default_path: ClassVar[tuple[tuple[int, str], ...]] = ()  # (year, parameter): the default is a path of parameters
    axes: ClassVar[tuple[str, ...]] = ()
    sectors: ClassVar[tuple[str, ...] | None] = None  # sectors that can have it at all
    event: ClassVar[bool] = False  # a quantity of the stated years alone, not a path
    switch: ClassVar[bool] = False  # off at 0, on above

    description: str = Field("", description="what the signal stands for")
    source: str = Field("", description="where the numbers come from; an expert assumption is called so")
    scope: Scope = Field(default_factory=Scope, description="provinces, sectors, routes ... it acts on; default all")
    op: Operation = Field(
        "set", description="composed in this order: set, mul, add, floor or ceil; the default is the variable's own"
    )
    schedule: dict[Year, Number] = Field(
        min_length=1,
        description="year: value; nothing happens before the first year, and the last value holds to the end: a shock "
        "of some years goes back, as {2026: 2.5, 2029: 1.0} with step: true does for a multiplier",
    )
    step: bool = Field(False, strict=True, description="true: hold each value until the next year stated")
    announced_year: Year | None = Field(None, description="year in which it becomes known; default: its first year")
    announced_ahead: Ahead | None = Field(
        None, description="years ahead for which values are known from then on, 0: each in its own year; default: all"
    )

    @property
    def known_from(self) -> int:
        """The first year in which agents know of the signal."""
        return min(self.schedule) if self.announced_year is None else self.announced_year

    def known_through(self, year: int, last_year: int) -> int:
        """The last year, `last_year` at most, of which agents know the value in `year`."""
        return last_year if self.announced_ahead is None else min(year + self.announced_ahead, last_year)


def variable_of(kind: type[BaseSignal]) -> str:
    """The name of the variable on which this class of signals acts."""
    return str(get_args(kind.model_fields["variable"].annotation)[0])


def value_range(kind: type[BaseSignal], op: str) -> tuple[float, float]:
    """What a schedule may hold: a level lies in the variable's range, a factor in 0..20, a change within its width."""
    low, high = kind.allowed
    if op == "mul":
        return 0.0, 20.0
    if op == "add":
        return (low, high) if kind.event else (-(high - low), high - low)
    return low, high


def at_year(signal: BaseSignal, year: int) -> float:
    """Value of the schedule in `year`; NaN before its first year (and, for an event, in a year that is not stated)."""
    years = sorted(signal.schedule)
    if signal.event:
        return signal.schedule.get(year, math.nan)
    if year < years[0]:
        return math.nan
    before = max(one for one in years if one <= year)
    after = min((one for one in years if one > year), default=before)
    if signal.step or after == before:
        return signal.schedule[before]
    share = (year - before) / (after - before)
    return (1 - share) * signal.schedule[before] + share * signal.schedule[after]


def expected_at(signal: BaseSignal, year: int, through: int) -> float:
    """What is expected for `year` where values are known through a year; NaN where nothing is.

    Beyond, a step holds, and a path goes on by its last yearly change, within what a schedule may hold; it stays if
    none was seen. Worked value: 1 in 2022 and 0.96 in 2024, known through 2024, give 0.92 for 2026, whatever the
    schedule holds for later.
    """
    if year <= through or signal.event:
        return at_year(signal, year) if year <= through else math.nan
    last, before = at_year(signal, through), at_year(signal, through - 1)
    if signal.step or math.isnan(before):
        return last
    low, high = value_range(type(signal), signal.op)
    return min(max(last + (year - through) * (last - before), low), high)


def dump(signal: BaseSignal) -> dict[str, Any]:
    """The signal as plain data for YAML, without what was not stated."""
    return signal.model_dump(mode="python", exclude_defaults=True)
