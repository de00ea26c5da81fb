"""Electricity use of the 372 cells: physical intensities where known, purchases of power elsewhere.

The twelve sectors of a province sum to its published consumption, which includes line losses and plants' own use:
these are the POW row. National sector totals hold; OMF is the national remainder.
"""

from pathlib import Path

import numpy as np

from simulator.data.derive.tables import PROVINCES, SECTORS, Matrix, read, vector

PINNED: tuple[str, ...] = ("POW", "STL", "NFM")
LESS_ELASTIC: tuple[str, ...] = ("CON", "AGR", "TRN", "SRV")  # a province's surplus belongs mostly to industry
LESS_ELASTIC_EXPONENT = 0.3
BALANCE_ROUNDS = 2000
BALANCE_TOLERANCE = 1e-12


def electricity_twh(facts: Path, out: Path, output: Matrix, physical: dict[str, Matrix], purchases: Matrix,
                    population: Matrix, income: Matrix) -> Matrix:  # fmt: skip
    """Electricity [31, 12] in TWh of 2020.

    `output` bn CNY and `purchases` (spending on power per CNY of output) are [31, 12]; `physical` maps a product to Mt
    by province; `population` is in million and `income` in 1000 CNY per head.
    """
    consumption = consumption_twh(facts)
    national = national_totals(facts, out, consumption)
    use = pinned(facts, out, physical, national)
    free = [s for s in SECTORS if s not in PINNED]
    seeds = _seeds(facts, output, physical, purchases, population * income, national)
    rows = consumption - use.sum(axis=1)
    if rows.min() <= 0:
        province = PROVINCES[int(rows.argmin())]
        raise ValueError(f"electricity of {province}: pinned sectors exceed consumption by {-rows.min():g} TWh")
    columns = np.array([national[s] for s in free])
    exponent = np.array([LESS_ELASTIC_EXPONENT if s in LESS_ELASTIC else 1.0 for s in free])
    seed = np.stack([seeds[s] for s in free], axis=1)
    use[:, [SECTORS.index(s) for s in free]] = balance(seed, rows, columns, exponent)
    return use


def consumption_twh(facts: Path) -> Matrix:
    """Published electricity consumption of 2020 by province, TWh."""
    table = read(facts, "power_base")
    return vector(table[(table.year == 2020) & (table.variable == "consumption")])


def losses_and_own_use_twh(out: Path) -> Matrix:
    return vector(read(out, "power_balance"), "own_use_and_losses_twh")


def controls(facts: Path) -> dict[str, float]:
    table = read(facts, "sector_electricity_2020")
    return dict(zip(table["item"], table["value"].astype(float), strict=True))


def national_totals(facts: Path, out: Path, consumption: Matrix) -> dict[str, float]:
    """National electricity by sector, TWh; residential use, gas and water belong to SRV."""
    item = controls(facts)
    total = {s: item[s] for s in ("STL", "NMM", "NFM", "CHM", "REF", "COA")}
    total["POW"] = float(losses_and_own_use_twh(out).sum())
    total["AGR"], total["CON"] = item["primary industry"], item["construction"]
    total["TRN"] = item["transport storage and post"]
    total["SRV"] = item["tertiary industry"] - total["TRN"] + item["residential"] + item["gas and water supply"]
    total["OMF"] = float(consumption.sum()) - sum(total.values())
    return total


def pinned(facts: Path, out: Path, physical: dict[str, Matrix], national: dict[str, float]) -> Matrix:
    """POW, STL and NFM [31, 12]: losses and own use; steel pro rata; aluminium at 13.5 MWh/t, the rest by tonnes."""
    use = np.zeros((len(PROVINCES), len(SECTORS)))
    use[:, SECTORS.index("POW")] = losses_and_own_use_twh(out)
    steel, aluminium, other = physical["crude_steel"], physical["primary_aluminium"], physical["other_nonferrous"]
    use[:, SECTORS.index("STL")] = national["STL"] * steel / steel.sum()
    smelting = controls(facts)["aluminium electrolysis"] * aluminium
    rest = national["NFM"] - smelting.sum()
    use[:, SECTORS.index("NFM")] = smelting + rest * other / other.sum()
    return use


def _seeds(facts: Path, output: Matrix, physical: dict[str, Matrix], purchases: Matrix, household: Matrix,
           national: dict[str, float]) -> dict[str, Matrix]:  # fmt: skip
    """First guess by sector: purchases of power; cement at its intensity; households by total income."""
    spending = output * purchases
    seeds = {s: _spread(spending[:, i], output[:, i]) * national[s] for i, s in enumerate(SECTORS) if s not in PINNED}
    cement = controls(facts)["cement"] * physical["cement"]
    at = SECTORS.index("NMM")
    seeds["NMM"] = cement + (national["NMM"] - cement.sum()) * _spread(spending[:, at], output[:, at])
    home = controls(facts)["residential"]
    at = SECTORS.index("SRV")
    services = (national["SRV"] - home) * _spread(spending[:, at], output[:, at])
    seeds["SRV"] = home * household / household.sum() + services
    return seeds


def _spread(spending: Matrix, output: Matrix) -> Matrix:
    """Shares by province: half by spending on power, half by output, so that a coefficient of zero cannot bind."""
    return np.asarray(0.5 * spending / spending.sum() + 0.5 * output / output.sum())


def balance(seed: Matrix, rows: Matrix, columns: Matrix, exponent: Matrix) -> Matrix:
    """Scale `seed` to row sums and column sums: x_ij = seed_ij r_i^e_j c_j; zeros stay zero.

    With every exponent 1 this is the fit of Deming and Stephan (1940); a column with a smaller exponent takes less of
    a row's surplus.
    """
    row_factor = np.ones(len(rows))
    for _ in range(BALANCE_ROUNDS):
        table = seed * row_factor[:, None] ** exponent[None, :]
        table *= (columns / table.sum(axis=0))[None, :]
        found = table.sum(axis=1)
        if np.abs(found - rows).max() <= BALANCE_TOLERANCE * rows.sum():
            return table
        row_factor *= (rows / found) ** (found / (table @ exponent))
    raise ValueError(f"electricity: row sums off by {np.abs(found - rows).max():g} TWh after {BALANCE_ROUNDS} rounds")
