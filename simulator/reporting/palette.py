"""Names in both languages and colours of sectors, technologies and their groups: one thing, one colour, everywhere.

Colours are told apart by readers with red-green colour blindness where they touch (tests measure it), and are readable
on white and on dark paper. Order in each list is the order of stacking, from the ground up.
"""

from dataclasses import dataclass

import pandas as pd

UNKNOWN_COLOUR = "#999999"


@dataclass(frozen=True)
class Kind:
    """A sector, technology, route or group: its code in the tables, short names and colour."""

    code: str
    name: str
    name_zh: str
    colour: str
    members: tuple[str, ...] = ()


SECTORS = (
    Kind("POW", "Power and heat", "电力热力", "#5f7186"),
    Kind("STL", "Steel", "钢铁", "#0072b2"),
    Kind("NMM", "Cement, minerals", "水泥建材", "#7cc1e8"),
    Kind("NFM", "Non-ferrous metals", "有色金属", "#274b8a"),
    Kind("CHM", "Chemicals", "化工", "#d68ab4"),
    Kind("REF", "Refining, coking", "炼油炼焦", "#8c2d5a"),
    Kind("COA", "Coal, oil, gas", "煤炭油气", "#c4a484"),
    Kind("OMF", "Other industry", "其他工业", "#e69f00"),
    Kind("CON", "Construction", "建筑业", "#f3dc82"),
    Kind("AGR", "Agriculture", "农业", "#2f6b45"),
    Kind("TRN", "Transport", "交通运输", "#e2703a"),
    Kind("SRV", "Services, buildings", "服务与建筑", "#8fd0b5"),
)

SECTOR_GROUPS = (
    Kind("power", "Power, heat", "电力热力", "#5f7186", ("POW",)),
    Kind("materials", "Steel, cement, metals", "钢铁建材", "#0072b2", ("STL", "NMM", "NFM")),
    Kind("fuels", "Chemicals, fuels", "化工与燃料", "#d68ab4", ("CHM", "REF", "COA")),
    Kind("other", "Other, farming", "其他与农业", "#f0c33c", ("OMF", "CON", "AGR")),
    Kind("transport", "Transport", "交通运输", "#e2703a", ("TRN",)),
    Kind("buildings", "Buildings, services", "服务与建筑", "#8fd0b5", ("SRV",)),
)

TECHNOLOGIES = (
    Kind("coal", "Coal", "煤电", "#5d5d63", ("coal", "coal_subcritical", "coal_supercritical", "coal_ultra")),
    Kind("coal_ccs", "Coal with capture", "煤电捕集", "#a3a3ab", ("coal_ccs",)),
    Kind("gas", "Gas", "气电", "#95502a", ("gas",)),
    Kind("biomass", "Biomass", "生物质", "#a9c665", ("biomass",)),
    Kind("nuclear", "Nuclear", "核电", "#6d4c99", ("nuclear",)),
    Kind("hydro", "Hydro", "水电", "#6fb4e8", ("hydro",)),
    Kind("onshore_wind", "Onshore wind", "陆上风电", "#0f6f6b", ("onshore_wind",)),
    Kind("offshore_wind", "Offshore wind", "海上风电", "#6cc5bd", ("offshore_wind",)),
    Kind("solar", "Solar", "光伏", "#efb118", ("solar",)),
    Kind("pumped", "Pumped hydro", "抽水蓄能", "#2f5d9b", ("pumped",)),
    Kind("battery", "Batteries", "电池储能", "#e58aa8", ("battery",)),
)
STORAGE = ("pumped", "battery")

CAUSES = (
    Kind("cost", "Cost", "成本", "#5f7186"),
    Kind("finance", "Finance", "资金", "#e69f00"),
    Kind("capacity", "Build capacity", "建设能力", "#7cc1e8"),
    Kind("grid", "Grid", "电网", "#0072b2"),
    Kind("demand", "Demand", "需求", "#8fd0b5"),
    Kind("approval", "Approval", "审批", "#d55e00"),
)


ROUTE_NAMES = {
    "bf_bof": ("Blast furnace", "高炉转炉"),
    "bf_bof_ccs": ("Blast furnace, capture", "高炉加捕集"),
    "scrap_eaf": ("Scrap, electric arc", "废钢电炉"),
    "gas_dri": ("Gas reduction", "气基还原"),
    "h2_dri": ("Hydrogen reduction", "氢基还原"),
    "kiln": ("Dry kiln", "干法窑"),
    "kiln_blended": ("Less clinker, biofuel", "低熟料"),
    "kiln_ccs": ("Kiln with capture", "水泥窑捕集"),
    "smelter_grid": ("Smelter, grid", "网电铝"),
    "smelter_captive": ("Smelter, own power", "自备电铝"),
    "recycled_aluminium": ("Recycled", "再生铝"),
    "other_nonferrous": ("Other metals", "其他有色"),
    "coal_based": ("Coal", "煤基"),
    "oil_gas_based": ("Oil and gas", "油气基"),
    "electrified": ("Electrified", "电气化"),
    "coal_ccs": ("Coal with capture", "煤基捕集"),
    "conventional": ("Conventional", "传统"),
    "efficient": ("Efficient", "高效"),
    "refining_ccs": ("With capture", "捕集"),
    "fossil_heat": ("Fossil heat", "化石供热"),
    "electric_heat": ("Electric heat", "电供热"),
    "fossil": ("Fossil", "化石"),
    "electric": ("Electric", "电动"),
}


def route_name(code: str) -> tuple[str, str]:
    """Short names of a route in both languages; an unknown one (a user's own) goes by its code."""
    plain = code.replace("_", " ")
    return ROUTE_NAMES.get(code, (plain, plain))


def groups_table(kinds: tuple[Kind, ...], code_column: str) -> pd.DataFrame:
    """One row per code: the code and the `kind` that it belongs to."""
    rows = [(code, kind.code) for kind in kinds for code in (kind.members or (kind.code,))]
    return pd.DataFrame(rows, columns=[code_column, "kind"])


def in_order(kinds: tuple[Kind, ...], codes: list[str]) -> list[Kind]:
    """The kinds that occur, in stacking order; a code unknown here (a user's own) follows in grey under its code."""
    known = [kind for kind in kinds if kind.code in codes]
    listed = {kind.code for kind in kinds}
    return known + [Kind(code, code, code, UNKNOWN_COLOUR) for code in sorted(set(codes) - listed)]
