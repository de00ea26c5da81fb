"""A grid operator as an object (submodels 4, 10 and 15); how it schedules stands in `scheduling.py`."""

import math

import mesa

from mesa_reference.investing import recovery_factor
from mesa_reference.scheduling import BATTERY, BIOMASS, BLOCKS, CHP, COAL, GAS, PER_SEASON, PUMPED, SOLAR, Scheduler

CANDIDATES = (COAL, GAS, PUMPED, BATTERY)
COAL_BOILER, GAS_BOILER, HEAT_PUMP = 1, 2, 3
OTHERS = (COAL_BOILER, GAS_BOILER, HEAT_PUMP)
PJ_PER_GW_HOUR = 0.0036
# Share of the peak below which nothing is tendered.
LEAST_TENDER = 1e-9


class HeatSupplier:
    """The part of a grid operator that supplies district and industrial heat."""

    def choose_heat_supply(self, seen) -> None:
        """Serve the year's heat, book its fuel and load, and order plants for next year."""
        self.supply_heat(seen.hours)
        self.book_heat(seen)
        self.renew_heat_plants(seen)

    def supply_heat(self, hours) -> None:
        """CHP first, up to what coal and biomass power allow; the rest by size of plant."""
        power = self.capacity_gw[COAL] + self.capacity_gw[BIOMASS]
        self.heat_capacity_gw[CHP] = self.chp_heat_per_gw * power
        others = sum(self.heat_capacity_gw[route] for route in OTHERS)
        for season, _, spans in self.seasons(hours):
            most, demand = sum(spans) * PJ_PER_GW_HOUR, self.heat_demand_pj[season]
            first = min(demand, self.heat_capacity_gw[CHP] * most)
            second = min(demand - first, others * most)
            self.heat_supply_pj[CHP][season] = first
            for route in OTHERS:
                share = self.heat_capacity_gw[route] / others if others > 0.0 else 0.0
                self.heat_supply_pj[route][season] = second * share
            self.heat_unserved_pj[season] = max(demand - first - second, 0.0)

    def book_heat(self, seen) -> None:
        """Coal and gas burnt for heat, and the load of heat pumps."""
        own = seen.parameters
        self.heat_coal_pj = self.heat_gas_pj = 0.0
        for season, blocks, hours in self.seasons(seen.hours):
            supply = [route[season] for route in self.heat_supply_pj]
            self.heat_coal_pj += supply[CHP] * own.heat_chp_fuel_per_heat
            self.heat_coal_pj += supply[COAL_BOILER] / own.heat_coal_boiler_efficiency
            self.heat_gas_pj += supply[GAS_BOILER] / own.heat_gas_boiler_efficiency
            shape = seen.pump_shape[blocks]
            weight = sum(one * span for one, span in zip(shape, hours, strict=True))
            gwh = supply[HEAT_PUMP] / own.heat_pump_performance / PJ_PER_GW_HOUR
            self.heat_pump_gw[blocks] = [gwh * one / weight for one in shape]

    def heat_cost(self, route: int, seen) -> float:
        """Cost of heat from a new plant, CNY per GJ: annuity, energy, carbon."""
        own, fuel, factor = seen.parameters, seen.fuel_price[self.operator], seen.emission_factor
        yearly = recovery_factor(own.heat_discount_rate, own.heat_plant_lifetime)
        per_gj = yearly / (own.heat_full_load_hours * PJ_PER_GW_HOUR)
        if route == HEAT_PUMP:
            return own.heat_pump_capex * per_gj + self.tariff / 3.6 / own.heat_pump_performance
        carrier, capex, efficiency = {
            COAL_BOILER: (0, own.heat_coal_boiler_capex, own.heat_coal_boiler_efficiency),
            GAS_BOILER: (2, own.heat_gas_boiler_capex, own.heat_gas_boiler_efficiency),
        }[route]
        burnt = fuel[carrier] + seen.carbon_price[self.operator] * factor[carrier]
        return capex * per_gj + burnt / efficiency

    def renew_heat_plants(self, seen) -> None:
        """Retire one lifetime-th, and build what the coldest season and a reserve ask for, split by cost and size."""
        own, cost = seen.parameters, {route: self.heat_cost(route, seen) for route in OTHERS}
        for route in OTHERS:
            self.heat_capacity_gw[route] *= 1.0 - 1.0 / own.heat_plant_lifetime
        installed = sum(self.heat_capacity_gw[route] for route in OTHERS)
        rates = [
            self.heat_demand_pj[season] / (sum(spans) * PJ_PER_GW_HOUR) for season, _, spans in self.seasons(seen.hours)
        ]
        wanted = max(rates) * (1.0 + own.heat_reserve_share)
        missing = max(wanted - self.heat_capacity_gw[CHP] - installed, 0.0)
        pull = {}
        for route in OTHERS:
            share = self.heat_capacity_gw[route] / installed if installed > 0.0 else 1.0
            dearer = cost[route] / min(cost.values()) - 1.0
            pull[route] = (own.imitation_share_floor + share) * math.exp(-own.heat_choice_sharpness * dearer)
        if not seen.coal_boiler_allowed[self.operator]:
            pull[COAL_BOILER] = 0.0
        for route in OTHERS:
            self.heat_built_gw[route] = pull[route] * missing / sum(pull.values())
            self.heat_capacity_gw[route] += self.heat_built_gw[route]


