"""Reading facts and writing derived tables: one order, one number format, one line ending."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

PROVINCES: tuple[str, ...] = (
    "Beijing", "Tianjin", "Hebei", "Shanxi", "Inner Mongolia", "Liaoning", "Jilin", "Heilongjiang", "Shanghai",
    "Jiangsu", "Zhejiang", "Anhui", "Fujian", "Jiangxi", "Shandong", "Henan", "Hubei", "Hunan", "Guangdong",
    "Guangxi", "Hainan", "Chongqing", "Sichuan", "Guizhou", "Yunnan", "Tibet", "Shaanxi", "Gansu", "Qinghai",
    "Ningxia", "Xinjiang",
)  # fmt: skip
SECTORS: tuple[str, ...] = ("POW", "STL", "NMM", "NFM", "CHM", "REF", "COA", "OMF", "CON", "AGR", "TRN", "SRV")
GOODS: tuple[str, ...] = SECTORS[1:]
PHYSICAL: tuple[str, ...] = ("STL", "NMM", "NFM")


def read(facts: Path, name: str) -> pd.DataFrame:
    """A fact table by its name without extension."""
    return pd.read_csv(facts / f"{name}.csv")


def write(table: pd.DataFrame, out: Path, name: str, float_format: str = "%.8g") -> None:
    """Write `name`.csv with `float_format`, "\\n" line ends and no index, the same bytes on every machine."""
    out.mkdir(parents=True, exist_ok=True)
    table.to_csv(out / f"{name}.csv", index=False, float_format=float_format, lineterminator="\n")


def matrix(table: pd.DataFrame, rows: str, columns: str, values: str,
           row_order: tuple[str, ...] = PROVINCES, column_order: tuple[str, ...] = SECTORS) -> Matrix:  # fmt: skip
    """`table` as an array [row_order, column_order]; absent entries are 0."""
    pivot = table.pivot_table(index=rows, columns=columns, values=values, aggfunc="sum")
    filled = pivot.reindex(index=list(row_order), columns=list(column_order)).fillna(0.0)
    return filled.to_numpy(dtype=np.float64, copy=True)


def vector(table: pd.DataFrame, values: str = "value", key: str = "province",
           order: tuple[str, ...] = PROVINCES) -> Matrix:  # fmt: skip
    """Column `values` of `table` in the order of `order`; absent entries are 0."""
    column = table.set_index(key)[values].reindex(list(order)).fillna(0.0)
    return column.to_numpy(dtype=np.float64, copy=True)


def in_order(table: pd.DataFrame, **orders: tuple[str, ...]) -> pd.DataFrame:
    """Sort rows by the given orders of named columns, the first named being the outermost."""
    table = table.reset_index(drop=True)
    keys = pd.DataFrame({name: table[name].map({v: i for i, v in enumerate(order)}) for name, order in orders.items()})
    return table.loc[keys.sort_values(list(orders), kind="stable").index].reset_index(drop=True)


def cells() -> pd.DataFrame:
    """The 372 province x sector rows in order."""
    return pd.DataFrame([(p, s) for p in PROVINCES for s in SECTORS], columns=["province", "sector"])
