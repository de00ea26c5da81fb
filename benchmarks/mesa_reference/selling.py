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

    def emission_factor(self, route: int, costs) -> float:
        """Direct CO2 of a unit made on a route."""
        return self.emits(costs.energy_emissions[self.province][route], costs.process_emissions[self.province][route])

    def carbon_cost(self, route: int, costs) -> float:
        """Marginal carbon cost of a unit, CNY: what exceeds the allowances it earns, and the local price."""
        factor = self.emission_factor(route, costs)
        credit = costs.allowance_credit[self.province][route]
        market = costs.carbon_price[self.province][self.sector] * self.covered
        return market * (factor - credit) + costs.carbon_adder[self.province][self.sector] * factor

    def marginal_cost(self, route: int, costs) -> float:
        """Cost of one more unit, CNY."""
        energy = costs.energy_cost[self.province][route] * (1.0 - self.saving)
        return energy + costs.other_cost[self.province][route] + self.carbon_cost(route, costs)

    def set_price(self, costs) -> None:
        """Mark-up over full cost at normal use; it rises when more is wanted than that."""
        own = costs.parameters
        able = normal = full_cost = 0.0
        for plant in self.plants:
            plant.cost = self.marginal_cost(plant.route, costs)
            full = plant.capacity * costs.full_output[plant.route]
            usual = full * costs.utilisation[self.province][plant.route]
            able += full
            normal += usual
            full_cost += usual * plant.cost + plant.capacity * costs.fixed_cost[plant.route]
        if normal <= 0.0:
            return
        surprise = (max(self.wanted_output, self.output) - normal) / able if self.output > 0.0 else 0.0
        wanted = self.markup + own.markup_adjustment * surprise
        self.markup = clip(wanted, own.markup_minimum, own.markup_maximum)
        self.unit_cost = full_cost / normal + costs.added_cost[self.province][self.sector]
        self.price = (1.0 + self.markup) * self.unit_cost

    def save_energy(self, costs) -> None:
        """Install what pays back in time at the carbon price expected next year; standards are a floor."""
        own, place = costs.parameters, self.province
        carbon = self.expected_carbon_price[0] * self.covered + costs.carbon_adder[place][self.sector]
        value = used = energy_pj = self.saving_cost = 0.0
        for plant in self.plants:
            route = plant.route
            use = costs.energy_use[place][route]
            now = costs.energy_cost[place][route] + carbon * costs.energy_emissions[place][route]
            value += plant.capacity * (now - costs.base_energy_value[place][route] * use)
            used += plant.capacity * use
            energy_pj += plant.output * use
        if used <= 0.0:
            return
        pays = max(value / used, 0.0) * (self.payback_years / own.payback_reference) / own.efficiency_cost_slope
        years = costs.year - costs.base_year
        limit = costs.maximum_saving[self.sector] * (1.0 + own.efficiency_maximum_growth * years)
        target = min(max(pays, costs.efficiency_floor[place][self.sector]), limit)
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
