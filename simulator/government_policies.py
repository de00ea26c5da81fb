"""Policy signals to local governments: targets, training, exchange, methods, audits, the red light."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from simulator.signals import BaseSignal, Operation, variable_of

# Said wherever a scenario trains or exchanges.
ASSUMED = (
    "Planning capacity is assumed from proxies, not measured, and no measured effect of training or exchange was found:"
    " what follows from them is an exploration under assumptions, not a finding."
)


class TargetMultiplier(BaseSignal):
    """Cuts of carbon and energy intensity that a plan asks of a province, relative to its share of the plan."""

    variable: Literal["carbon_intensity_target_multiplier"]
    op: Operation = "mul"
    unit = "1"
    allowed = (0.0, 3.0)
    default = 1.0
    axes = ("province",)


class TrainingOfOfficials(BaseSignal):
    """How intensely officials are trained to act on time, enforce and plan ahead (1: as much as one could).

    What it brings is assumed.
    """

    variable: Literal["training_intensity_officials"]
    unit = "1"
    allowed = (0.0, 1.0)
    axes = ("province",)


class TrainingOfResearchers(BaseSignal):
    """How intensely researchers are trained to measure, forecast and select (1: as much as one could).

    What it brings is assumed.
    """

    variable: Literal["training_intensity_researchers"]
    unit = "1"
    allowed = (0.0, 1.0)
    axes = ("province",)


class ExperienceExchange(BaseSignal):
    """How intensely a province exchanges experience with others (1: as much as one could).

    What it brings is assumed.
    """

    variable: Literal["exchange_intensity"]
    unit = "1"
    allowed = (0.0, 1.0)
    axes = ("province",)


class MethodologicalFramework(BaseSignal):
    """Use of a common framework of methods, which holds capacity when people leave and makes forecasts better.

    What it brings is assumed.
    """

    variable: Literal["methodological_framework"]
    unit = "1"
    allowed = (0.0, 1.0)


class Casebook(BaseSignal):
    """Use of a book of cases, which makes what others found out about levers count for more.

    What it brings is assumed.
    """

    variable: Literal["casebook"]
    unit = "1"
    allowed = (0.0, 1.0)


# On what a scenario acts that trains, exchanges, or brings the methods that go with both.
LEARNING = tuple(
    variable_of(one)
    for one in (TrainingOfOfficials, TrainingOfResearchers, ExperienceExchange, MethodologicalFramework, Casebook)
)


def assumption(signals: Iterable[BaseSignal]) -> str:
    """What must be said of results if any of the signals makes governments learn; else empty."""
    return ASSUMED if any(variable_of(type(one)) in LEARNING for one in signals) else ""


class DataQuality(BaseSignal):
    """Share of the noise of emission statistics that better monitoring takes away."""

    variable: Literal["data_quality"]
    unit = "1"
    allowed = (0.0, 1.0)


class AuditProbability(BaseSignal):
    """Chance that a province's emissions are audited when a plan is assessed."""

    variable: Literal["audit_probability"]
    unit = "1"
    allowed = (0.0, 1.0)
    default_path = ((2020, "audit_probability"),)


class RedLight(BaseSignal):
    """The centre's warning (1), upon which a province that is behind rations output in any year of a plan."""

    variable: Literal["red_light"]
    unit = "1"
    allowed = (0.0, 1.0)
    axes = ("province",)
    switch = True


GovernmentSignal = (
    TargetMultiplier
    | TrainingOfOfficials
    | TrainingOfResearchers
    | ExperienceExchange
    | MethodologicalFramework
    | Casebook
    | DataQuality
    | AuditProbability
    | RedLight
)
