"""A local government as an object: a controller that measures badly, acts late, leaks, and learns (submodel 5)."""

import math

import mesa

from agents.draws import normal

ACCOUNTS = (0, 1)
STANDARD, SUBSIDY, RETIREMENT, STRINGENCY, RENEWABLES, ADDER, RATIONING = range(7)
LEVERS = range(6)
PLAN_YEARS, CAMPAIGN_FROM = 5, 4
MOST_SUBSIDY = 0.5


def persistent(before: float, first: bool, memory: float, draw: float) -> float:
    """Next value of an AR(1) with unit variance; at first the draw itself."""
    return draw if first else memory * before + math.sqrt(1.0 - memory * memory) * draw


def back_loading(plan_year: int, exponent: float) -> float:
    """How strongly a shortfall is reacted to in a year of a plan: A = 0.3 + 0.7 (tau / 5)^n."""
    return 0.3 + 0.7 * math.exp(exponent * math.log(plan_year / PLAN_YEARS))


def intensities(rate: float, weights, potential) -> list[float]:
    """Intensities min(1, scale x weight) that bring the rate: levers are filled in the order of their weights."""
    order = sorted(LEVERS, key=lambda lever: -weights[lever])
    scale = 0.0
    for count in range(len(order)):
        full = sum(potential[lever] for lever in order[:count])
        still = sum(potential[lever] * weights[lever] for lever in order[count:])
        if still <= 0.0:
            break
        scale = max((rate - full) / still, scale)
        if scale * weights[order[count]] < 1.0:
            break
    return [min(scale * weight, 1.0) for weight in weights]


