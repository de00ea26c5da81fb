"""All policy signals of a scenario composed into one array per variable, and what of it is known in a given year.

Composition has a fixed order, set -> mul -> add -> floor -> ceil, so a scenario is a set of signals, not a sequence.
Within one operation the order does not matter either: two `set`s that overlap are an error, the rest commute.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simulator.errors import ConfigError
from simulator.names import Names, nearest
from simulator.policies import KINDS
from simulator.signals import BaseSignal, Scope, expected_at, value_range, variable_of

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
ORDER = ("set", "mul", "add", "floor", "ceil")
_SCOPED_BY = {
    "province": "provinces",
    "sector": "sectors",
    "route": "routes",
    "carrier": "carriers",
    "origin": "origin",
    "destination": "destination",
}


@dataclass(frozen=True, eq=False)
class SignalTable:
    """Values of every policy variable: `table["output_linkage"]` has shape [year, *axes of the variable].

    Axes are those of the class in `simulator/policies.py`: province, sector, route (rows of routes.csv, all sectors),
    carrier (coal, oil, gas, biomass), origin and destination (provinces). Arrays are read-only.
    """

    first_year: int
    last_year: int
    names: Names
    signals: Mapping[str, BaseSignal]
    arrays: Mapping[str, Array]
    defaults: Mapping[str, Array]  # the same, without any signal
    outlook: int = 0  # years at the end that are expected only, and end where a variable does
    _known: dict[tuple[str, frozenset[tuple[str, int]]], Array] = field(default_factory=dict, repr=False)
    # The table over other parameters that this one was made from, and the variables in which they differ.
    _parent: SignalTable | None = field(default=None, repr=False)
    _changed: frozenset[str] = frozenset()

    def __getitem__(self, variable: str) -> Array:
        return self.arrays[variable]

    def at(self, variable: str, year: int) -> Array:
        """The value in `year`, of shape [*axes]."""
        value: Array = self.arrays[variable][year - self.first_year]
        return value

    def announced(self, variable: str, year: int) -> Array:
        """What is expected in `year` of all years, [year, *axes]: only signals announced by then are composed, each as
        far as it is known and then as it is expected to go on (`signals.expected_at`), within the variable's range.

        For a variable whose signals are all known to their end by `year` it is the array of what will happen.
        """
        holder = self.holder(variable)
        if holder is not self:
            return holder.announced(variable, year)
        known = {name: one for name, one in self._acting.get(variable, {}).items() if one.known_from <= year}
        through = {name: one.known_through(year, self.last_year) for name, one in known.items()}
        key = (variable, frozenset(through.items()))
        if key not in self._known:
            years = range(self.first_year, self.last_year + 1)
            composed = _compose(variable, known, self.names, years, self.defaults[variable], through)
            self._known[key] = _within(KINDS[variable].allowed, composed)
        return self._known[key]

    def holder(self, *variables: str) -> SignalTable:
        """The first of the tables that share these variables: what follows from them alone is made for it, once."""
        table = self
        while table._parent is not None and table._changed.isdisjoint(variables):
            table = table._parent
        return table

    def with_parameters(self, parameters: Mapping[str, float]) -> SignalTable:
        """The same signals over other values of parameters.csv; what no default path reaches is shared."""
        years = range(self.first_year, self.last_year + 1)
        values = _values(self.names, parameters)
        paths = {name: _default(kind, self.names, years, values) for name, kind in KINDS.items() if kind.default_path}
        changed = {name: one for name, one in paths.items() if not np.array_equal(one, self.defaults[name])}
        if not changed:
            return self
        composed = {name: _compose(name, self.signals, self.names, years, one) for name, one in changed.items()}
        certain = len(years) - self.outlook
        found = (_outside(name, one[:certain], self.signals, self.names, years[0]) for name, one in composed.items())
        errors = [line for lines in found for line in lines]
        if errors:
            raise ConfigError(errors)
        return replace(
            self,
            arrays={**self.arrays, **{name: _bounded(name, one) for name, one in composed.items()}},
            defaults={**self.defaults, **changed},
            _known={},
            _parent=self,
            _changed=frozenset(changed),
        )

    @cached_property
    def changes(self) -> tuple[tuple[str, ...], ...]:
        """By year the variables that have another value than in the year before; none in the first."""
        paths = [name for name in self.arrays if name in self._acting or KINDS[name].default_path]
        moved = {name: _has_moved(self.arrays[name]) for name in paths}
        later = range(self.last_year - self.first_year)
        return ((), *(tuple(name for name in paths if moved[name][i]) for i in later))

    @cached_property
    def _acting(self) -> dict[str, dict[str, BaseSignal]]:
        """Signals by name for each variable that they act on."""
        found: dict[str, dict[str, BaseSignal]] = {}
        for name, one in self.signals.items():
            found.setdefault(variable_of(type(one)), {})[name] = one
        return found


class SignalsOfYear:
    """Values of one year after the other of every policy variable, in read-only arrays that last a run."""

    def __init__(self, table: SignalTable) -> None:
        self._table = table
        self._values = {name: np.array(one[0]) for name, one in table.arrays.items()}
        self.arrays: Mapping[str, Array] = {name: one.view() for name, one in self._values.items()}
        for one in self.arrays.values():
            one.setflags(write=False)

    def begin_year(self, i: int) -> None:
        """Fill in the values of year i; those of the year before stand here until then."""
        for name in self._table.changes[i]:
            self._values[name][...] = self._table.arrays[name][i]


def resolve(
    signals: Mapping[str, BaseSignal],
    names: Names,
    first_year: int,
    last_year: int,
    parameters: Mapping[str, float] | None = None,
    outlook: int = 0,
) -> SignalTable:
    """Compose all signals; a ConfigError lists every conflict and every value outside its range up to the last year.

    `parameters` replaces values of parameters.csv, from which some variables take their default path. `outlook` years
    follow, which nobody lives to see: there a path ends where its variable does.
    """
    errors = [line for name, one in signals.items() for line in scope_errors(name, one, names)]
    errors = errors or conflicts(signals, names)
    if errors:
        raise ConfigError(errors)
    years, certain = range(first_year, last_year + outlook + 1), last_year - first_year + 1
    values = _values(names, parameters or {})
    defaults = {variable: _default(kind, names, years, values) for variable, kind in KINDS.items()}
    arrays = {variable: _compose(variable, signals, names, years, defaults[variable]) for variable in KINDS}
    found = (_outside(variable, one[:certain], signals, names, first_year) for variable, one in arrays.items())
    errors = [line for lines in found for line in lines]
    if errors:
        raise ConfigError(errors)
    bounded = {variable: _bounded(variable, one) for variable, one in arrays.items()}
    return SignalTable(first_year, years[-1], names, dict(signals), bounded, defaults, outlook)


def _values(names: Names, parameters: Mapping[str, float]) -> dict[str, float]:
    return {**{name: row.value for name, row in names.parameters.items()}, **parameters}


def scope_errors(name: str, signal: BaseSignal, names: Names) -> list[str]:
    """One line for each name in the scope that does not exist or that the variable does not have."""
    errors = []
    for key, given in _stated(signal.scope).items():
        path = f"signals.{name}.scope.{key}"
        if key not in scopes_of(type(signal)):
            allowed = ", ".join(scopes_of(type(signal))) or "no scope: the variable is national"
            errors.append(f"{path} = {_plain(given)}: {variable_of(type(signal))} has no such axis; allowed: {allowed}")
            continue
        known = _known_names(key, type(signal), names)
        errors += [f"{path} = {one}: {_unknown(key, one, known)}" for one in given if one not in known]
    errors += [f"signals.{name}.scope.{key} is missing: a line needs origin and destination" for key in _absent(signal)]
    return errors or _ambiguous(name, signal, names)


def conflicts(signals: Mapping[str, BaseSignal], names: Names) -> list[str]:
    """One line for each pair of `set`s that act on the same variable, place and year (a set lasts for ever)."""
    errors = []
    items = [(name, one) for name, one in signals.items() if one.op == "set"]
    for i, (name, one) in enumerate(items):
        for other_name, other in items[i + 1 :]:
            if type(one) is type(other) and bool((acts_on(one, names) & acts_on(other, names)).any()):
                errors.append(
                    f"signals.{other_name}.op = set: {variable_of(type(one))} is already set by {name} in the same "
                    f"place; allowed: one set a place, op mul, add, floor, ceil, or the name {name} to replace it"
                )
    return errors


def _default(kind: type[BaseSignal], names: Names, years: range, parameters: Mapping[str, float]) -> Array:
    array = np.full((len(years), *_shape(kind, names)), kind.default)
    if kind.default_path:
        known = [year for year, _ in kind.default_path]
        path = np.interp(np.array(years), known, [parameters[name] for _, name in kind.default_path])
        array[:] = path.reshape(-1, *[1] * (array.ndim - 1))
    array.setflags(write=False)
    return array


def _compose(
    variable: str,
    signals: Mapping[str, BaseSignal],
    names: Names,
    years: range,
    default: Array,
    through: Mapping[str, int] | None = None,
) -> Array:
    """All signals on a variable over its default, [year, *axes]; through: year by name to which each is known."""
    acting = {name: one for name, one in signals.items() if type(one) is KINDS[variable]}
    if not acting:
        return default
    array = default.copy()
    for op in ORDER:
        for name, one in ((name, one) for name, one in acting.items() if one.op == op):
            _apply(array, one, acts_on(one, names), years[0], years[-1] if through is None else through[name])
    array.setflags(write=False)
    return array


def _apply(array: Array, signal: BaseSignal, mask: Mask, first_year: int, through: int) -> None:
    years = range(first_year, first_year + array.shape[0])
    value = np.array([expected_at(signal, year, through) for year in years]).reshape(-1, *[1] * mask.ndim)
    new = {
        "set": value,
        "mul": array * value,
        "add": array + value,
        "floor": np.maximum(array, value),
        "ceil": np.minimum(array, value),
    }[signal.op]
    array[:] = np.where(mask & ~np.isnan(value), new, array)


def _has_moved(array: Array) -> Mask:
    """Whether any value is another than in the year before [years - 1]."""
    moved: Mask = (array[1:] != array[:-1]).any(axis=tuple(range(1, array.ndim)))
    return moved


def _within(allowed: tuple[float, float], array: Array) -> Array:
    """A path that goes on ends where its variable does: a linkage that falls stays at 0."""
    bounded = np.clip(array, *allowed)
    bounded.setflags(write=False)
    return bounded


def _bounded(variable: str, array: Array) -> Array:
    low, high = KINDS[variable].allowed
    return _within((low, high), array) if array.min() < low or array.max() > high else array


def _outside(
    variable: str, array: Array, signals: Mapping[str, BaseSignal], names: Names, first_year: int
) -> list[str]:
    low, high = KINDS[variable].allowed
    wrong = np.argwhere((array < low) | (array > high))
    if wrong.size == 0:
        return []
    first = tuple(int(one) for one in wrong[0])
    place = [_labels(axis, names)[i] for axis, i in zip(KINDS[variable].axes, first[1:], strict=True)]
    where = ", ".join([str(first_year + first[0]), *place])
    by = ", ".join(name for name, one in signals.items() if type(one) is KINDS[variable])
    return [f"signals ({by}) = {array[first]:g} together, {where}: {variable} is outside; allowed: {low:g} to {high:g}"]


def _shape(kind: type[BaseSignal], names: Names) -> tuple[int, ...]:
    return tuple(len(_labels(axis, names)) for axis in kind.axes)


def _labels(axis: str, names: Names) -> tuple[str, ...]:
    if axis == "route":
        return tuple(f"{sector}.{route}" for sector, route in names.routes)
    return {"sector": names.sectors, "carrier": names.carriers}.get(axis, names.provinces)


def acts_on(signal: BaseSignal, names: Names) -> Mask:
    """Where the signal acts: true on every combination of its axes that the scope names."""
    mask = np.ones(_shape(type(signal), names), dtype=np.bool_)
    for position, axis in enumerate(type(signal).axes):
        along = np.array(_along(axis, signal, names), dtype=np.bool_)
        mask &= along.reshape([-1 if i == position else 1 for i in range(mask.ndim)])
    return mask


def _along(axis: str, signal: BaseSignal, names: Names) -> list[bool]:
    scope, possible = signal.scope, type(signal).sectors
    if axis == "route":
        return [
            (scope.routes is None or route in scope.routes or f"{sector}.{route}" in scope.routes)
            and (scope.sectors is None or sector in scope.sectors)
            and (possible is None or sector in possible)
            for sector, route in names.routes
        ]
    stated = _stated(scope).get(_SCOPED_BY[axis])
    return [stated is None or one in stated for one in _labels(axis, names)]


def _stated(scope: Scope) -> dict[str, tuple[str, ...]]:
    """The scope as it was written, a single name as a tuple of one."""
    given = scope.model_dump(exclude_none=True)
    return {key: (value,) if isinstance(value, str) else value for key, value in given.items()}


def scopes_of(kind: type[BaseSignal]) -> tuple[str, ...]:
    """The keys that the scope of a class of signals may state."""
    keys = [_SCOPED_BY[axis] for axis in kind.axes]
    return tuple([*keys, "sectors"] if "routes" in keys and kind.sectors is None else keys)


def _absent(signal: BaseSignal) -> list[str]:
    needed = [axis for axis in type(signal).axes if axis in ("origin", "destination")]
    return [key for key in needed if key not in _stated(signal.scope)]


def _known_names(key: str, kind: type[BaseSignal], names: Names) -> list[str]:
    if key == "routes":
        routes = [(sector, route) for sector, route in names.routes if kind.sectors is None or sector in kind.sectors]
        return list(dict.fromkeys([route for _, route in routes] + [f"{sector}.{route}" for sector, route in routes]))
    if key == "sectors":
        return [one for one in names.sectors if kind.sectors is None or one in kind.sectors]
    return list(names.carriers if key == "carriers" else names.provinces)


def _unknown(key: str, given: str, known: list[str]) -> str:
    kind = {"provinces": "province", "origin": "province", "destination": "province"}.get(key, key.removesuffix("s"))
    full = [one for one in known if "." in one]  # routes stand there with and without their sector
    near = [one for one in full if one.split(".")[0] == given.split(".")[0]]
    if near or len(known) <= 12:
        allowed = ", ".join(near or known)
    elif full:
        allowed = f"the {len(full)} routes shown by `tanlu data names route`, with or without their sector"
    else:
        allowed = f"the {len(known)} names shown by `tanlu data names`"
    return f"unknown {kind}{nearest(given, known)}; allowed: {allowed}"


def _ambiguous(name: str, signal: BaseSignal, names: Names) -> list[str]:
    """A bare route name that several sectors share needs the sector."""
    errors = []
    possible = type(signal).sectors or signal.scope.sectors or names.sectors
    for given in signal.scope.routes or ():
        found = [sector for sector, route in names.routes if route == given and sector in possible]
        if len(found) > 1:
            allowed = ", ".join(f"{sector}.{given}" for sector in found)
            errors.append(f"signals.{name}.scope.routes = {given}: the route of several sectors; allowed: {allowed}")
    return errors


def _plain(given: tuple[str, ...]) -> str:
    return ", ".join(given)


def schedule_errors(name: str, signal: BaseSignal) -> list[str]:
    """One line for each value outside the variable's range, and for an announcement after the fact."""
    low, high = value_range(type(signal), signal.op)
    unit = f" {type(signal).unit}" if signal.op != "mul" and type(signal).unit != "1" else ""
    errors = [
        f"signals.{name}.schedule.{year} = {value:g}: outside the range; allowed: {low:g} to {high:g}{unit}"
        for year, value in signal.schedule.items()
        if not low <= value <= high
    ]
    if signal.known_from > min(signal.schedule):
        errors.append(
            f"signals.{name}.announced_year = {signal.announced_year}: after the schedule begins; "
            f"allowed: {min(signal.schedule)} or earlier"
        )
    return errors
