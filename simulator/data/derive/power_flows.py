"""Lines between provinces and the net flow on each in 2020: lines.csv and what power_balance.csv needs of them.

The flows are an estimate. They minimise

    sum over lines     ((flow - prior) / (0.25 x capacity x 8.76))^2
  + sum over regions   ((net flow between two grid regions - published) / (0.05 x published + 2 TWh))^2

subject to every province's balance and |flow| <= 0.75 x capacity x 8.76. The prior of a point-to-point DC line is half
its capacity in the direction it was built for, that of an AC link is 0. Losses belong to the receiving end. The problem
is a bounded least-squares one; the flows are rounded to 0.1 GWh, and a province's gross load is then what its
generation and its rounded flows leave, so the balance closes exactly.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from scipy.optimize import lsq_linear

from simulator.data.derive.power_facts import BASE_YEAR, PROVINCES, TWH_PER_GW_YEAR, PowerFacts, by_province

HIGHEST_UTILISATION = 0.75
LINE_SPREAD = 0.25
REGION_SPREAD_SHARE = 0.05
REGION_SPREAD_TWH = 2.0
BALANCE_WEIGHT = 1e4
PUBLISHED_MONTHS = 10
ROUNDS = 12

# DC lines as (exporter, importer): where the neighbours' AC net is not what carries the power.
DIRECT_CURRENT = {
    ("Xinjiang", "Anhui"), ("Xinjiang", "Henan"), ("Gansu", "Hunan"), ("Qinghai", "Henan"), ("Shanxi", "Jiangsu"),
    ("Inner Mongolia", "Jiangsu"), ("Inner Mongolia", "Shandong"), ("Ningxia", "Zhejiang"), ("Ningxia", "Shandong"),
    ("Sichuan", "Jiangsu"), ("Sichuan", "Zhejiang"), ("Sichuan", "Shanghai"), ("Sichuan", "Jiangxi"),
    ("Hubei", "Jiangsu"), ("Hubei", "Shanghai"), ("Hubei", "Guangdong"), ("Yunnan", "Guangdong"),
    ("Guizhou", "Guangdong"), ("Shaanxi", "Sichuan"), ("Shaanxi", "Hubei"), ("Qinghai", "Tibet"),
    ("Xinjiang", "Chongqing"),
    ("Ningxia", "Hunan"), ("Gansu", "Zhejiang"),
}  # fmt: skip

# DC lines that serve both ends in turn: no prior direction.
TWO_WAY = {("Shaanxi", "Sichuan"), ("Qinghai", "Tibet")}

REGIONS = {
    "North and Northeast": (
        "Beijing", "Tianjin", "Hebei", "Shanxi", "Inner Mongolia", "Shandong", "Liaoning", "Jilin", "Heilongjiang",
    ),
    "East China": ("Shanghai", "Jiangsu", "Zhejiang", "Anhui", "Fujian"),
    "Central China": ("Henan", "Hubei", "Hunan", "Jiangxi"),
    "Southwest China": ("Sichuan", "Chongqing", "Tibet"),
    "Northwest China": ("Shaanxi", "Gansu", "Qinghai", "Ningxia", "Xinjiang"),
    "South China": ("Guangdong", "Guangxi", "Hainan", "Guizhou", "Yunnan"),
}  # fmt: skip
_REGION_NAMES = {"North China": "North and Northeast", "Northeast China": "North and Northeast"}

# Not among the listed projects: commissioned in 2021, from memory (also an edit of the compiled line list).
RECALLED_PROJECTS = (("Yazhong-Jiangxi", "Sichuan", "Jiangxi", 8.0, 2021),)
LAST_OBSERVED_YEAR = 2022


def _slug(text: str) -> str:
    return re.sub(r"\s+", "_", text)


def _pairs(lines: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(lines["origin"], lines["destination"], strict=True))


def existing_lines(facts: PowerFacts) -> pd.DataFrame:
    """Lines of end-2020, oriented from exporter to importer where a DC line has a direction."""
    table = facts.lines[facts.lines["capacity"] > 0.0]
    rows = []
    for line in table.to_dict("records"):
        origin, destination = line["from"], line["to"]
        if (destination, origin) in DIRECT_CURRENT:
            origin, destination = destination, origin
        edited = line["fill"] == "edited"
        rows.append(
            {
                "line": _slug(f"{origin}-{destination}"),
                "origin": origin,
                "destination": destination,
                "capacity_gw": line["capacity"],
                "year": BASE_YEAR,
                "fill": "assumed" if edited else "reported",
                "source": "PyPSA-China, edited" if edited else "PyPSA-China",
                "note": line["note"] if edited else "",
            }
        )
    return pd.DataFrame(rows)


def added_lines(facts: PowerFacts) -> pd.DataFrame:
    """Lines commissioned in 2021-2022 and announced ones; no flow in the base year."""
    listed = facts.projects[facts.projects["year"] > BASE_YEAR]
    projects = [
        (p["name"], p["from"], p["to"], float(p["capacity_GW"]), int(p["year"]), "press and public listings")
        for p in listed.to_dict("records")
    ]
    projects += [(*project, "from memory") for project in RECALLED_PROJECTS]
    rows = []
    for name, origin, destination, gw, year, source in sorted(projects, key=lambda p: (p[4], p[0])):
        announced = year > LAST_OBSERVED_YEAR
        rows.append(
            {
                "line": _slug(f"{origin}-{destination}_{year}"),
                "origin": origin,
                "destination": destination,
                "capacity_gw": gw,
                "year": year,
                "fill": "projected" if announced else ("recalled" if source == "from memory" else "reported"),
                "source": source,
                "note": f"{name}: announced, planned year" if announced else name,
            }
        )
    return pd.DataFrame(rows)


def with_length_and_loss(facts: PowerFacts, lines: pd.DataFrame) -> pd.DataFrame:
    """Adds length_km (published, else great circle between capitals) and loss_share (see power_assumptions)."""
    published = {
        (p["from"], p["to"]): float(p["length_km"])
        for p in facts.projects.to_dict("records")
        if not np.isnan(p["length_km"]) and not np.isnan(p["capacity_GW"])
    }
    circle = {}
    for pair in facts.distance.to_dict("records"):
        ends = (pair["origin"], pair["destination"])
        circle[ends] = circle[ends[::-1]] = float(pair["great_circle_km"])
    pairs = _pairs(lines)
    length = np.array([published.get(pair, circle[pair]) for pair in pairs])
    direct = np.array([pair in DIRECT_CURRENT for pair in pairs])
    hvdc = facts.assumption("hvdc_loss_converters") + facts.assumption("hvdc_loss_per_1000_km") * length / 1000.0
    ac = facts.assumption("ac_loss_base") + facts.assumption("ac_loss_per_1000_km") * length / 1000.0
    return lines.assign(length_km=length, loss_share=np.where(direct, hvdc, ac), direct_current=direct)


def incidence(lines: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Matrices province x line: +1 where a line starts; +1 where it ends."""
    index = {province: row for row, province in enumerate(PROVINCES)}
    starts, ends = np.zeros((len(PROVINCES), len(lines))), np.zeros((len(PROVINCES), len(lines)))
    for column, (origin, destination) in enumerate(zip(lines["origin"], lines["destination"], strict=True)):
        starts[index[origin], column] = 1.0
        ends[index[destination], column] = 1.0
    return starts, ends