class GridOperator(Scheduler, HeatSupplier, mesa.Agent):
    """A grid operator: keeps one province supplied. Attributes are the quantities of docs/nomenclature.md, as lists."""

    def __init__(self, model, told: dict) -> None:
        super().__init__(model)
        for name, value in told.items():
            setattr(self, name, value)

    # ---- after the market

    def ask_margin(self, seen) -> None:
        """Local protection: the idler its own thermal plants, the more an operator asks for in trade."""
        own = seen.parameters
        idle = max(1.0 - self.thermal_use / own.thermal_use_reference, 0.0)
        self.trade_margin = own.local_protection_cny_per_mwh * idle

    def set_tariff(self, seen) -> None:
        """Towards the wholesale price, within the band around the benchmark, plus charges."""
        used = [span * load for span, load in zip(seen.hours, self.load_gw, strict=True)]
        paid = sum(energy * price for energy, price in zip(used, self.price, strict=True))
        wholesale = paid / sum(used) if sum(used) > 0.0 else 0.0
        band = seen.tariff_band * self.benchmark_tariff
        wholesale = min(max(wholesale, self.benchmark_tariff - band), self.benchmark_tariff + band)
        target = wholesale + self.transmission_charge + seen.surcharge + self.certificate_charge
        keep = seen.parameters.tariff_smoothing
        self.tariff = keep * self.tariff + (1.0 - keep) * target

    def expect_market(self, seen) -> None:
        """Prices that investors are told, smoothed and not above the cap; trade to plan with, smoothed as well."""
        weight, cap = seen.parameters.price_expectation_weight, seen.parameters.wholesale_price_cap
        pairs = zip(self.expected_price, self.price, strict=True)
        self.expected_price = [(1.0 - weight) * before + weight * min(now, cap) for before, now in pairs]
        pairs = zip(self.expected_export_gw, self.traded_export_gw, strict=True)
        self.expected_export_gw = [(1.0 - weight) * before + weight * now for before, now in pairs]

    def buy_certificates(self, seen) -> None:
        """Retire own certificates as far as the duty goes; want the rest."""
        due = seen.operator_share[self.operator] * seen.consumption_twh[self.operator]
        self.certificates_used = min(due, seen.held_twh[self.operator])
        self.certificates_wanted = due - self.certificates_used
        self.certificate_limit = seen.shortfall_cost[self.operator]

    # ---- looking ahead

    def look_ahead(self, seen) -> None:
        """Peak when a plant tendered now would run, and capacity that would count then, usual imports included."""
        own = seen.parameters
        loads = [load + pumps for load, pumps in zip(self.load_gw, self.heat_pump_gw, strict=True)]
        peak = max(loads)
        brought = -self.usual_export_gw[loads.index(peak)]
        for _ in range(int(own.tender_lead_years)):
            peak *= 1.0 + seen.load_growth[self.operator]
        self.peak_gw = peak * self.peak_factor * (1.0 - own.demand_response_share)
        firm = brought if brought < 0.0 else own.firm_capacity_credit_line * brought
        for credit, now, coming in zip(
            seen.firm_credit, self.capacity_gw, seen.pipeline_gw[self.operator], strict=True
        ):
            firm += credit * (now + coming)
        self.firm_capacity_gw = firm

    def expected_margin(self, candidate: int, seen) -> float:
        """What a kW of a candidate earns in a year at expected prices, CNY."""
        own, kind = seen.parameters, CANDIDATES[candidate]
        if kind in (COAL, GAS):
            running = seen.running_cost[self.operator][candidate]
            pairs = zip(seen.hours, self.expected_price, strict=True)
            return own.thermal_availability * sum(span * max(price - running, 0.0) for span, price in pairs) / 1000.0
        stores = {
            PUMPED: (own.pumped_efficiency, own.pumped_hours),
            BATTERY: (own.battery_efficiency, own.battery_hours),
        }
        (efficiency, duration), earned = stores[kind], 0.0
        for first in range(0, BLOCKS, PER_SEASON):
            prices, days = self.expected_price[first : first + PER_SEASON], sum(seen.hours[first : first + PER_SEASON])
            earned += days / 24.0 * duration * max(max(0.0, *prices) - min(prices) / efficiency, 0.0)
        return earned / 1000.0

    def net_cost(self, candidate: int, seen) -> float:
        """What a firm kW costs beyond what it earns, CNY per year."""
        missing = seen.fixed_cost[candidate] - self.expected_margin(candidate, seen)
        return missing / seen.firm_credit[CANDIDATES[candidate]]

    def tender_capacity(self, seen) -> None:
        """Where firm capacity falls short of peak and reserve, tender what is cheapest per firm kW, then the next."""
        own = seen.parameters
        self.look_ahead(seen)
        self.tendered_gw = [0.0] * len(CANDIDATES)
        room, allowed = seen.room_gw[self.operator], seen.allowed[self.operator]
        short = self.peak_gw * (1.0 + own.reserve_margin) - self.firm_capacity_gw
        short = min(short, own.tender_maximum_share * self.peak_gw)
        credit = [seen.firm_credit[kind] for kind in CANDIDATES]
        may = [one for one in range(len(CANDIDATES)) if allowed[one] > 0.0 and room[one] > 0.0 and credit[one] > 0.0]
        for one in sorted(may, key=lambda candidate: self.net_cost(candidate, seen)):
            if short <= LEAST_TENDER * self.peak_gw:
                return
            self.tendered_gw[one] = min(short / credit[one], room[one])
            short -= credit[one] * self.tendered_gw[one]

    def connect_roofs(self, seen) -> None:
        """Panels on roofs spread towards the market that their payback allows."""
        own, place = seen.parameters, self.operator
        use = own.roof_own_use_share
        worth = use * self.tariff + (1.0 - use) * seen.sold_price[place]
        earned = seen.output[place] * worth - seen.fixed_cost
        market = 0.0
        if earned > 0.0:
            market = seen.roof_gw[place] * math.exp(-own.roof_payback_sensitivity * seen.cost[place] / earned)
        left = max(market - self.roofs_gw, 0.0)
        self.roofs_connected_gw = 0.0
        if left > 0.0:
            self.roofs_connected_gw = (own.roof_innovation + own.roof_imitation * self.roofs_gw / market) * left

    def asked_of_builders(self, kind: int, replaced: float) -> float:
        """GW of a technology that it tenders this year beyond what closes, or connects on roofs."""
        if kind in CANDIDATES:
            return max(self.tendered_gw[CANDIDATES.index(kind)] - replaced, 0.0)
        return self.roofs_connected_gw if kind == SOLAR else 0.0
