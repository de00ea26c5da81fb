"""What a firm builds, and where (submodels 7 and 8)."""

import math
from itertools import pairwise

from agents.draws import gumbel, uniform

NOTHING, EXPANSION, RELINING = 0, 1, 2
# What stood in the way of a project.
FREE, BY_COST, BY_FINANCE, BY_CAPACITY, BY_GRID, BY_DEMAND, BY_APPROVAL = range(7)
# Addresses of draws beside those of the routes.
WAITS, LOOKS, ENTERS = 1000, 1001, 2**31 - 1


def recovery_factor(rate: float, years: float) -> float:
    """Yearly payment per unit of capital, r / (1 - (1 + r)^-L)."""
    return rate / (1.0 - math.exp(-years * math.log(1.0 + rate)))


def horizon_weights(rate: float, life: float) -> tuple[float, float, float]:
    """Discounted parts of a plant's life: to year 4, to year 11, to its end."""
    left = [1.0, *(math.exp(-rate * min(until, life)) for until in (4.0, 11.0, life))]
    return tuple((start - end) / (1.0 - left[3]) for start, end in pairwise(left))


class Investor:
    """The part of a firm that chooses projects."""

    def forget_choice(self) -> None:
        """Start the year's choice anew."""
        self.trigger, self.blocked = NOTHING, FREE
        self.chosen_route, self.chosen_capacity, self.replaced = None, 0.0, None

    # ---- what a project costs and brings

    def option(self, route: int, seen):
        """A route as it may be chosen in the firm's province."""
        return seen.options[self.province][route]

    def market(self, seen):
        """What the firms of the sector in the province share."""
        return seen.markets[self.province][self.sector]

    def required_return(self, seen) -> float:
        """Own hurdle rate, and a premium where the carbon price jumps about."""
        return self.hurdle_rate + seen.parameters.volatility_premium * self.market(seen).volatility

    def capital_and_life(self, route: int, site, seen) -> tuple[float, float]:
        """Cost after subsidy per unit of capacity, and years that it serves."""
        own, option = seen.parameters, self.option(route, seen)
        cost, life = option.capital_cost, option.lifetime_years
        if self.renews(route, site):
            pass
        elif site is not None and site.route == route:
            cost *= own.relining_cost_share
            life = max(option.relining_years, 1.0)
        elif site is not None and option.retrofit_of == site.route:
            # A retrofit costs the difference, but is never free, and serves as long as the plant still lives.
            extra = max(cost - self.option(site.route, seen).capital_cost, 0.05 * cost)
            cost = extra * own.retrofit_cost_factor
            life = max(life - (seen.luck.year[0] - site.built), 1.0)
        return cost * (1.0 - option.subsidy_share), life

    def renews(self, route: int, site) -> bool:
        """Whether a power plant is built again on its site, for a whole new life."""
        return self.is_generator and site is not None and site.route == route

    def mean_carbon_price(self, rate: float, life: float) -> float:
        """Carbon price over a plant's life: those expected in 1, 7 and 15 years by their discounted parts."""
        near, middle, far = horizon_weights(rate, life)
        price = self.expected_carbon_price
        return near * price[0] + middle * price[1] + far * price[2]

    def levelised_cost(self, route: int, site, rate: float, seen) -> float:
        """Cost of a unit over the life of a plant, CNY."""
        option, (cost, life) = self.option(route, seen), self.capital_and_life(route, site, seen)
        capital = (cost * recovery_factor(rate, life) + option.fixed_cost) / option.normal_output
        running = option.energy_cost * (1.0 - self.saving) + option.other_cost
        factor = self.emits(option.energy_emissions, option.process_emissions)
        market = 0.0
        if self.covered:
            market = self.mean_carbon_price(rate, life) * (factor - option.allowance_credit)
        return capital + running + market + self.market(seen).carbon_adder * factor

    def yearly_margin(self, route: int, rate: float, life: float, seen) -> float:
        """What a kW of a power plant earns in a year after fixed cost, at the carbon price expected."""
        option = self.option(route, seen)
        rise = self.mean_carbon_price(rate, life) - self.market(seen).carbon_price
        return option.power_margin + rise * option.carbon_exposure - option.fixed_cost

    def plant_value(self, route: int, site, rate: float, seen) -> float:
        """Net present value of a power plant over its capital cost; of a retrofit, what it adds."""
        cost, life = self.capital_and_life(route, site, seen)
        margin = self.yearly_margin(route, rate, life, seen)
        if site is not None and not self.renews(route, site):
            margin -= self.yearly_margin(site.route, rate, life, seen)
        return margin / (cost * recovery_factor(rate, life)) - 1.0

    # ---- what it looks at

    def lot(self, stream: str, route: int, chance: float, luck) -> bool:
        """Whether chance is on the firm's side."""
        return chance >= 1.0 or uniform(luck.seed, getattr(luck, stream), luck.year[0], self.firm, route) < chance

    def considers(self, route: int, site, room: bool, seen) -> bool:
        """Search set: open, same product, fits the plant, room for it, heard of or tried as a demonstration."""
        option = self.option(route, seen)
        if not option.is_open or option.family != self.family:
            return False
        if site is not None and site.route == route:
            return True
        if site is not None and option.retrofit_of not in (-1, site.route):
            return False
        if site is None and not (room or self.runs(route) or self.builds(route)):
            return False
        return self.lot("demonstration", route, option.chance, seen.luck)

    def is_approved(self, route: int, seen) -> bool:
        """Whether the local government lets the project pass."""
        return self.lot("approval", route, self.option(route, seen).approval, seen.luck)

    def taste(self, item: int, luck) -> float:
        """All the reasons that the model does not name."""
        return gumbel(luck.seed, luck.choice, luck.year[0], self.firm, item)

    def project_need(self, seen):
        """Size in units, reason and plant of a project: capacity that will lack, else the largest relining due."""
        own, year, options = seen.parameters, seen.luck.year[0], seen.options[self.province]
        standing = normal = 0.0
        for plant in self.plants:
            option = options[plant.route]
            usual = plant.capacity * option.normal_output
            normal += usual
            if year + option.lead_years - plant.built < option.lifetime_years:
                standing += usual
        new = (one for one in self.underway if one.rebuilt is None)
        standing += sum(one.capacity * options[one.route].normal_output for one in new)
        growth = 1.0 + self.expected_growth
        gap = max(self.wanted_output, self.output) * growth * growth - standing
        if gap > own.expansion_margin * max(normal, 1e-12):
            most = max(own.expansion_maximum_share * normal, normal - standing) if normal > 0.0 else gap
            return min(gap, most), EXPANSION, None
        due = [plant for plant in self.plants if plant.capacity > 0.0 and self.is_due(plant, seen)]
        if due:
            plant = max(due, key=lambda one: one.capacity)
            return plant.capacity, RELINING, plant
        return 0.0, NOTHING, None

    def is_due(self, plant, seen) -> bool:
        """Whether a plant's relining or overhaul is due."""
        cycle = self.option(plant.route, seen).relining_years
        return cycle > 0.0 and seen.luck.year[0] - plant.relined >= cycle and not self.is_rebuilding(plant)

    # ---- decisions

    def choose_route(self, seen) -> None:
        """An industrial firm: the route of lowest levelised cost, but for peers, chance, approval and finance."""
        self.forget_choice()
        if self.is_busy:
            return
        need, self.trigger, site = self.project_need(seen)
        if self.trigger == NOTHING:
            self.blocked = BY_DEMAND
            return
        rate, room = self.required_return(seen), self.has_room()
        market = self.market(seen)
        routes = range(market.first_route, market.last_route)
        known = [route for route in routes if self.considers(route, site, room, seen)]
        cost = {route: self.levelised_cost(route, site, rate, seen) for route in known}
        cheapest = max(min(cost.values(), default=math.inf), 1e-9)
        best = refused = -math.inf
        for route in known:
            utility = self.option(route, seen).peer_pull + self.taste(route, seen.luck)
            utility -= seen.parameters.choice_sharpness * (cost[route] / cheapest)
            if not self.is_approved(route, seen):
                refused = max(refused, utility)
            elif utility > best:
                best, self.chosen_route = utility, route
        if refused > best:
            self.blocked = BY_APPROVAL
        if self.chosen_route is not None:
            made = self.option(self.chosen_route, seen).normal_output
            self.chosen_capacity = need if site is not None else need / made
            self.replaced = site
            self.scale_to_finance(seen)

    def choose_plant(self, seen) -> None:
        """A generator: the plant of highest net present value, but for peers, chance, approval and finance, or none.

        A plant whose life ends comes first: it is built again on its site, or not.
        """
        self.forget_choice()
        own, luck, market = seen.parameters, seen.luck, self.market(seen)
        ending = self.ending_plant(seen)
        looks = uniform(luck.seed, luck.choice, luck.year[0], self.firm, LOOKS) < own.genco_project_share
        if self.is_busy or not (looks or ending):
            return
        overhaul, rate, room = self.overhaul_due(seen), self.required_return(seen), self.has_room()
        nothing = best = self.taste(WAITS, luck)
        refused = -math.inf
        routes = range(market.first_route, market.last_route)
        for route in [ending.route] if ending else routes:
            option = self.option(route, seen)
            site = ending or (overhaul if overhaul and option.retrofit_of == overhaul.route else None)
            if not self.considers(route, site, room, seen):
                continue
            utility = own.npv_choice_sharpness * self.plant_value(route, site, rate, seen)
            utility += option.peer_pull
            utility += self.taste(route, luck)
            if utility > nothing and not self.is_approved(route, seen):
                refused = max(refused, utility)
            elif utility > best:
                best, self.chosen_route, self.replaced = utility, route, site
        self.trigger = EXPANSION
        if refused > best:
            self.blocked = BY_APPROVAL
        elif self.chosen_route is None:
            self.blocked = BY_COST
        if self.chosen_route is not None:
            new = max(own.genco_project_maximum * self.capacity(), own.genco_project_minimum_gw)
            size = self.replaced.capacity if self.replaced is not None else 0.0
            self.chosen_capacity = size if size > 0.0 else new
            self.scale_to_finance(seen)

    def ending_plant(self, seen):
        """The largest plant that may be built again and would close before one begun next year could run."""
        ending = [
            plant
            for plant in self.plants
            if plant.capacity > 0.0 and self.is_ending(plant, seen) and not self.is_rebuilding(plant)
        ]
        return max(ending, key=lambda plant: plant.capacity, default=None)

    def is_ending(self, plant, seen) -> bool:
        """Whether a plant that may be built again would close before that."""
        option = self.option(plant.route, seen)
        age = seen.luck.year[0] + option.lead_years - plant.built
        return option.is_open and age >= option.lifetime_years

    def overhaul_due(self, seen):
        """The plant that has waited longest for its overhaul."""
        due = [plant for plant in self.plants if self.is_due(plant, seen)]
        waited = [seen.luck.year[0] - plant.relined - self.option(plant.route, seen).relining_years for plant in due]
        # Of those that have waited equally long, the last.
        return max(zip(waited, range(len(due)), due, strict=True))[2] if due else None

    def scale_to_finance(self, seen) -> None:
        """Cut the project to what own money allows; relinings and retrofits cannot be done by halves."""
        own, market = seen.parameters, self.market(seen)
        if not market.finance_limited:
            return
        cost, _ = self.capital_and_life(self.chosen_route, self.replaced, seen)
        equity = (1.0 - market.debt_ratio) * cost * self.chosen_capacity
        purse = max(own.down_payment_share * self.liquidity, 0.0)
        if equity <= purse:
            return
        self.blocked = BY_FINANCE
        whole = self.replaced is not None and not self.renews(self.chosen_route, self.replaced)
        if whole or purse / equity < own.least_share_financed:
            self.chosen_route, self.chosen_capacity = None, 0.0
        else:
            self.chosen_capacity *= purse / equity

    # ---- where, and whether at all

    def choose_site(self, seen) -> None:
        """A footloose expansion goes to the most attractive firm of the group; all else stays at home."""
        self.chosen_site = self.firm
        if self.chosen_route is None or self.trigger != EXPANSION:
            return
        mates = seen.mates[seen.first_mate[self.firm] : seen.last_mate[self.firm]]
        luck, share = seen.luck, seen.footloose_share[self.sector]
        if len(mates) <= 1 or share <= 0.0 or uniform(luck.seed, luck.site, luck.year[0], self.firm, 0) >= share:
            return
        utility = {}
        for mate in mates:
            value = seen.place_value[self.model.firm_of[mate].province][self.sector]
            utility[mate] = value + gumbel(luck.seed, luck.site, luck.year[0], self.firm, 1 + mate)
        self.chosen_site = max(utility, key=utility.get)

    def leave_market(self, seen) -> None:
        """Give up after years of losses and without cash; an entrant settles where the industry is and it pays."""
        self.leaving = int(self.mean_profit < 0.0 and self.liquidity < 0.0)
        if not self.leaving:
            return
        luck, utility = seen.luck, {}
        for place, (value, there) in enumerate(zip(seen.place_value, seen.industry_capacity, strict=True)):
            if there[self.sector] > 0.0:
                taste = gumbel(luck.seed, luck.site, luck.year[0], self.firm, ENTERS - place)
                utility[place] = value[self.sector] + taste
        if utility:
            self.settling_in = max(utility, key=utility.get)

    def be_renewed(self, fresh_cash_share: float) -> None:
        """An entrant takes over with fresh cash; elsewhere it starts without plants and with half the orders."""
        self.leaving = 0
        self.generation += 1
        cash = fresh_cash_share * max(self.revenue, 0.0)
        self.dividend += self.liquidity - cash
        self.liquidity, self.debt, self.mean_profit = cash, 0.0, 0.0
        if self.settling_in == self.province or self.is_generator or self.underway:
            return
        self.province = self.settling_in
        self.output *= 0.5
        self.wanted_output = self.output
        self.bank = self.base_co2 = 0.0
        for site in self.sites:
            site.route, site.capacity, site.output = None, 0.0, 0.0
