"""Patterns of the base year that were published, and what the model shows: figure, source, met or not."""

import numpy as np
import pandas as pd

from simulator import bookkeeping
from simulator.footprints import empty_footprint, footprints_of_year
from simulator.model import TransitionModel
from simulator.tables import read_table

NORTH_WEST = ("Shaanxi", "Gansu", "Qinghai", "Ningxia", "Xinjiang")
GTCE_PJ = 29307.6
TEN_MONTHS_TO_YEAR = 1.2
TAIL_SHARE = 0.1


def gini(values: np.ndarray) -> float:
    """Gini coefficient. Worked value: 0, 1 -> 0.5."""
    ordered = np.sort(values)
    rank = np.arange(1, ordered.size + 1)
    return float(2.0 * (rank * ordered).sum() / (ordered.size * ordered.sum()) - (ordered.size + 1) / ordered.size)


def top(values: np.ndarray, count: int) -> float:
    """Share of the largest, %."""
    return float(100.0 * np.sort(values)[-count:].sum() / values.sum())


def consumed_where(model: TransitionModel) -> tuple[float, float, float]:
    """Shares (%) of CO2 that serve final use at home, elsewhere in China, abroad; one emitting province at a time."""
    world = model.world
    goods, emitted = bookkeeping.goods_of(world), bookkeeping.emissions_of(world)
    one, ends = empty_footprint(emitted.heat.size), np.zeros(3)
    for province in range(emitted.heat.size):
        only = np.arange(emitted.heat.size) == province
        own = emitted._replace(co2=emitted.co2 * only[:, None], heat=emitted.heat * only)
        footprints_of_year(goods, world.flows, own, one)
        home = one.consumption_co2_mt[province]
        ends += home, one.consumption_co2_mt.sum() - home, one.exported_co2_mt.sum()
    home, elsewhere, abroad = 100.0 * ends / ends.sum()
    return float(home), float(elsewhere), float(abroad)


def tail_exponent(sizes: np.ndarray) -> float:
    """Hill estimate of the exponent of the distribution function of the largest tenth of firms."""
    ordered = np.sort(sizes[sizes > 0.0])[::-1]
    largest = ordered[: int(TAIL_SHARE * ordered.size)]
    return float(1.0 / np.log(largest[:-1] / largest[-1]).mean())


def grid_region(name: str) -> str:
    """Grid region; north and north-east are one, because eastern Inner Mongolia belongs to the latter."""
    return "North" if name.startswith("North") and not name.startswith("Northwest") else name.split()[0]


def between_regions(tables: dict[str, pd.DataFrame], year: int) -> float:
    """Electricity sent from one grid region to another, TWh."""
    region = read_table("provinces").set_index("province")["grid_region"].map(grid_region)
    lines = tables["lines"].query("year == @year")
    crosses = region[lines["origin"]].to_numpy() != region[lines["destination"]].to_numpy()
    return float(lines["flow_twh"].abs().to_numpy()[crosses].sum())


def observed_between_regions(year: int) -> float:
    """The published exchange of ten months, carried to the year, TWh."""
    known = read_table("power_history")
    chosen = known[(known["variable"] == "region_flow_ten_months") & (known["year"] == year)]
    ends = chosen["province"].str.split(" > ", expand=True).map(grid_region)
    return TEN_MONTHS_TO_YEAR * float(chosen.loc[ends[0] != ends[1], "value"].sum())


Pattern = tuple[str, str, str, str, bool | None]


def patterns(first: TransitionModel, tables: dict[str, pd.DataFrame]) -> list[Pattern]:
    """What, the model's value, the figure, its source, met or not (None: no verdict); `first` has run 2020 alone."""
    return [*dispersion(tables), *energy(first, tables), *trade(first, tables), *firms(first, tables)]


def near(name: str, found: float, given: float, within: float, source: str, digits: int = 0, note: str = "") -> Pattern:
    """A figure that is met if the model is not further away than `within`."""
    stated = f"{given:.{digits}f}{note} ± {within:.{digits}f}"
    return name, f"{found:.{digits}f}", stated, source, bool(abs(found - given) <= within)


