"""Each province's electricity account of 2020 (power_balance.csv).

For every province

    load = generation + imports x (1 - loss) - exports                                                   [TWh]

so load is the gross load at the busbars: published consumption (in which plants' own use and the losses within the
province lie), the energy that pumped storage takes from the net, in Guangdong the export to Hong Kong, Macao and
abroad. With these the nation closes: what is left of the statistical gap is below 0.01 % of consumption and is spread
in proportion to it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulator.data.derive.power_facts import BASE_YEAR, PROVINCES, THERMAL, PowerFacts
from simulator.data.derive.power_flows import net_export
from simulator.data.derive.power_profiles import peak_factor

COAL_CLASSES = ("coal_subcritical", "coal_supercritical", "coal_ultra")


def own_use(facts: PowerFacts, generation: pd.DataFrame) -> pd.Series:
    """Electricity that the plants use themselves, TWh by province; `generation` is province x technology."""
    share = pd.Series(facts.assumption("own_use_other"), index=generation.columns)
    share[list(THERMAL)] = facts.assumption("own_use_thermal")
    share["nuclear"] = facts.assumption("own_use_nuclear")
    return generation @ share


def network_losses(facts: PowerFacts, consumption: pd.Series, own: pd.Series, line_losses_twh: float) -> pd.Series:
    """Losses within the provinces, TWh: the published national rate less what is lost on lines between provinces."""
    supplied = consumption - own
    rate = facts.assumption("grid_loss_rate") - line_losses_twh / supplied.sum()
    return supplied * rate


def tariffs(facts: PowerFacts) -> pd.Series:
    """Coal benchmark tariff in CNY/MWh; the mean of two grids in Inner Mongolia, assumed in Tibet."""
    published = facts.tariffs.groupby("province")["value"].mean().reindex(list(PROVINCES))
    return published.fillna(facts.provincial_assumption("benchmark_tariff")) * 1000.0


def transmission_charge(facts: PowerFacts, tariff: pd.Series) -> pd.Series:
    """What is added to the tariff, CNY/MWh, such that retail lies between the assumed floor and ceiling."""
    charge = pd.Series(facts.assumption("transmission_charge"), index=tariff.index)
    floor, ceiling = facts.assumption("retail_floor"), facts.assumption("retail_ceiling")
    return charge.clip(lower=floor - tariff, upper=ceiling - tariff)


def coal_rate(facts: PowerFacts, vintages: pd.DataFrame, coal_generation: pd.Series) -> pd.Series:
    """Net coal rate of a province's fleet in gce/kWh; weighted by generation it gives the national rate."""
    names = [name.replace("coal_", "coal_rate_") for name in COAL_CLASSES]
    by_class = pd.Series({c: facts.assumption(n) for c, n in zip(COAL_CLASSES, names, strict=True)})
    coal = vintages[vintages["technology"].isin(COAL_CLASSES)]
    gw = coal.pivot_table(index="province", columns="technology", values="capacity_gw", aggfunc="sum")
    gw = gw.reindex(index=list(PROVINCES), columns=list(COAL_CLASSES)).fillna(0.0)
    fleet = (gw @ by_class) / gw.sum(axis=1)
    national = facts.national_value("coal_rate_net", "coal", BASE_YEAR)
    return fleet * (national / float(np.average(fleet, weights=coal_generation)))


def generation_by_province(capacity_table: pd.DataFrame) -> pd.DataFrame:
    """Generation of 2020, province x technology, TWh."""
    wide = capacity_table.pivot_table(index="province", columns="technology", values="generation_twh")
    return wide.reindex(list(PROVINCES))


def balance_table(
    facts: PowerFacts, capacity: pd.DataFrame, vintages: pd.DataFrame, lines: pd.DataFrame
) -> pd.DataFrame:
    """The table power_balance.csv."""
    generation = generation_by_province(capacity)
    consumption = facts.base_value("consumption", "all")
    exported = pd.Series(net_export(lines, lines["base_flow_twh"].to_numpy()), index=list(PROVINCES))
    line_losses = float((lines["base_flow_twh"].abs() * lines["loss_share"]).sum())
    own = own_use(facts, generation)
    tariff = tariffs(facts)
    charging = generation["pumped"] / facts.assumption("pumped_round_trip")
    table = pd.DataFrame(
        {
            "consumption_twh": consumption,
            "own_use_and_losses_twh": own + network_losses(facts, consumption, own, line_losses),
            "net_export_twh": exported,
            "load_twh": generation.sum(axis=1) - exported,
            "storage_charging_twh": charging,
            "benchmark_tariff_cny_per_mwh": tariff,
            "transmission_charge_cny_per_mwh": transmission_charge(facts, tariff),
            "coal_rate": coal_rate(facts, vintages, generation["coal"]),
            "peak_factor": peak_factor(facts),
        }
    )
    return table.rename_axis("province").reset_index().assign(
        unit="TWh; CNY/MWh; gce/kWh; ratio",
        year=BASE_YEAR,
        fill="reported consumption and tariff; estimated flows; assumed own use, losses, charge, coal rate by class",
        source="NBS/CEC; NDRC tariffs; PyPSA-China load; own estimate of flows",
    )  # fmt: skip