class Planner:
    """The part of a government that measures, looks ahead, tries, and chooses with what."""

    def noise(self, stream: str, item: int, seen, first: int, before: float) -> float:
        """This year's value of a persistent error."""
        draw = normal(seen.luck.seed, getattr(seen.luck, stream), seen.luck.year[0], self.government, item)
        return persistent(before, first == 1, seen.parameters.government_noise_memory, draw)

    def measure(self, seen) -> None:
        """Report emissions and energy: noisy where researchers are few, too low where the target is out of reach."""
        place, unable = self.government, 1.0 - seen.channels.measure[self.government]
        self.report_noise = self.noise("report", 0, seen, seen.now[0].first_report, self.report_noise)
        bias = seen.parameters.report_bias if self.shortfall > 0.0 else 0.0
        factor = math.exp(unable * (seen.now[0].report_noise_sd * self.report_noise - bias))
        self.intensity = [seen.co2[place] / seen.gdp[place], seen.energy[place] / seen.gdp[place]]
        self.reported_co2 = factor * seen.co2[place]
        self.reported_intensity = [factor * one for one in self.intensity]

    def forecast(self, seen) -> None:
        """Level and trend of reported intensity (Holt), without what levers were expected to bring; a wrong outlook."""
        own, now = seen.parameters, seen.now[0]
        for account in ACCOUNTS:
            reported = math.log(max(self.reported_intensity[account], 1e-12))
            if now.first_plan == 1:
                self.level[account], self.trend[account] = reported, own.initial_intensity_trend
                continue
            reported += self.campaign_expected
            surprise = reported - (self.level[account] - self.trend[account] - self.rate_expected)
            self.level[account] = reported - (1.0 - own.intensity_level_weight) * surprise
            self.trend[account] -= own.intensity_trend_weight * surprise
        self.forecast_noise = self.noise("forecast", 0, seen, now.first_plan, self.forecast_noise)
        unable = 1.0 - seen.channels.forecast[self.government]
        self.outlook_error = now.activity_sd * unable * self.forecast_noise * now.years_left / PLAN_YEARS
        self.yield_expected = sum(seen.potential[self.government])

    def distances(self, seen):
        """Account, and log distance to its target as expected, of the accounts under control."""
        for account in ACCOUNTS:
            if seen.active[account] > 0.0:
                yield account, self.level[account] - math.log(self.target[account]) + self.outlook_error

    def shortfall_at(self, rate: float, seen) -> float:
        """Intensity over target at the end, less one, if levers bring this rate: exp(d - H (trend + rate)) - 1."""
        years = seen.now[0].years_left
        return max(
            (math.exp(far - years * (self.trend[one] + rate)) - 1.0 for one, far in self.distances(seen)), default=-1.0
        )

    def set_effort(self, seen) -> None:
        """What the plan needs or the shortfall calls for, less what growth, jobs and money object.

        Who was found behind at mid-term tries harder.
        """
        own, place, most = seen.parameters, self.government, self.yield_expected
        planned = 0.0
        for account, distance in self.distances(seen):
            gap = (distance + own.target_margin) / seen.now[0].years_left - self.trend[account]
            needed = min(max(gap / most, 0.0), 1.0) if most > 0.0 else float(gap > 0.0)
            planned = max(planned, needed)
        self.shortfall = max(self.shortfall_at(most * self.effort, seen), -1.0)
        urgency = back_loading(seen.now[0].plan_year, own.reaction_exponent) if seen.five_year_plans else 1.0
        reaction = own.reaction_gain * own.target_weight * urgency * max(self.shortfall, 0.0)
        goal = max(seen.growth[-1] + own.growth_ambition, 0.02)
        growth_gap = min(max((goal - seen.growth[place]) / goal, 0.0), 1.0)
        able = math.sqrt(seen.channels.plan_ahead[place])
        wish = max(able * planned, min(reaction, 1.0)) + own.mid_term_gain * able * self.behind
        wish -= own.growth_weight * growth_gap
        wish -= own.jobs_weight * seen.job_loss[place] + own.deficit_weight * self.deficit
        wish += own.ranking_weight * (seen.rank[place] - 0.5)
        moved = self.effort + own.effort_adjustment * (wish - self.effort)
        self.effort = min(max(moved, own.effort_minimum), 1.0)
        self.rate_expected = most * self.effort

    def select_instruments(self, seen) -> None:
        """The better researchers know what levers cost, the more goes to the cheap ones."""
        own, true = seen.parameters, seen.cost[self.government]
        self.cost_noise = [
            self.noise("cost", one, seen, seen.now[0].first_plan, self.cost_noise[one]) for one in LEVERS
        ]
        spread = [math.sqrt(variance) for variance in self.knowledge_variance]
        perceived = [true[lever] * math.exp(spread[lever] * self.cost_noise[lever]) for lever in LEVERS]
        mean = sum(abs(cost) / len(LEVERS) for cost in true)
        able = seen.channels.select[self.government]
        sharpness = own.selection_sharpness * able / (1.05 - able)
        dearer = [(cost - min(perceived)) / mean if mean > 0.0 else 0.0 for cost in perceived]
        weights = [math.exp(-min(sharpness * one, 500.0)) for one in dearer]
        rate = self.effort * self.yield_expected
        self.wanted[: len(LEVERS)] = intensities(rate, weights, seen.potential[self.government])

    def call_campaign(self, seen) -> None:
        """Ration output late in a plan, or under a red light, for what effort will not reach."""
        own, place = seen.parameters, self.government
        late = seen.five_year_plans == 1 and seen.now[0].plan_year >= CAMPAIGN_FROM
        called = seen.campaigns == 1 and (late or seen.red_light[place] > 0.0)
        self.short_after = max(self.shortfall_at(self.rate_expected, seen), -1.0)
        share = max(self.short_after, 0.0) / max(seen.rationable_share[place], 1e-9)
        wanted = min(share, own.rationing_maximum) if called else 0.0
        self.wanted[RATIONING] = self.implemented[RATIONING] = wanted
        self.effective[RATIONING] = self.enforced(seen) * wanted
        self.campaign_expected = -math.log(1.0 - wanted * seen.rationable_share[place])


