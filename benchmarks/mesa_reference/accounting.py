"""What a year of production takes and leaves: plants run, energy, CO2, allowances, money (submodels 12 to 14)."""

CARRIERS = 4


class Accountant:
    """The part of a firm that runs its plants and keeps its books."""

    def run_plants(self, full_output) -> None:
        """Share the firm's output among its plants, the cheapest first."""
        left = self.output
        for site in self.sites:
            site.output = 0.0
        for plant in sorted((one for one in self.plants if one.works > 0.0), key=lambda one: one.cost):
            if left <= 0.0:
                return
            plant.output = min(left, plant.works * full_output[plant.route])
            left -= plant.output

    def account_energy(self, needs) -> None:
        """Fuel, electricity and CO2 of what the plants made."""
        place, used, emits = self.province, 1.0 - self.saving, 1.0 - self.abated
        fuel = [0.0] * CARRIERS
        self.electricity = self.co2 = self.co2_process = self.captured = 0.0
        for plant in self.plants:
            if plant.output <= 0.0:
                continue
            gross = 0.0
            for carrier, per_unit in enumerate(needs.fuel[place][plant.route]):
                burnt = plant.output * per_unit * used * emits
                fuel[carrier] += burnt
                gross += burnt * needs.emission_factor[carrier]
            process = plant.output * needs.process[place][plant.route] * emits
            kept = needs.capture_share[plant.route]
            self.electricity += plant.output * needs.electricity[place][plant.route] * used
            self.co2_process += process * (1.0 - kept)
            self.co2 += (gross + process) * (1.0 - kept)
            self.captured += (gross + process) * kept
        self.fuel = fuel

    def plan_allowances(self, seen) -> None:
        """Emissions and allowances of the year as expected before it: last year's, moved by expected growth."""
        self.expected_co2 = self.entitlement = self.wanted_bank = self.bank_value = 0.0
        self.abatable = self.abated = self.bought = 0.0
        share = seen.obligation[self.province][self.sector] * self.covered
        if share <= 0.0:
            return
        costs, emitted, allowed = seen.costs, 0.0, 0.0
        for plant in self.plants:
            unit = costs.routes[self.province][plant.route]
            made = plant.output * (1.0 + self.expected_growth)
            if made <= 0.0 and plant.built >= costs.year[0] - 1:
                made = plant.works * unit.full_output * unit.utilisation
            emitted += made * self.emission_factor(unit)
            allowed += made * seen.benchmark[self.province][plant.route]
        self.expected_co2 = share * emitted
        self.entitlement = share * (allowed + seen.capped[self.sector] * self.base_co2)
        self.abatable = seen.abatement_maximum
        self.wanted_bank = seen.bank_share * self.expected_co2
        next_year, horizon = self.expected_carbon_price[:2]
        worth = [next_year / (1.0 + self.hurdle_rate)]
        if seen.lasting[self.province][self.sector]:
            worth.append(horizon / (1.0 + self.hurdle_rate) ** seen.bank_years)
        self.bank_value = max(worth)

    def settle_carbon(self, rules, accounts, surrendered, published) -> None:
        """What carbon costs this year. Added to: accounts [market][account], surrendered [market][province], published
        [market][sector][emitted, by output, base]."""
        self.abatement_cost = self.carbon_payment = 0.0
        market = rules.market[self.province][self.sector]
        if market >= 0:
            self.surrender(market, rules, accounts[market], surrendered[market], published[market])
        self.carbon_payment += rules.plan.costs.sectors[self.province][self.sector].carbon_adder * self.co2
        self.covered = int(self.co2 >= rules.threshold_mt)

    def surrender(self, market: int, rules, account, surrendered, published) -> None:
        """Allowances by actual output and those bought come in, those due go out; what is left is kept.

        account: allocated, bought, bought late, surrendered, kept, expired in Mt, and payments in m CNY.
        """
        plan = rules.plan
        share = plan.obligation[self.province][self.sector] * self.covered
        due = share * self.co2
        by_output = sum(plan.benchmark[self.province][plant.route] * plant.output for plant in self.plants)
        self.entitlement = share * (plan.capped[self.sector] * self.base_co2 + by_output)
        free = rules.free[self.sector] * self.entitlement
        if not rules.clears:
            self.bought = due - free
        balance = max(self.bank + free + self.bought + self.bought_late - due, 0.0) if rules.clears else 0.0
        self.bank = min(balance, rules.kept[self.province][self.sector] * due)
        self.carbon_payment = rules.price[market] * self.bought + rules.late_price[market] * self.bought_late
        avoidable = self.abatable * self.co2 / (1.0 - self.abated)
        paid = min(rules.price[market], rules.full_price)
        self.abatement_cost = 0.5 * paid * paid / rules.full_price * avoidable
        if self.covered and (rules.updated[self.sector] > 0.0 or self.base_co2 <= 0.0):
            self.base_co2 = self.co2
        expired = balance - self.bank
        booked = (free, self.bought, self.bought_late, due, self.bank, expired, self.carbon_payment)
        for column, amount in enumerate(booked):
            account[column] += amount
        surrendered[self.province] += due
        for column, amount in enumerate((due, share * by_output, share * self.base_co2)):
            published[self.sector][column] += amount

    def settle_money(self, costs, money) -> None:
        """Sales, cost, interest, tax and dividend; power is paid by plant, everything else by price."""
        place, added = self.province, costs.sectors[self.province][self.sector].added_cost
        self.operating_cost = self.carbon_payment + self.abatement_cost + self.certificate_cost
        by_plant = 0.0
        for plant in self.plants:
            route = plant.route
            unit = costs.routes[place][route]
            running = unit.energy_cost * (1.0 - self.saving) + unit.other_cost + added
            self.operating_cost += plant.output * running + plant.capacity * unit.fixed_cost
            by_plant += plant.output * money.power_price[place][route]
            by_plant += plant.capacity * money.capacity_payment[place][route]
        self.revenue = by_plant if self.is_generator else self.price * self.output
        self.interest = money.loan_rate * self.debt
        self.repayment = self.debt / money.loan_years
        profit = self.revenue - self.operating_cost - self.interest
        self.tax = money.tax_rate * max(profit, 0.0)
        self.liquidity += profit - self.tax - self.repayment
        self.debt -= self.repayment
        spare = self.liquidity - money.liquidity_target[self.sector] * self.revenue
        self.dividend = money.payout_share * max(spare, 0.0)
        self.liquidity -= self.dividend
        margin = profit / self.revenue if self.revenue > 0.0 else 0.0
        self.mean_profit += 0.2 * (margin - self.mean_profit)
