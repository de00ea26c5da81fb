"""The seasons of the flows on the lines of 2020: line_shapes.csv, relative flow, hours-weighted mean 1.

No statistics say how the flow of a line is spread over the year, but what a province generates, uses and stores leaves
little choice: what water, wind, sun, nuclear, gas, biomass and imports do not cover is made from coal. The shapes
minimise, with the yearly flow of every line kept,

    sum over provinces, seasons   (coal power - yearly coal power x season's share of load)^2 / (thermal power + 1 TWh)
  + FLATNESS x sum over lines, seasons   (flow - yearly flow x season's share of hours)^2 / (yearly flow + 0.1 TWh)

subject to 0 <= relative <= HIGHEST_RELATIVE and flow <= HIGHEST_SEASONAL_USE of capacity. Contracts are thus as flat as
rivers allow: what a hydro province cannot use in summer leaves it, and in winter it sends less. That coal power follows
the load of its province, and the weight of flatness, are expert assumptions. A line that had no flow in the base year
takes the seasons of what its exporter sent on the lines it had.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.optimize import lsq_linear

from simulator.data.derive.power_facts import BASE_YEAR, PROVINCES, THERMAL, TWH_PER_GW_YEAR, PowerFacts
from simulator.data.derive.power_flows import incidence
from simulator.data.derive.power_profiles import CLOCKS, SEASONS, SHAPES, block_table, normalised, raw_shape

FLATNESS = 0.04
HIGHEST_SEASONAL_USE = 0.899
HIGHEST_RELATIVE = 2.5
YEAR_WEIGHT = 1e3
SMALLEST_PROVINCE_TWH = 1.0
SMALLEST_LINE_TWH = 0.1
DECIMALS = 5


def season_shares(facts: PowerFacts, column: str) -> np.ndarray:
    """Share of a year's energy in each season, province x season, after one of the published shapes."""
    hours = block_table(facts)["hours"].to_numpy()
    energy = normalised(raw_shape(facts, SHAPES[column]), hours).to_numpy() * hours / hours.sum()
    return np.asarray(energy.reshape(len(PROVINCES), len(SEASONS), len(CLOCKS)).sum(axis=2))


def hour_shares(facts: PowerFacts) -> np.ndarray:
    """Share of the year's hours in each season."""
    hours = block_table(facts)["hours"].to_numpy()
    return np.asarray(hours.reshape(len(SEASONS), len(CLOCKS)).sum(axis=1) / hours.sum())


def left_to_coal(facts: PowerFacts, generation: pd.DataFrame, load_twh: np.ndarray) -> np.ndarray:
    """Load of a province less all its generation but coal, before trade, TWh by province and season.

    generation: province x technology, TWh; load_twh: gross load without the charging of pumped storage. Nuclear, gas,
    biomass and what storage returns run evenly; the charging of storage is taken evenly too.
    """
    even = generation["nuclear"] + generation["gas"] + generation["biomass"]
    even = even + generation["pumped"] * (1.0 - 1.0 / facts.assumption("pumped_round_trip"))
    left = load_twh[:, None] * season_shares(facts, "load_relative") - np.outer(even, hour_shares(facts))
    for technology in ("onshore_wind", "offshore_wind", "solar", "hydro"):
        made = generation[technology].to_numpy()[:, None]
        left -= made * season_shares(facts, f"{technology}_relative")
    return np.asarray(left)


def export_per_flow(lines: pd.DataFrame) -> np.ndarray:
    """What a province sends (+) or receives (-) over the year on each line after losses, TWh: province x line."""
    starts, ends = incidence(lines)
    flow, kept = lines["base_flow_twh"].to_numpy(), 1.0 - lines["loss_share"].to_numpy()
    forward, backward = np.maximum(flow, 0.0), np.maximum(-flow, 0.0)
    return np.asarray(starts * (forward - kept * backward) + ends * (backward - kept * forward))


def fitted_shapes(left_twh: np.ndarray, target_twh: np.ndarray, size_twh: np.ndarray, lines: pd.DataFrame,
                  hours: np.ndarray) -> np.ndarray:  # fmt: skip
    """Relative flow, line x season (docstring of the module).

    left_twh, target_twh [P, 4]: coal before trade, and coal aimed at; size_twh [P]; hours [4]: shares of the year.
    """
    count, seasons = len(lines), hours.size
    flow = lines["base_flow_twh"].abs().to_numpy()
    province = 1.0 / np.sqrt(size_twh + SMALLEST_PROVINCE_TWH)
    line = np.outer(np.sqrt(FLATNESS / (flow + SMALLEST_LINE_TWH)) * np.maximum(flow, SMALLEST_LINE_TWH), hours)
    matrix = np.vstack(
        [
            np.kron(province[:, None] * export_per_flow(lines), np.diag(hours)),
            np.diag(line.ravel()),
            YEAR_WEIGHT * np.kron(np.eye(count), hours),
        ]
    )
    wanted = [((target_twh - left_twh) * province[:, None]).ravel(), line.ravel(), np.full(count, YEAR_WEIGHT)]
    able = HIGHEST_SEASONAL_USE * lines["capacity_gw"].to_numpy() * TWH_PER_GW_YEAR
    highest = np.repeat(np.clip(able / np.maximum(flow, SMALLEST_LINE_TWH), 1.0, HIGHEST_RELATIVE), seasons)
    fit = lsq_linear(matrix, np.concatenate(wanted), bounds=(0.0, highest), method="bvls", tol=1e-13)
    relative = np.round(fit.x, DECIMALS).reshape(count, seasons)
    return np.asarray(relative / (relative @ hours)[:, None])


def sent_shape(province: str, used: pd.DataFrame, relative: np.ndarray, hours: np.ndarray) -> np.ndarray:
    """Relative shape [4] of all that a province sent on the lines it used; flat if it sent nothing."""
    exporter = np.where(used["base_flow_twh"] > 0.0, used["origin"], used["destination"])
    sent = used["base_flow_twh"].abs().to_numpy() * (exporter == province) @ relative
    return np.asarray(sent / (sent @ hours)) if sent.sum() > 0.0 else np.ones(hours.size)


def line_shape_table(facts: PowerFacts, generation: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """The table line_shapes.csv: relative flow of each line by season, hours-weighted mean 1."""
    hours = hour_shares(facts)
    used = lines[lines["base_flow_twh"] != 0.0].reset_index(drop=True)
    charging = generation["pumped"] / facts.assumption("pumped_round_trip")
    load = (generation.sum(axis=1) - charging).to_numpy() - export_per_flow(used).sum(axis=1)
    left = left_to_coal(facts, generation, load)
    target = generation["coal"].to_numpy()[:, None] * season_shares(facts, "load_relative")
    relative = fitted_shapes(left, target, generation[list(THERMAL)].sum(axis=1).to_numpy(), used, hours)
    shape = dict(zip(used["line"], relative, strict=True))
    rows = [
        {"line": line, "season": season, "relative": value}
        for line, origin in zip(lines["line"], lines["origin"], strict=True)
        for season, value in zip(
            SEASONS, shape[line] if line in shape else sent_shape(origin, used, relative, hours), strict=True
        )
    ]
    source = "own estimate: seasonal balance of each province (load PyPSA-China, hydro seasons NBS)"
    return pd.DataFrame(rows).assign(unit="ratio", year=BASE_YEAR, fill="estimated", source=source)
