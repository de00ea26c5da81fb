"""A run folder made of smooth invented numbers, so that reports can be drawn and tested without running the model."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

PROVINCES = (
    "Beijing Tianjin Hebei Shanxi Inner_Mongolia Liaoning Jilin Heilongjiang Shanghai Jiangsu Zhejiang Anhui Fujian"
    " Jiangxi Shandong Henan Hubei Hunan Guangdong Guangxi Hainan Chongqing Sichuan Guizhou Yunnan Tibet Shaanxi Gansu"
    " Qinghai Ningxia Xinjiang"
)
PROVINCE_NAMES = [name.replace("_", " ") for name in PROVINCES.split()]
SECTOR_SHARES = dict(
    zip(
        ["POW", "STL", "NMM", "NFM", "CHM", "REF", "COA", "OMF", "CON", "AGR", "TRN", "SRV"],
        (0.5, 0.15, 0.1, 0.01, 0.02, 0.02, 0.01, 0.04, 0.01, 0.02, 0.07, 0.05),
        strict=True,
    )
)
# Technology: capacity and generation in the first and in the last year (GW, TWh), national.
TECHNOLOGIES = {
    "coal_subcritical": (300, 50, 1200, 50),
    "coal_supercritical": (350, 150, 1600, 200),
    "coal_ultra": (430, 250, 1900, 400),
    "coal_ccs": (0, 100, 0, 300),
    "gas": (98, 200, 250, 400),
    "nuclear": (50, 250, 366, 1900),
    "hydro": (340, 500, 1300, 1800),
    "pumped": (31, 350, 33, 500),
    "onshore_wind": (273, 1800, 450, 4000),
    "offshore_wind": (9, 400, 16, 1300),
    "solar": (253, 4200, 261, 5500),
    "biomass": (30, 60, 130, 250),
    "battery": (3, 900, 1, 700),
}
ROUTES = {"STL": ["bf_bof", "scrap_eaf", "h2_dri"], "NMM": ["kiln", "kiln_ccs"]}


@dataclass(frozen=True)
class InventedRun:
    """Sizes of an invented run and the random numbers behind its members."""

    members: int
    years: NDArray[np.int64]
    seed: int = 1

    @property
    def elapsed(self) -> NDArray[np.float64]:
        """Share of the run that has passed in each year, 0 to 1, measured on 40 years."""
        return (self.years - 2020) / 40

    def province_weights(self) -> NDArray[np.float64]:
        weights = np.random.default_rng(self.seed).lognormal(0, 0.8, len(PROVINCE_NAMES))
        return np.asarray(weights / weights.sum())

    def co2_mt(self) -> NDArray[np.float64]:
        """Rise to a peak, then decline, both differing by member: [member, year, province, sector]."""
        rng = np.random.default_rng(self.seed + 1)
        shape = (self.members, 1, len(PROVINCE_NAMES), len(SECTOR_SHARES))
        rise_years = 7 + 5 * rng.normal(size=(1, 1, *shape[2:])) + 2 * rng.normal(size=(self.members, 1, 1, 1))
        decline = 0.02 + 0.05 * rng.random((1, 1, *shape[2:])) + 0.006 * rng.normal(size=(self.members, 1, 1, 1))
        time = (self.years - 2020.0)[None, :, None, None]
        path = np.exp(0.02 * np.minimum(time, rise_years) - decline * np.maximum(time - rise_years, 0))
        base = 9900 * self.province_weights()[:, None] * np.array(list(SECTOR_SHARES.values()))
        return np.asarray(path * base)

    def frame(self, **keys: list[str]) -> pd.DataFrame:
        """All combinations of member, year and the keys, in that order."""
        levels = [range(self.members), self.years, *keys.values()]
        return pd.MultiIndex.from_product(levels, names=["member", "year", *keys]).to_frame(index=False)


def national_table(run: InventedRun, co2: NDArray[np.float64]) -> pd.DataFrame:
    table = run.frame()
    elapsed = np.tile(run.elapsed, run.members)
    noise = np.random.default_rng(run.seed + 2).normal(1, 0.05, len(table))
    return table.assign(
        co2_mt=co2.sum(axis=(2, 3)).ravel(),
        co2_process_other_mt=520 * noise,
        co2_heat_mt=1050 * (1 - 0.6 * elapsed) * noise,
        carbon_price_cny_per_tco2=50 + 400 * elapsed * noise,
        gdp_bn_cny=101_000 * np.exp(1.3 * elapsed) * noise,
        electricity_twh=7_500 * (1 + elapsed),
        coal_generation_share=0.63 - 0.55 * elapsed * noise,
        non_fossil_energy_share=0.16 + 0.6 * elapsed * noise,
        curtailment_share=0.03 + 0.05 * elapsed * noise,
        unserved_twh=np.where(elapsed > 0.5, 0.4 * noise, 0.0),
        unserved_goods_bn_cny=np.where(table["year"] % 5 == 4, 300 * elapsed * noise, 0.0),
        certificate_price_cny_per_mwh=5.0,
        power_price_cny_per_mwh=400 + 60 * elapsed * noise,
    )


def provinces_table(run: InventedRun, co2: NDArray[np.float64]) -> pd.DataFrame:
    table = run.frame(province=PROVINCE_NAMES)
    total = co2.sum(axis=3).ravel()
    export = 0.25 * np.sin(np.arange(len(PROVINCE_NAMES)))
    weights = run.province_weights()
    tile = (run.members, len(run.years), 1)
    growth = np.exp(1.3 * run.elapsed)[None, :, None] * np.ones((run.members, 1, 1))
    return table.assign(
        co2_mt=total,
        co2_process_other_mt=0.05 * total,
        co2_electricity_adjusted_mt=total * (1 + np.tile(export / 2, tile).ravel()),
        co2_consumption_mt=total * (1 + np.tile(export, tile).ravel()),
        gdp_bn_cny=(101_000 * weights * growth).ravel(),
        official_capacity=0.5,
        research_capacity=0.4,
        planning_capacity=0.45 + 0.2 * np.tile(export, tile).ravel(),
        intensity_target=0.17,
        intensity_achieved=0.17 + 0.1 * np.tile(export, tile).ravel(),
        electricity_twh=(7_500 * weights * growth).ravel(),
        net_export_twh=np.tile(400 * export, tile).ravel(),
        power_price_cny_per_mwh=400.0,
        tariff_cny_per_mwh=600.0,
        curtailment_share=0.04,
        unserved_twh=0.0,
    )


def sectors_table(run: InventedRun, co2: NDArray[np.float64]) -> pd.DataFrame:
    table = run.frame(province=PROVINCE_NAMES, sector=list(SECTOR_SHARES))
    direct = co2.ravel()
    return table.assign(
        output=100.0,
        unit="bn CNY",
        co2_mt=direct,
        co2_process_mt=0.1 * direct,
        co2_electricity_mt=0.3 * direct,
        electricity_twh=20.0,
        intensity_tco2_per_unit=1.3 * direct / 100,
        price_index=1.0,
        firms=10.0,
        rationed_target_bn_cny=0.02 * (table["year"] % 5 == 4),
        rationed_supply_bn_cny=0.005,
    )


def routes_table(run: InventedRun) -> pd.DataFrame:
    pairs = [f"{sector} {route}" for sector, routes in ROUTES.items() for route in routes]
    table = run.frame(province=PROVINCE_NAMES, pair=pairs)
    clean = (table["year"] - 2020) / 40
    output = np.where(table["pair"].str.endswith(("kiln", "bf_bof")), 40 * (1 - 0.8 * clean), 2 + 15 * clean)
    sector = table["pair"].str[:3]
    return table.assign(sector=sector, route=table["pair"].str[4:], capacity=1.2 * output, output=output).drop(
        columns="pair"
    )


def power_table(run: InventedRun) -> pd.DataFrame:
    table = run.frame(province=PROVINCE_NAMES, technology=list(TECHNOLOGIES))
    ends = np.array(list(TECHNOLOGIES.values()), dtype=float)
    rng = np.random.default_rng(run.seed + 3)
    noise = rng.normal(1, 0.1, (run.members, 1, 1, len(ends)))
    elapsed, weights = run.elapsed[None, :, None, None], run.province_weights()[None, None, :, None]
    capacity = weights * (ends[:, 0] + (ends[:, 1] * noise - ends[:, 0]) * elapsed)
    generation = weights * (ends[:, 2] + (ends[:, 3] * noise - ends[:, 2]) * elapsed)
    return table.assign(
        capacity_gw=capacity.ravel(), generation_twh=generation.ravel(), curtailed_twh=0.03 * generation.ravel()
    )


def flows_table(run: InventedRun) -> pd.DataFrame:
    """Goods between all pairs, heavy-tailed by distance in the list; electricity over 36 lines, one of them missing in
    the first member."""
    fifth = InventedRun(run.members, run.years[run.years % 5 == 0], run.seed)
    table = fifth.frame(origin=PROVINCE_NAMES, destination=PROVINCE_NAMES, commodity=["STL", "OMF", "electricity"])
    position = {name: index for index, name in enumerate(PROVINCE_NAMES)}
    origin, destination = (table[end].map(position).to_numpy() for end in ("origin", "destination"))
    electricity = (table["commodity"] == "electricity").to_numpy()
    noise = np.random.default_rng(run.seed + 4).normal(1, 0.2, len(table)).clip(0.1)
    weights = run.province_weights() * 31
    goods = 20 * weights[origin] * weights[destination] / (1 + np.abs(origin - destination)) ** 1.5
    line = (origin * 7 + destination * 3) % 26 == 1
    transfer = 3 + 12 * ((origin * 5 + destination) % 7) * (table["year"] - 2010) / 20
    kept = (origin != destination) & (~electricity | line) & ~((table["member"] == 0) & electricity & (origin == 5))
    amount = np.where(electricity, transfer, goods) * noise
    table = table.assign(amount=amount, unit=np.where(electricity, "TWh", "bn CNY"), embodied_co2_mt=0.6 * amount)
    return table[kept]


def lines_table(run: InventedRun) -> pd.DataFrame:
    table = run.frame(line=["Inner Mongolia-Shandong", "Sichuan-Jiangsu", "Xinjiang-Henan"])
    ends = table["line"].str.split("-", expand=True)
    return table.assign(origin=ends[0], destination=ends[1], capacity_gw=8.0, flow_twh=40.0, congestion_share=0.3)


def constraints_table(run: InventedRun) -> pd.DataFrame:
    causes = ["cost", "finance", "capacity", "grid", "demand", "approval"]
    table = run.frame(province=PROVINCE_NAMES, sector=list(SECTOR_SHARES), cause=causes)
    return table.assign(decisions=np.random.default_rng(run.seed + 5).poisson(2, len(table)))


def governments_table(run: InventedRun) -> pd.DataFrame:
    table = run.frame(province=PROVINCE_NAMES)
    ends = (table["year"] % 5 == 0) & (table["year"] > 2020)
    effort = 0.2 + 0.02 * (table["year"] % 5) + 0.01 * table["member"]
    missed = np.where(ends, 0.4, 0.0)
    judged = {"target_missed": missed, "target_met": np.where(ends, 1.0 - missed, 0.0)}
    return table.assign(effort=effort, **judged, training_mcny=0.0, spending_mcny=100.0)


def carbon_market_table(run: InventedRun) -> pd.DataFrame:
    table = run.frame(market=["national", "Hubei"])
    passed = table["year"] - 2020
    return table.assign(
        price_cny_per_tco2=(40 + 8 * passed) * (1 + 0.1 * table["member"]),
        allocated_mt=5000 - 100 * passed,
        auctioned_mt=60.0 * passed,
        surrendered_mt=5000 - 30 * passed,
        banked_mt=300.0,
        reserve_mt=2.0 * passed,
    )


def tables(run: InventedRun) -> dict[str, pd.DataFrame]:
    co2 = run.co2_mt()
    members = pd.DataFrame({"member": range(run.members), "seed": range(100, 100 + run.members), "status": "done"})
    return {
        "national": national_table(run, co2),
        "provinces": provinces_table(run, co2),
        "sectors": sectors_table(run, co2),
        "routes": routes_table(run),
        "power": power_table(run),
        "flows": flows_table(run),
        "lines": lines_table(run),
        "constraints": constraints_table(run),
        "governments": governments_table(run),
        "carbon_market": carbon_market_table(run),
        "members": members,
    }


def write_run(folder: Path, members: int, first_year: int = 2020, last_year: int = 2060) -> Path:
    """Write an invented run; the sectors table as a dataset folder of two batches, the others as one file each."""
    folder.mkdir(parents=True)
    for name, table in tables(InventedRun(members, np.arange(first_year, last_year + 1))).items():
        if name == "sectors":
            (folder / name).mkdir()
            early = table["member"] < members / 2
            table[early].to_parquet(folder / name / "batch-0.parquet")
            table[~early].to_parquet(folder / name / "batch-1.parquet")
        else:
            table.to_parquet(folder / f"{name}.parquet")
    (folder / "config.yaml").write_text("name: invented\nstart: 2020\n", encoding="utf-8")
    provenance = {"seed": 1, "versions": {"numpy": np.__version__}, "data": {"provinces.csv": "0f3a"}}
    (folder / "provenance.json").write_text(json.dumps(provenance), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def invented_run(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Make an invented run folder of a given number of members and years."""

    def make(members: int = 4, first_year: int = 2020, last_year: int = 2060) -> Path:
        return write_run(tmp_path_factory.mktemp("runs") / "invented", members, first_year, last_year)

    return make


@pytest.fixture(scope="session")
def geography() -> pd.DataFrame:
    """Provinces on a plain grid of seven columns."""
    order = np.arange(len(PROVINCE_NAMES))
    return pd.DataFrame(
        {
            "province": PROVINCE_NAMES,
            "name_zh": [f"省{position}" for position in order],
            "abbreviation": [name[:2].upper() for name in PROVINCE_NAMES],
            "tile_row": order // 7,
            "tile_col": order % 7,
        }
    )