def net_export(lines: pd.DataFrame, flow: np.ndarray) -> np.ndarray:
    """What leaves each province less what arrives there after losses, TWh; a negative flow runs backwards."""
    starts, ends = incidence(lines)
    loss = lines["loss_share"].to_numpy()
    forward, backward = np.maximum(flow, 0.0), np.maximum(-flow, 0.0)
    leaving = starts @ (forward - backward * (1.0 - loss))
    return np.asarray(leaving + ends @ (backward - forward * (1.0 - loss)))


def published_region_flows(facts: PowerFacts) -> dict[tuple[str, str], float]:
    """Net flow between grid regions in 2020 in TWh: ten published months scaled to twelve."""
    table = facts.region_flows
    table = table[(table["year"] == BASE_YEAR) & (table["n_months"] == PUBLISHED_MONTHS)]
    net: dict[tuple[str, str], float] = {}
    names = list(REGIONS)
    for row in table.to_dict("records"):
        origin, destination = (_REGION_NAMES.get(row[end], row[end]) for end in ("from_grid", "to_grid"))
        if origin == destination:
            continue
        sign = 1.0 if names.index(origin) < names.index(destination) else -1.0
        key = (origin, destination) if sign > 0 else (destination, origin)
        net[key] = net.get(key, 0.0) + sign * row["value"] * 12.0 / PUBLISHED_MONTHS
    return net


