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

    def required_return(self, seen) -> float:
        """Own hurdle rate, and a premium where the carbon price jumps about."""
        return (
            self.hurdle_rate + seen.parameters.volatility_premium * seen.markets.volatility[self.province][self.sector]
        )

    def capital_and_life(self, route: int, site, seen) -> tuple[float, float]:
        """Cost after subsidy per unit of capacity, and years that it serves."""
        own, options, place = seen.parameters, seen.options, self.province
        cost, life = options.capital_cost[place][route], options.lifetime_years[place][route]
        if self.renews(route, site):
            pass
        elif site is not None and site.route == route:
            cost *= own.relining_cost_share
            life = max(options.relining_years[place][route], 1.0)
        elif site is not None and options.retrofit_of[place][route] == site.route:
            # A retrofit costs the difference, but is never free, and serves as long as the plant still lives.
            cost = max(cost - options.capital_cost[place][site.route], 0.05 * cost) * own.retrofit_cost_factor
            life = max(life - (seen.luck.year - site.built), 1.0)
        return cost * (1.0 - options.subsidy_share[place][route]), life

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
        options, place = seen.options, self.province
        cost, life = self.capital_and_life(route, site, seen)
        capital = cost * recovery_factor(rate, life) + options.fixed_cost[place][route]
        running = options.energy_cost[place][route] * (1.0 - self.saving) + options.other_cost[place][route]
        factor = self.emission_factor(route, options)
        market = 0.0
        if self.covered:
            market = self.mean_carbon_price(rate, life) * (factor - options.allowance_credit[place][route])
        capital /= options.normal_output[place][route]
        return capital + running + market + seen.markets.carbon_adder[place][self.sector] * factor

    def yearly_margin(self, route: int, rate: float, life: float, seen) -> float:
        """What a kW of a power plant earns in a year after fixed cost, at the carbon price expected."""
        options, place = seen.options, self.province
        rise = self.mean_carbon_price(rate, life) - seen.markets.carbon_price[place][self.sector]
        margin = options.power_margin[place][route] + rise * options.carbon_exposure[place][route]
        return margin - options.fixed_cost[place][route]

    def plant_value(self, route: int, site, rate: float, seen) -> float:
        """Net present value of a power plant over its capital cost; of a retrofit, what it adds."""
        cost, life = self.capital_and_life(route, site, seen)
        margin = self.yearly_margin(route, rate, life, seen)
        if site is not None and not self.renews(route, site):
            margin -= self.yearly_margin(site.route, rate, life, seen)
        return margin / (cost * recovery_factor(rate, life)) - 1.0

    # ---- what it looks at

    def routes(self, seen):
        """The routes of its sector."""
        markets, place = seen.markets, self.province
        return range(markets.first_route[place][self.sector], markets.last_route[place][self.sector])

    def lot(self, stream: str, route: int, chance: float, luck) -> bool:
        """Whether chance is on the firm's side."""
        return chance >= 1.0 or uniform(luck.seed, getattr(luck, stream), luck.year, self.firm, route) < chance

    def considers(self, route: int, site, room: bool, seen) -> bool:
        """Search set: open, same product, fits the plant, room for it, heard of or tried as a demonstration."""
        options, place = seen.options, self.province
        if not options.is_open[place][route] or options.family[place][route] != self.family:
            return False
        if site is not None and site.route == route:
            return True
        if site is not None and options.retrofit_of[place][route] not in (-1, site.route):
            return False
        if site is None and not (room or self.runs(route) or self.builds(route)):
            return False
        return self.lot("demonstration", route, options.chance[place][route], seen.luck)

    def is_approved(self, route: int, seen) -> bool:
        """Whether the local government lets the project pass."""
        return self.lot("approval", route, seen.options.approval[self.province][route], seen.luck)

    def taste(self, item: int, luck) -> float:
        """All the reasons that the model does not name."""
        return gumbel(luck.seed, luck.choice, luck.year, self.firm, item)

    def project_need(self, seen):
        """Size in units, reason and plant of a project: capacity that will lack, else the largest relining due."""
        own, options, place, year = seen.parameters, seen.options, self.province, seen.luck.year
        use = options.normal_output[place]
        standing = normal = 0.0
        for plant in self.plants:
            usual = plant.capacity * use[plant.route]
            normal += usual
            age_then = year + options.lead_years[place][plant.route] - plant.built
            if age_then < options.lifetime_years[place][plant.route]:
                standing += usual
        standing += sum(one.capacity * use[one.route] for one in self.underway if one.rebuilt is None)
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
        cycle = seen.options.relining_years[self.province][plant.route]
        return cycle > 0.0 and seen.luck.year - plant.relined >= cycle and not self.is_rebuilding(plant)

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
        routes = self.routes(seen)
        known = [route for route in routes if self.considers(route, site, room, seen)]
        cost = {route: self.levelised_cost(route, site, rate, seen) for route in known}
        cheapest = max(min(cost.values(), default=math.inf), 1e-9)
        best = refused = -math.inf
        for route in known:
            utility = seen.options.peer_pull[self.province][route] + self.taste(route, seen.luck)
            utility -= seen.parameters.choice_sharpness * (cost[route] / cheapest)
            if not self.is_approved(route, seen):
                refused = max(refused, utility)
            elif utility > best:
                best, self.chosen_route = utility, route
        if refused > best:
            self.blocked = BY_APPROVAL
        if self.chosen_route is not None:
            made = seen.options.normal_output[self.province][self.chosen_route]
            self.chosen_capacity = need if site is not None else need / made
            self.replaced = site
            self.scale_to_finance(seen)

    def choose_plant(self, seen) -> None:
        """A generator: the plant of highest net present value, but for peers, chance, approval and finance, or none.

        A plant whose life ends comes first: it is built again on its site, or not.
        """
        self.forget_choice()
        own, luck = seen.parameters, seen.luck
        ending = self.ending_plant(seen)
        looks = uniform(luck.seed, luck.choice, luck.year, self.firm, LOOKS) < own.genco_project_share
        if self.is_busy or not (looks or ending):
            return
        overhaul, rate, room = self.overhaul_due(seen), self.required_return(seen), self.has_room()
        nothing = best = self.taste(WAITS, luck)
        refused = -math.inf
        base = seen.options.retrofit_of[self.province]
        for route in [ending.route] if ending else self.routes(seen):
            site = ending or (overhaul if overhaul and base[route] == overhaul.route else None)
            if not self.considers(route, site, room, seen):
                continue
            utility = own.npv_choice_sharpness * self.plant_value(route, site, rate, seen)
            utility += seen.options.peer_pull[self.province][route]
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
        options, place = seen.options, self.province
        ending = [
            plant
            for plant in self.plants
            if options.is_open[place][plant.route]
            and not self.is_rebuilding(plant)
            and plant.capacity > 0.0
            and seen.luck.year + options.lead_years[place][plant.route] - plant.built
            >= options.lifetime_years[place][plant.route]
        ]
        return max(ending, key=lambda plant: plant.capacity, default=None)

    def overhaul_due(self, seen):
        """The plant that has waited longest for its overhaul."""
        due = [plant for plant in self.plants if self.is_due(plant, seen)]
        cycle = seen.options.relining_years[self.province]
        waited = [seen.luck.year - plant.relined - cycle[plant.route] for plant in due]
        # Of those that have waited equally long, the last.
        return max(zip(waited, range(len(due)), due, strict=True))[2] if due else None

    def scale_to_finance(self, seen) -> None:
        """Cut the project to what own money allows; relinings and retrofits cannot be done by halves."""
        own, markets = seen.parameters, seen.markets
        if not markets.finance_limited[self.province][self.sector]:
            return
        cost, _ = self.capital_and_life(self.chosen_route, self.replaced, seen)
        equity = (1.0 - markets.debt_ratio[self.province][self.sector]) * cost * self.chosen_capacity
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
        if len(mates) <= 1 or share <= 0.0 or uniform(luck.seed, luck.site, luck.year, self.firm, 0) >= share:
            return
        utility = {}
        for mate in mates:
            value = seen.place_value[self.model.firm_of[mate].province][self.sector]
            utility[mate] = value + gumbel(luck.seed, luck.site, luck.year, self.firm, 1 + mate)
        self.chosen_site = max(utility, key=utility.get)

    def leave_market(self, seen) -> None:
        """Give up after years of losses and without cash; an entrant settles where the industry is and it pays."""
        self.leaving = int(self.mean_profit < 0.0 and self.liquidity < 0.0)
        if not self.leaving:
            return
        luck, utility = seen.luck, {}
        for place, (value, there) in enumerate(zip(seen.place_value, seen.industry_capacity, strict=True)):
            if there[self.sector] > 0.0:
                taste = gumbel(luck.seed, luck.site, luck.year, self.firm, ENTERS - place)
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
