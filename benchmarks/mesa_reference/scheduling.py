"""Water, storage and coal units of a grid operator, season by season (submodel 4).

Levels are found by walking along the corners of a piecewise linear function, not by iteration.
"""

from itertools import pairwise

BLOCKS, SEASONS, PER_SEASON = 24, 4, 6
COAL, GAS, NUCLEAR, HYDRO, PUMPED, _, _, SOLAR, BIOMASS, BATTERY = range(10)
THERMAL, STORES = (COAL, GAS, BIOMASS), (PUMPED, BATTERY)
CHP = 0
SMALLEST_GWH = 1e-9


def clipped(value: float, limit: float) -> float:
    """Between 0 and the limit."""
    return min(max(value, 0.0), limit)


def energy_above(level: float, loads, hours, limit: float) -> float:
    """Energy that cutting loads down to a level takes, at most the limit in each block."""
    return sum(span * clipped(load - level, limit) for load, span in zip(loads, hours, strict=True))


def level_for(loads, hours, limit: float, energy: float) -> float:
    """Level down to which loads are cut so that the cut takes the energy; the limit binds everywhere at the lowest."""
    level, taken = max(loads), 0.0
    if energy <= 0.0:
        return level
    for corner in sorted({*loads, *(load - limit for load in loads)}, reverse=True)[1:]:
        open_hours = sum(h for load, h in zip(loads, hours, strict=True) if load > corner and load - limit <= corner)
        if open_hours > 0.0 and taken + open_hours * (level - corner) >= energy:
            return level - (energy - taken) / open_hours
        taken += open_hours * (level - corner)
        level = corner
    return level


def level_up_to(loads, hours, limit: float, energy: float) -> float:
    """Level up to which loads are filled so that filling takes the energy."""
    return -level_for([-load for load in loads], hours, limit, energy)


def meeting_energy(loads, hours, limit: float, efficiency: float) -> float:
    """Energy discharged at which the level of filling meets the level of cutting."""

    def gap(level: float) -> float:
        filled = energy_above(-level, [-load for load in loads], hours, limit)
        return efficiency * filled - energy_above(level, loads, hours, limit)

    corners = sorted({at for load in loads for at in (load, load - limit, load + limit)})
    for low, high in pairwise(corners):
        if gap(low) <= 0.0 <= gap(high):
            rise = gap(high) - gap(low)
            level = low - gap(low) * (high - low) / rise if rise > 0.0 else low
            return energy_above(level, loads, hours, limit)
    return 0.0


def shift(loads, hours, limit: float, energy: float, efficiency: float):
    """Charging and discharging of a season, and the load that is left; the two levels never cross."""
    still = [0.0] * len(loads)
    energy = min(energy, limit * sum(hours) * efficiency / (1.0 + efficiency))
    if energy <= SMALLEST_GWH:
        return still, still, loads
    top = level_for(loads, hours, limit, energy)
    bottom = level_up_to(loads, hours, limit, energy / efficiency)
    if bottom > top:
        energy = meeting_energy(loads, hours, limit, efficiency)
        if energy <= SMALLEST_GWH:
            return still, still, loads
        top = level_for(loads, hours, limit, energy)
        bottom = level_up_to(loads, hours, limit, energy / efficiency)
    discharge = [clipped(load - top, limit) for load in loads]
    charge = [clipped(bottom - load, limit) for load in loads]
    left = [load + c - d for load, c, d in zip(loads, charge, discharge, strict=True)]
    return charge, discharge, left


