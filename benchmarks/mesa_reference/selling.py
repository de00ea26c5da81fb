"""What a firm expects, asks and saves (submodels 2, 3 and 6)."""

import math


def clip(value: float, low: float, high: float) -> float:
    """The value, within bounds."""
    return min(max(value, low), high)


def renewed_trust(trust: float, price: float, announced: float, gain: float) -> float:
    """Trust moves towards the ratio of price and announcement, the smaller over the larger; to 0 if one is missing."""
    if max(price, announced) <= 0.0:
        return trust
    if min(price, announced) <= 0.0:
        return trust * (1.0 - gain)
    return trust + gain * (min(price, announced) / max(price, announced) - trust)


class Seller:
    """The part of a firm that sells what it makes."""

    def form_expectations(self, outlook) -> None:
        """Growth of orders, adaptively; carbon prices between announcements, as far as believed, and trend."""
        own, place, sector = outlook.parameters, self.province, self.sector
        heard = clip(outlook.demand_growth[place][sector], -own.growth_expectation_bound, own.growth_expectation_bound)
        weight = own.demand_expectation_weight
        self.expected_growth = (1.0 - weight) * self.expected_growth + weight * heard
        price, promised = outlook.carbon_price[place][sector], outlook.announced_now[place][sector]
        trust = self.credibility = renewed_trust(self.credibility, price, promised, own.credibility_gain)
        ahead = zip(outlook.announced[place][sector], outlook.continued[place][sector], strict=True)
        self.expected_carbon_price = [trust * announced + (1.0 - trust) * continued for announced, continued in ahead]

    def emits(self, from_fuel: float, from_process: float) -> float:
        """Direct CO2 of a unit, tCO2: fuel less what is saved, and process, less what is avoided this year."""
        return (from_fuel * (1.0 - self.saving) + from_process) * (1.0 - self.abated)

    def emission_factor(self, unit) -> float:
        """Direct CO2 of a unit made on a route."""
        return self.emits(unit.energy_emissions, unit.process_emissions)

    def carbon_cost(self, unit, shared) -> float:
        """Marginal carbon cost of a unit, CNY: what exceeds the allowances it earns, and the local price."""
        factor = self.emission_factor(unit)
        excess = factor - unit.allowance_credit
        return shared.carbon_price * self.covered * excess + shared.carbon_adder * factor

    def marginal_cost(self, unit, shared) -> float:
        """Cost of one more unit, CNY."""
        return unit.energy_cost * (1.0 - self.saving) + unit.other_cost + self.carbon_cost(unit, shared)

    def set_price(self, costs) -> None:
        """Mark-up over full cost at normal use; it rises when more is wanted than that."""
        own, shared = costs.parameters, costs.sectors[self.province][self.sector]
        able = normal = full_cost = 0.0
        for plant in self.plants:
            unit = costs.routes[self.province][plant.route]
            plant.cost = self.marginal_cost(unit, shared)
            full = plant.capacity * unit.full_output
            usual = full * unit.utilisation
            able += full
            normal += usual
            full_cost += usual * plant.cost + plant.capacity * unit.fixed_cost
        if normal <= 0.0:
            return
        surprise = (max(self.wanted_output, self.output) - normal) / able if self.output > 0.0 else 0.0
        wanted = self.markup + own.markup_adjustment * surprise
        self.markup = clip(wanted, own.markup_minimum, own.markup_maximum)
        self.unit_cost = full_cost / normal + shared.added_cost
        self.price = (1.0 + self.markup) * self.unit_cost

    def save_energy(self, costs) -> None:
        """Install what pays back in time at the carbon price expected next year; standards are a floor."""
        own, shared = costs.parameters, costs.sectors[self.province][self.sector]
        carbon = self.expected_carbon_price[0] * self.covered + shared.carbon_adder
        value = used = energy_pj = self.saving_cost = 0.0
        for plant in self.plants:
            unit = costs.routes[self.province][plant.route]
            use = unit.energy_use
            now = unit.energy_cost + carbon * unit.energy_emissions
            value += plant.capacity * (now - unit.base_energy_value * use)
            used += plant.capacity * use
            energy_pj += plant.output * use
        if used <= 0.0:
            return
        pays = max(value / used, 0.0) * (self.payback_years / own.payback_reference) / own.efficiency_cost_slope
        years = costs.year[0] - costs.base_year
        limit = shared.maximum_saving * (1.0 + own.efficiency_maximum_growth * years)
        target = min(max(pays, shared.efficiency_floor), limit)
        more = own.efficiency_adjustment_rate * max(target - self.saving, 0.0)
        cost_per_gj = own.efficiency_cost_slope * (self.saving + 0.5 * more) * own.payback_reference
        self.saving += more
        self.saving_cost = cost_per_gj * more * energy_pj
        self.liquidity -= self.saving_cost

    def buy_certificates(self, seen) -> None:
        """Green certificates for a share of the electricity used, at most at what a missing one costs."""
        self.certificates_wanted = self.electricity * seen.firm_share[self.province][self.sector]
        self.certificate_limit = seen.shortfall_cost[self.province]


def customers_pull(firm, able: float, mean_price: float, loyalty: float, sensitivity: float) -> float:
    """Pull on customers next year, m^rho C^(1 - rho) (p / mean p)^-kappa, before it is scaled."""
    if able <= 0.0 or firm.price <= 0.0:
        return 0.0
    kept = loyalty * math.log(max(firm.market_weight, 1e-9) / able)
    return able * math.exp(kept - sensitivity * math.log(firm.price / mean_price))


def move_customers(market, able, loyalty: float, sensitivity: float) -> None:
    """Customers of one market, the firms of a province and sector, go where there is capacity and where it is cheap.

    Each product of the sector keeps its part. able: largest output by firm number.
    """
    made = sum(firm.output for firm in market)
    value = sum(firm.price * firm.output for firm in market)
    if made <= 0.0 or value <= 0.0:
        return
    before = {firm.family: 0.0 for firm in market}
    after = dict(before)
    for firm in market:
        before[firm.family] += firm.market_weight
        firm.market_weight = customers_pull(firm, able[firm.firm], value / made, loyalty, sensitivity)
        after[firm.family] += firm.market_weight
    for firm in market:
        if after[firm.family] > 0.0:
            firm.market_weight *= before[firm.family] / after[firm.family]