def dispersion(tables: dict[str, pd.DataFrame]) -> list[Pattern]:
    """How unequal provinces are. CEADs has no Tibet."""
    base = tables["provinces"].query("year == 2020 and province != 'Tibet'")
    co2, source = base["co2_mt"].to_numpy(), "CEADs provincial inventories"
    return [
        near("Gini coefficient of provincial CO2", gini(co2), 0.355, 0.02, source, 3, " (2019)"),
        near("five largest provinces in CO2, %", top(co2, 5), 37.0, 2.0, source, 0, " (2019)"),
        near("ten largest, %", top(co2, 10), 59.0, 2.0, source, 0, " (2019)"),
    ]


def energy(first: TransitionModel, tables: dict[str, pd.DataFrame]) -> list[Pattern]:
    """Coal in electricity and in primary energy."""
    national = tables["national"].query("year == 2020").iloc[0]
    fuel, operators = first.world.fuel_pj.sum(axis=(0, 1)), first.world.power.operators
    coal = fuel[0] + operators.heat_coal_pj.sum()
    fossil = fuel[:3].sum() + operators.heat_coal_pj.sum() + operators.heat_gas_pj.sum()
    primary = fossil / (1.0 - national["non_fossil_energy_share"])
    return [
        near("coal in generation 2020, %", 100.0 * national["coal_generation_share"], 61.0, 2.0, "Ember 2021"),
        near("coal in primary energy 2020, %", 100.0 * coal / primary, 56.8, 3.0, "NBS", 1),
        near("primary energy 2020, Gtce", primary / GTCE_PJ, 4.98, 0.25, "NBS, recalled", 2),
    ]


def trade(first: TransitionModel, tables: dict[str, pd.DataFrame]) -> list[Pattern]:
    """CO2 that travels, and power between grid regions."""
    flows = first.tables()["flows"]
    power = flows["commodity"] == "electricity"
    west = flows["origin"].isin(NORTH_WEST) & ~flows["destination"].isin(NORTH_WEST)
    sent, goods = (flows.loc[one, "embodied_co2_mt"].sum() for one in (power, west & ~power))
    _, elsewhere, abroad = consumed_where(first)
    outside = elsewhere + abroad
    given = observed_between_regions(2021)
    return [
        near("CO2 in electricity between provinces, Mt", sent, 603.0, 120.0, "IJERPH 17:8375", 0, " (2017)"),
        (
            "CO2 that serves final use outside its province, %",
            f"{outside:.0f} ({abroad:.0f} abroad)",
            "57 and 60 (2007); 45 to 65",
            "Feng et al. 2013, PNAS; another input-output table",
            bool(45.0 < outside < 65.0),
        ),
        (
            "CO2 in goods out of the north-west, Mt",
            f"{goods:.0f}, gross",
            "230 (2017), by final use",
            "PMC10035028",
            None,
        ),
        near(
            "power between grid regions 2021, TWh",
            between_regions(tables, 2021),
            given,
            0.2 * given,
            "State Grid and CSG dispatch, ten months x 1.2; north and north-east as one",
        ),
    ]


def firms(first: TransitionModel, tables: dict[str, pd.DataFrame]) -> list[Pattern]:
    """Arc furnaces, and how heavy the tail of firms is."""
    steel = tables["routes"].query("year == 2020 and sector == 'STL'").groupby("route")["output"].sum()
    tail = tail_exponent(first.world.firms.revenue[first.world.generators :])
    source = "Heinrich and Dai 2016 (density 2.0 to 2.5)"
    return [
        near("steel from arc furnaces, %", 100.0 * steel["scrap_eaf"] / steel.sum(), 10.0, 2.0, "CREA"),
        ("tail exponent of firms' sales outside power", f"{tail:.2f}", "1.0 to 1.5", source, bool(1.0 <= tail <= 1.5)),
    ]