class Scheduler:
    """The part of a grid operator that plans the year before trade. `residual_gw` is the load still to be served."""

    def find_residual(self) -> None:
        """Load less all that runs whatever the load is."""
        planned = [share * self.capacity_gw[kind] for share, kind in zip(self.planned_share, THERMAL, strict=True)]
        for block in range(BLOCKS):
            left = self.load_gw[block] + self.heat_pump_gw[block]
            left += self.contracted_export_gw[block] + self.expected_export_gw[block]
            left -= self.nuclear_gw[block]
            for variable, thermal in zip(self.variable_gw, planned, strict=True):
                left -= variable[block]
                left -= thermal
            self.residual_gw[block] = left

    def seasons(self, hours):
        """Season, its blocks, and the hours of these."""
        for season in range(SEASONS):
            blocks = slice(season * PER_SEASON, (season + 1) * PER_SEASON)
            yield season, blocks, hours[blocks]

    def schedule_hydro(self, seen) -> None:
        """A part of the water evenly, the rest where the load is highest; what turbines cannot take is spilled."""
        for season, blocks, hours in self.seasons(seen.hours):
            energy = 1000.0 * self.hydro_inflow_twh[season]
            steady = min(seen.parameters.run_of_river_share * energy / sum(hours), self.capacity_gw[HYDRO])
            limit = self.capacity_gw[HYDRO] - steady
            level = level_for(self.residual_gw[blocks], hours, limit, energy - steady * sum(hours))
            made = [steady + clipped(load - level, limit) for load in self.residual_gw[blocks]]
            self.residual_gw[blocks] = [load - run for load, run in zip(self.residual_gw[blocks], made, strict=True)]
            self.hydro_gw[blocks] = made
            used = sum(run * span for run, span in zip(made, hours, strict=True))
            self.hydro_spilled_twh[season] = max(energy - used, 0.0) / 1000.0

    def schedule_storage(self, seen) -> None:
        """Pumped hydro, then batteries, level the load; a day holds a store's hours times its usual cycles."""
        own = seen.parameters
        stores = (
            (own.pumped_efficiency, own.pumped_hours * own.pumped_cycles_per_day),
            (own.battery_efficiency, own.battery_hours * own.battery_cycles_per_day),
        )
        for store, (efficiency, hours_per_day) in enumerate(stores):
            size = self.capacity_gw[STORES[store]]
            for _, blocks, hours in self.seasons(seen.hours):
                energy = size * hours_per_day * sum(hours) / 24.0
                charge, discharge, left = shift(self.residual_gw[blocks], hours, size, energy, efficiency)
                self.charge_gw[store][blocks], self.discharge_gw[store][blocks] = charge, discharge
                self.residual_gw[blocks] = left

    def commit_coal(self, seen) -> None:
        """Planned gas goes where the load is highest; then coal is kept warm for the highest load and a reserve."""
        own, coal = seen.parameters, self.capacity_gw[COAL]
        for season, blocks, hours in self.seasons(seen.hours):
            self.spread_gas(blocks, hours, own.thermal_availability)
            highest = max(0.0, *self.residual_gw[blocks])
            committed = highest * (1.0 + own.spinning_reserve_share) / own.thermal_availability
            least = seen.minimum_load[self.operator] * min(committed, coal)
            heat_gw = self.heat_supply_pj[CHP][season] / (sum(hours) * 0.0036)
            tied = heat_gw * 3.6 / own.heat_chp_gj_per_mwh * own.heat_chp_must_run_share
            share = min(max(least, tied) / coal, own.thermal_availability) if coal > 0.0 else 0.0
            share = max(share, self.planned_share[0])
            self.must_run_share[0][blocks] = [share] * PER_SEASON
            self.open_share[0][blocks] = [max(own.thermal_availability - share, 0.0)] * PER_SEASON
            self.must_run_share[2][blocks] = [self.planned_share[2]] * PER_SEASON
            self.open_share[2][blocks] = [0.0] * PER_SEASON

    def spread_gas(self, blocks, hours, availability: float) -> None:
        """Run the season's planned gas at the highest residual load; more gas stands in the merit order."""
        gas = self.capacity_gw[GAS]
        even, limit = self.planned_share[1] * gas, availability * gas
        loads = [load + even for load in self.residual_gw[blocks]]
        level = level_for(loads, hours, limit, even * sum(hours))
        runs = [clipped(load - level, limit) for load in loads]
        self.residual_gw[blocks] = [load - run for load, run in zip(loads, runs, strict=True)]
        shares = [run / gas if gas > 0.0 else 0.0 for run in runs]
        self.must_run_share[1][blocks] = shares
        self.open_share[1][blocks] = [max(availability - share, 0.0) for share in shares]
