"""The input-output system of 2020 and the trade shares fitted to it.

Tables: io_coefficients.csv, final_demand.csv, trade_shares.csv. Money is bn CNY of 2020. The electricity row of the
goods system is replaced by physical flows in the model, so POW has no trade shares; its purchases of goods stay.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from simulator.data.derive.tables import GOODS, PROVINCES, SECTORS, Matrix, cells, matrix, read, write

SECTOR_OF_FLOW: dict[str, tuple[str, ...]] = {
    "METAL": ("STL", "NFM"), "NMM": ("NMM",), "CHEM": ("CHM",), "PETCOK": ("REF",), "COAL": ("COA",),
    "OILGAS": ("COA",), "MINOTH": ("OMF",), "LIGHT": ("OMF",), "PAPER": ("OMF",), "MACH": ("OMF",),
    "CONSTR": ("CON",), "AGR": ("AGR",), "TRANSP": ("TRN",), "SERV": ("SRV",), "GASWAT": ("SRV",),
}  # fmt: skip
SEED_FLOWS = {"share": "value", "share_weak_distance": "value_weak_distance",
              "share_strong_distance": "value_strong_distance"}  # fmt: skip
LEAST_DOMESTIC_SHARE = 0.1
SEED_FLOOR = 1e-5
FIT_TOLERANCE = 1e-12
FIT_ROUNDS = 5000


@dataclass(frozen=True)
class System:
    """The base-year system: [31, 12] in bn CNY, coefficients [31, 12 inputs, 12 users]."""

    output: Matrix
    coefficients: Matrix
    consumption: Matrix
    investment: Matrix
    exports: Matrix
    imports: Matrix
    domestic_share: Matrix
    domestic_demand: Matrix


def derive(facts: Path, out: Path, output: Matrix) -> None:
    """Write the three tables for `output` [31, 12] in bn CNY."""
    system = build_system(facts, output)
    write(coefficient_table(system), out, "io_coefficients")
    write(final_demand_table(facts, system), out, "final_demand")
    write(trade_table(facts, system), out, "trade_shares")


def read_coefficients(facts: Path) -> Matrix:
    """Input coefficients [31, 12 inputs, 12 users], CNY per CNY."""
    table = read(facts, "io_coefficients_2020")
    coefficients = np.zeros((len(PROVINCES), len(SECTORS), len(SECTORS)))
    at = [table[c].map({v: i for i, v in enumerate(o)}).to_numpy()
          for c, o in (("province", PROVINCES), ("input", SECTORS), ("using", SECTORS))]  # fmt: skip
    coefficients[at[0], at[1], at[2]] = table.coefficient.to_numpy()
    return coefficients


def final_uses(facts: Path) -> tuple[Matrix, Matrix]:
    """Consumption and investment [31, 12]; negative stock changes are taken from consumption, a negative sum is 0."""
    table = read(facts, "final_demand_2020")
    consumption, investment = (matrix(table, "province", "sector", c) for c in ("consumption", "investment"))
    kept = np.maximum(consumption + investment, 0.0)
    positive_investment = np.maximum(investment, 0.0)
    return kept - np.minimum(positive_investment, kept), np.minimum(positive_investment, kept)


def build_system(facts: Path, output: Matrix) -> System:
    """Close supply and demand of every good nationally by one factor on the domestic share of use."""
    table = read(facts, "final_demand_2020")
    consumption, investment = final_uses(facts)
    exports = np.minimum(matrix(table, "province", "sector", "exports"), output)
    imports = matrix(table, "province", "sector", "imports")
    coefficients = read_coefficients(facts)
    use = np.einsum("pij,pj->pi", coefficients, output) + consumption + investment
    demand = np.maximum(use - imports, LEAST_DOMESTIC_SHARE * use)
    demand *= (output - exports).sum(axis=0) / demand.sum(axis=0)
    share = np.divide(demand, use, out=np.ones_like(use), where=use > 0)
    return System(output, coefficients, consumption, investment, exports, imports, share, demand)


def coefficient_table(system: System) -> pd.DataFrame:
    province, source, user = np.nonzero(system.coefficients)
    names = np.array(SECTORS)
    return pd.DataFrame({
        "province": np.array(PROVINCES)[province], "input": names[source], "using": names[user],
        "coefficient": system.coefficients[province, source, user], "unit": "CNY/CNY", "year": 2020,
        "fill": "estimated", "source": "provincial input-output tables 2017 x NBS national table 2020",
    })  # fmt: skip


def final_demand_table(facts: Path, system: System) -> pd.DataFrame:
    raw = read(facts, "final_demand_2020")
    total = matrix(raw, "province", "sector", "consumption") + matrix(raw, "province", "sector", "investment")
    return cells().assign(
        consumption=system.consumption.ravel(), investment=system.investment.ravel(), exports=system.exports.ravel(),
        imports=system.imports.ravel(), domestic_share_of_use=system.domestic_share.ravel(),
        unit="bn CNY", year=2020, fill=np.where(total.ravel() < 0, "repaired", "estimated"),
        source="provincial input-output tables 2017 carried by GDP growth to the NBS national table 2020",
    )  # fmt: skip


def seed_flows(facts: Path, column: str) -> dict[str, Matrix]:
    """Flows of 2017 [origin, destination] per good, summed over the sectors of the source."""
    table = read(facts, "interprovincial_trade_2017")
    layers = {name: matrix(group, "origin", "destination", column, PROVINCES, PROVINCES)
              for name, group in table.groupby("sector")}  # fmt: skip
    seeds = {good: np.zeros((len(PROVINCES), len(PROVINCES))) for good in GOODS}
    for name, goods in SECTOR_OF_FLOW.items():
        for good in goods:
            seeds[good] += layers[name]
    return seeds


def fit(seed: Matrix, supply: Matrix, demand: Matrix) -> Matrix:
    """Iterative proportional fitting of `seed` to row sums `supply` and column sums `demand` (Deming and Stephan 1940).

    A floor of 1e-5 of the proportional flow keeps every pair reachable. Fitting ends when row sums agree to 1e-12 of
    the total. A worked value: seed [[1, 1], [1, 1]], supply [3, 1], demand [2, 2] gives [[1.5, 1.5], [0.5, 0.5]].
    """
    proportional = np.outer(supply, demand) / supply.sum()
    flows: Matrix = seed * (supply.sum() / seed.sum()) + SEED_FLOOR * proportional
    for _ in range(FIT_ROUNDS):
        flows *= _ratio(supply, flows.sum(axis=1))[:, None]
        flows *= _ratio(demand, flows.sum(axis=0))[None, :]
        if np.abs(flows.sum(axis=1) - supply).max() <= FIT_TOLERANCE * supply.sum():
            return flows
    worst = float(np.abs(flows.sum(axis=1) - supply).max())
    raise ValueError(f"trade fit: row sums off by {worst:g} bn CNY after {FIT_ROUNDS} rounds; "
                     f"allowed {FIT_TOLERANCE * supply.sum():g}")  # fmt: skip


def _ratio(wanted: Matrix, found: Matrix) -> Matrix:
    return np.divide(wanted, found, out=np.zeros_like(wanted), where=found > 0)


def shares_of(flows: Matrix, supply: Matrix) -> Matrix:
    """Origin's share in a destination's domestic supply; a destination without demand gets the national mix."""
    total = flows.sum(axis=0)
    mix = np.repeat((supply / supply.sum())[:, None], len(total), axis=1)
    return np.asarray(np.divide(flows, total[None, :], out=mix, where=total[None, :] > 0))


def trade_table(facts: Path, system: System) -> pd.DataFrame:
    fitted = {name: _fitted_shares(seed_flows(facts, column), system) for name, column in SEED_FLOWS.items()}
    rows = [(s, o, d) for s in GOODS for o in PROVINCES for d in PROVINCES]
    table = pd.DataFrame(rows, columns=["sector", "origin", "destination"]).assign(**fitted)
    table = table[table.share + table.share_weak_distance + table.share_strong_distance > 0]
    return table.assign(unit="share", year=2020, fill="estimated",
                        source="gravity estimate 2017 fitted to 2020")  # fmt: skip


def _fitted_shares(seeds: dict[str, Matrix], system: System) -> Matrix:
    blocks = []
    for good in GOODS:
        at = SECTORS.index(good)
        supply = (system.output - system.exports)[:, at]
        blocks.append(shares_of(fit(seeds[good], supply, system.domestic_demand[:, at]), supply).ravel())
    return np.concatenate(blocks)
