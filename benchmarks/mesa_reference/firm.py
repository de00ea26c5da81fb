"""A firm as an object: who it is and what it holds; what it does stands in the four files that it inherits from."""

import mesa

from mesa_reference.accounting import Accountant
from mesa_reference.investing import Investor
from mesa_reference.selling import Seller
from mesa_reference.sites import PlantOwner, Project, Site

# Attributes with the names and units of docs/nomenclature.md; whole numbers first.
WHO = ("firm", "group", "sector", "province", "family", "owner", "generation")
STATUS = ("covered", "trigger", "chosen_site", "blocked", "leaving", "settling_in")
MARKET = ("price", "unit_cost", "markup", "market_weight", "output", "wanted_output", "ration", "ration_target")
MIND = ("saving", "expected_growth", "credibility", "expected_carbon_price", "hurdle_rate", "payback_years")
ENERGY = ("fuel", "electricity", "co2", "co2_process", "captured")
INCOME = ("revenue", "operating_cost", "carbon_payment", "interest", "tax", "dividend", "mean_profit", "saving_cost")
FINANCE = ("liquidity", "debt", "repayment", "chosen_capacity", "investment", "subsidy", "borrowing")
ALLOWANCES = ("expected_co2", "abatable", "abated", "entitlement", "base_co2", "wanted_bank", "bank_value", "bank")
CARBON = ("bought", "bought_late", "abatement_cost")
CERTIFICATES = ("certificates_wanted", "certificate_limit", "certificate_cost")
QUANTITIES = (*WHO, *STATUS, *MARKET, *MIND, *ENERGY, *INCOME, *FINANCE, *ALLOWANCES, *CARBON, *CERTIFICATES)


class Firm(PlantOwner, Seller, Accountant, Investor, mesa.Agent):
    """A firm: makes one sector's product in one province, in up to four plants."""

    def __init__(self, model, told: dict) -> None:
        """told: the firm of the base year, value by the name of its quantity."""
        super().__init__(model)
        for name in QUANTITIES:
            setattr(self, name, told[name])
        columns = ("route", "capacity", "available", "cost", "output", "built", "relined")
        plants = zip(*(told[f"slot_{name}"] for name in columns), strict=True)
        self.sites = [Site(route if route >= 0 else None, *rest) for route, *rest in plants]
        begun = zip(*(told[f"pending_{name}"] for name in ("route", "capacity", "year", "slot")), strict=True)
        self.projects = [self._begun(*one) for one in begun]
        self.chosen_route, self.replaced = None, None

    def _begun(self, route: int, capacity: float, year: int, slot: int) -> Project | None:
        rebuilt = self.sites[slot] if slot >= 0 else None
        return Project(route, capacity, year, rebuilt) if route >= 0 else None

    @property
    def is_generator(self) -> bool:
        """Whether it makes power."""
        return self.sector == 0

    def shut_down(self, share: float) -> None:
        """Go without a share of the year's power: output, energy and CO2 fall as much."""
        self.ration = share
        if share <= 0.0:
            return
        left = 1.0 - share
        for name in ("output", "electricity", "co2", "co2_process", "captured"):
            setattr(self, name, left * getattr(self, name))
        for site in self.sites:
            site.output *= left
        self.fuel = [left * burnt for burnt in self.fuel]