class LocalGovernment(Planner, mesa.Agent):
    """A local government. Attributes are the quantities of docs/nomenclature.md, as lists."""

    def __init__(self, model, told: dict) -> None:
        super().__init__(model)
        for name, value in told.items():
            setattr(self, name, value)

    def enforced(self, seen) -> float:
        """Share of a measure that is really enforced."""
        floor = seen.parameters.enforcement_floor
        return floor + (1.0 - floor) * seen.channels.enforce[self.government]

    def pace(self, seen) -> float:
        """Share of the way to what is wanted that is gone in a year."""
        return 1.0 / (1.0 + seen.parameters.delay_slope_years * (1.0 - seen.channels.delay[self.government]))

    def implement(self, seen) -> None:
        """Levers come late and are enforced in part; subsidies only come late. A standard once raised stays."""
        for lever in LEVERS:
            self.implemented[lever] += self.pace(seen) * (self.wanted[lever] - self.implemented[lever])
            share = 1.0 if lever == SUBSIDY else self.enforced(seen)
            self.effective[lever] = share * self.implemented[lever]
        self.standard += seen.parameters.standard_rise_maximum * self.effective[STANDARD]

    def implement_signals(self, seen) -> None:
        """Pass national signals on, late and in part, and add what own levers do."""
        own, place, pace, enforced = seen.parameters, self.government, self.pace(seen), self.enforced(seen)
        strict = own.own_stringency_maximum * self.effective[STRINGENCY]
        paid = own.own_subsidy_maximum * self.effective[SUBSIDY]
        price = own.own_adder_maximum * self.effective[ADDER]
        for route, signal in enumerate(seen.stringency[place]):
            self.passed_stringency[route] += pace * (enforced * signal - self.passed_stringency[route])
            self.stringency[route] = min(self.passed_stringency[route] + strict * seen.high_emission[route], 1.0)
        for route, signal in enumerate(seen.subsidy[place]):
            self.passed_subsidy[route] += pace * (signal - self.passed_subsidy[route])
            self.subsidy[route] = min(self.passed_subsidy[route] + paid * seen.low_carbon[route], MOST_SUBSIDY)
        for sector, signal in enumerate(seen.efficiency_floor[place]):
            self.passed_floor[sector] += pace * (enforced * signal - self.passed_floor[sector])
            self.efficiency_floor[sector] = max(self.passed_floor[sector], self.standard)
        for sector, signal in enumerate(seen.carbon_adder[place]):
            self.passed_adder[sector] += pace * (enforced * signal - self.passed_adder[sector])
            self.carbon_adder[sector] = self.passed_adder[sector] + price * seen.priced[sector]

    def review_projects(self, seen) -> None:
        """Chance that a project passes: less for high-emission routes, and for firm power where supply is ample."""
        own, place = seen.parameters, self.government
        ample = seen.supply_margin[place] > own.reserve_margin
        for route, high in enumerate(seen.high_emission):
            chance = 1.0 - high * self.stringency[route]
            if ample and seen.firm_power[route] > 0.0:
                chance *= own.ample_supply_approval
            if seen.moratorium[place][route] > 0.0:
                chance = 0.0
            self.approval[route] = min(max(chance, 0.0), 1.0)

    def learn(self, seen) -> None:
        """A year of training, exchange and turnover, for researchers and officials; and what levers really cost."""
        own, place = seen.parameters, self.government
        for who, known in (("research", seen.research), ("official", seen.official)):
            trained = getattr(seen, f"train_{who}")[place]
            setattr(self, f"{who}_capacity", self.capacity_after(who, known, trained, seen))
        listens = seen.exchange[place] * seen.exchange_knowledge * seen.now[0].shared_experience
        for lever in LEVERS:
            pooled = sum(
                listens * weight * known[lever]
                for weight, known in zip(seen.weights[place], seen.precision, strict=True)
            )
            practice = own.own_experience_rate * seen.research[place] * self.implemented[lever]
            known_before = 1.0 / (self.knowledge_variance[lever] + own.knowledge_aging)
            self.knowledge_variance[lever] = 1.0 / (known_before + practice + pooled)
        training = 0.5 * own.training_cost_mcny * (seen.train_research[place] + seen.train_official[place])
        self.training_cost = training + own.exchange_cost_mcny * seen.exchange[place]

    def capacity_after(self, who: str, known, trained: float, seen) -> float:
        """Capacity next year: training, better peers and demonstrations, less what leaves with people."""
        own, place = seen.parameters, self.government
        now = known[place]
        lead = sum(weight * max(other - now, 0.0) for weight, other in zip(seen.weights[place], known, strict=True))
        rest = own.institutional_memory * getattr(self, f"first_{who}_capacity")
        rest += seen.now[0].framework * (1.0 - rest)
        ends = float(seen.now[0].plan_year == PLAN_YEARS)
        gain = own.training_gain * trained + own.demonstration_gain * seen.demonstration * ends
        after = now + gain * (1.0 - now) + own.exchange_gain * seen.exchange[place] * seen.exchange_capacity * lead
        after -= own.capacity_decay * seen.decay * (now - rest)
        return min(max(after, 0.0), 1.0)