def _region_rows(facts: PowerFacts, lines: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Weighted rows and right-hand side that pull net flows between regions to the published ones."""
    region = {province: name for name, members in REGIONS.items() for province in members}
    rows, targets = [], []
    for (first, second), target in published_region_flows(facts).items():
        row = np.zeros(len(lines))
        for column, (origin, destination) in enumerate(zip(lines["origin"], lines["destination"], strict=True)):
            ends = (region[origin], region[destination])
            row[column] = float(ends == (first, second)) - float(ends == (second, first))
        weight = 1.0 / (REGION_SPREAD_SHARE * abs(target) + REGION_SPREAD_TWH)
        rows.append(row * weight)
        targets.append(target * weight)
    return np.array(rows), np.array(targets)


def fixed_demand(facts: PowerFacts) -> pd.Series:
    """What a province's net serves beside its published consumption: pumped storage charging and export abroad, TWh."""
    charging = facts.base_value("generation", "pumped") / facts.assumption("pumped_round_trip")
    return charging + by_province(pd.Series({"Guangdong": facts.assumption("net_export_abroad")}))


def fitted_flows(facts: PowerFacts, lines: pd.DataFrame, generation: pd.Series, consumption: pd.Series) -> np.ndarray:
    """Net flow of each line in 2020, TWh at the sending end, rounded to 1e-4 (docstring of the module)."""
    energy = lines["capacity_gw"].to_numpy() * TWH_PER_GW_YEAR
    starts, ends = incidence(lines)
    fixed = fixed_demand(facts).to_numpy()
    one_way = np.array([pair in DIRECT_CURRENT - TWO_WAY for pair in _pairs(lines)])
    prior = np.where(one_way, facts.assumption("dc_prior_utilisation"), 0.0) * energy
    weight = 1.0 / (LINE_SPREAD * energy)
    region_rows, region_targets = _region_rows(facts, lines)
    matrix = np.vstack([np.diag(weight), region_rows, BALANCE_WEIGHT * (starts - ends)])
    bound = HIGHEST_UTILISATION * energy
    flow = np.zeros(len(lines))
    for _ in range(ROUNDS):
        lost = lines["loss_share"].to_numpy() * np.abs(flow)
        uplift = (generation.sum() - fixed.sum() - lost.sum()) / consumption.sum()
        received_loss = ends @ np.where(flow >= 0.0, lost, 0.0) + starts @ np.where(flow < 0.0, lost, 0.0)
        surplus = generation.to_numpy() - consumption.to_numpy() * uplift - fixed - received_loss
        target = np.concatenate([prior * weight, region_targets, BALANCE_WEIGHT * surplus])
        flow = lsq_linear(matrix, target, bounds=(-bound, bound), method="bvls", tol=1e-12).x
    return np.round(flow, 4) + 0.0


def line_table(facts: PowerFacts, generation: pd.Series, consumption: pd.Series) -> pd.DataFrame:
    """The table lines.csv, still with the column `direct_current`."""
    lines = with_length_and_loss(facts, existing_lines(facts))
    lines["base_flow_twh"] = fitted_flows(facts, lines, generation, consumption)
    added = with_length_and_loss(facts, added_lines(facts)).assign(base_flow_twh=0.0)
    table = pd.concat([lines, added], ignore_index=True).assign(unit="GW; km; share; TWh")
    return table[
        [
            "line", "origin", "destination", "capacity_gw", "year", "length_km", "loss_share", "base_flow_twh",
            "direct_current", "note", "unit", "fill", "source",
        ]
    ]  # fmt: skip
