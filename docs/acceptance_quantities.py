"""Quantities that the acceptance checks read off an ensemble, one value per member, and what a check is."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from paired_runs import Array, Ensemble, scenario

from simulator.analysis.lag import Cells, intensity, lag_arrays, years_behind
from simulator.analysis.peak import centred_mean, is_confirmed
from simulator.analysis.progress import best_progress
from simulator.config import Config
from simulator.names import load_names

RISES, FALLS, NONE, MOST = "rises", "falls", "none", "in most members"
PROVINCES = load_names().provinces
SECTORS = load_names().sectors
COAST = ("Beijing", "Tianjin", "Shanghai", "Jiangsu", "Zhejiang", "Fujian", "Shandong", "Guangdong")
RICH = ("Zhejiang", "Guangdong", "Beijing", "Shanghai", "Jiangsu")
EXPORTERS = ("Xinjiang", "Inner Mongolia")
ENERGY_BASES = ("Xinjiang", "Inner Mongolia", "Shanxi", "Ningxia", "Hebei")
HYDRO_USERS = ("Guangdong", "Shanghai", "Zhejiang", "Jiangsu", "Guangxi", "Sichuan", "Yunnan", "Hubei", "Hunan")
INDUSTRY = tuple(code for code in SECTORS if code != "POW")
GOODS = ("STL", "NMM", "NFM", "CHM", "REF")
BASE = scenario()
EXOGENOUS = {"carbon_market": {"price": "exogenous"}} if "carbon_market" in Config.model_fields else {}
PATH = {2021: 46.6, 2022: 58.1, 2030: 110.0, 2040: 220.0, 2060: 450.0}


@dataclass(frozen=True)
class Check:
    """One sign. `statistic` takes the ensembles of `scenarios` in their order and gives a number per member."""

    number: int
    comparison: str
    quantity: str
    expected: str
    scenarios: tuple[str, ...]
    statistic: Callable[..., Array]
    tolerance: float = 0.0  # for NONE: the largest size that counts as none


def change(read: Callable[[Ensemble], Array]) -> Callable[[Ensemble, Ensemble], Array]:
    """Paired difference of a quantity, second scenario less first."""
    return lambda base, policy: read(policy) - read(base)


def national(column: str, years: int | tuple[int, int], factor: float = 1.0) -> Callable[[Ensemble], Array]:
    """A national quantity in another unit."""
    return lambda one: factor * one.national(column, years)


def co2(years: int | tuple[int, int], provinces: tuple[str, ...], sectors: tuple[str, ...]) -> Callable[..., Array]:
    """CO2 of some cells in Mt a year."""
    return lambda one: one.at("sectors", "co2_mt", years, provinces, sectors)


def province(column: str, years: int | tuple[int, int], names: tuple[str, ...]) -> Callable[[Ensemble], Array]:
    """A column summed over provinces."""
    return lambda one: one.at("provinces", column, years, names)


def power(column: str, years: int | tuple[int, int], *technologies: str) -> Callable[[Ensemble], Array]:
    """A column of power summed over provinces and technologies."""
    return lambda one: one.at("power", column, years, PROVINCES, technologies)


def peak_year(path: Array, first_year: int) -> Array:
    """Year of the peak [member]; where none is confirmed, the last year that can be told, so too early."""
    smoothed = centred_mean(path)
    position = smoothed.argmax(axis=1).astype(np.int64)
    sure = is_confirmed(smoothed, position)
    return np.asarray(first_year + 1 + np.where(sure, position, smoothed.shape[1] - 1), dtype=np.float64)


def national_peak(one: Ensemble) -> Array:
    """Year of the peak of national CO2 [member]."""
    return peak_year(one.path("national", "co2_mt"), one.first_year)


def province_peaks(one: Ensemble, names: tuple[str, ...]) -> Array:
    """Mean peak year over provinces [member]."""
    return np.mean(
        [peak_year(one.path("provinces", "co2_mt", name), one.first_year) for name in names], axis=0, dtype=np.float64
    )


def arranged_cells(one: Ensemble) -> Cells:
    """The cells of an ensemble, as the lag index takes them."""
    direct, electric, output, firms = (
        np.moveaxis(one.path("sectors", column, None, None), 1, -1)
        for column in ("co2_mt", "co2_electricity_mt", "output", "firms")
    )
    electric[:, :, SECTORS.index("POW")] = 0.0
    years = one.first_year + np.arange(direct.shape[-1], dtype=np.float64)
    members = list(range(direct.shape[0]))
    return Cells(members, list(PROVINCES), list(SECTORS), years, direct + electric, output, firms[..., 0])


def mean_lag(one: Ensemble, provinces: tuple[str, ...], sectors: tuple[str, ...], year: int) -> Array:
    """Mean lag of some cells behind their nation in years [member]; cells that are left out do not count."""
    found = lag_arrays(arranged_cells(one))
    return mean_of_cells(found.lag_years, found.years, provinces, sectors, year)


def mean_of_cells(lag: Array, years: Array, provinces: tuple[str, ...], sectors: tuple[str, ...], year: int) -> Array:
    """Mean over some cells in a year [member]."""
    rows, columns = [PROVINCES.index(name) for name in provinces], [SECTORS.index(code) for code in sectors]
    chosen = lag[..., int(np.flatnonzero(years == year)[0])][:, rows][:, :, columns]
    return np.asarray(np.nanmean(chosen.reshape(chosen.shape[0], -1), axis=1))


def lag_against(reference: Cells, cells: Cells, provinces: tuple[str, ...], year: int) -> Array:
    """Mean lag of all cells of some provinces behind the nation of another scenario, same member [member]."""
    national = best_progress(intensity(reference.co2_mt.sum(axis=1), reference.output.sum(axis=1)))
    own = lag_arrays(cells)
    lag, _ = years_behind(national, own.progress, own.years)
    return mean_of_cells(np.where(own.kept[..., None], lag, np.nan), own.years, provinces, SECTORS, year)


def coal_hours(one: Ensemble, year: int) -> Array:
    """Full-load hours of coal plants."""
    return 1000.0 * power("generation_twh", year, "coal")(one) / power("capacity_gw", year, "coal")(one)


def spread_change(read: Callable[[Ensemble], Array]) -> Callable[[Ensemble, Ensemble], Array]:
    """Change of the log variance over members, as jackknife pseudo-values [member] (Miller 1974)."""

    def statistic(base: Ensemble, policy: Ensemble) -> Array:
        before, after = read(base), read(policy)
        count = before.size

        def ratio(kept: Array) -> float:
            return float(np.log(after[kept].var(ddof=1) / before[kept].var(ddof=1)))

        whole = ratio(np.ones(count, dtype=bool))
        left = np.array([ratio(np.arange(count) != member) for member in range(count)])
        return count * whole - (count - 1) * left

    return statistic


def peaks_between(one: Ensemble, first: int, last: int) -> Array:
    """Whether the peak of national CO2 is confirmed and lies in these years [member]."""
    path = one.path("national", "co2_mt")
    smoothed = centred_mean(path)
    position = smoothed.argmax(axis=1).astype(np.int64)
    year = one.first_year + 1 + position
    return np.asarray(is_confirmed(smoothed, position) & (year >= first) & (year <= last), dtype=np.float64)
