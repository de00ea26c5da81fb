"""Quantiles over members: numpy's to the last bit, whatever files members are in, and only of rows that all have."""

import tracemalloc
from itertools import product

import numpy as np
import pandas as pd
import pytest

from simulator.quantiles import SHARES, quantiles_of, write_quantiles
from simulator.run_folder import RunFolder

KEYS = pd.DataFrame(list(product(range(2020, 2030), ["Tibet", "Hebei"])), columns=["year", "province"])


def member_rows(member, keys=KEYS):
    """A member's rows in the order of the model, with numbers that differ in every row."""
    values = np.cos(1.0 + np.arange(len(keys)) * (1.0 + member))
    return pd.DataFrame({"member": member, **keys, "co2_mt": values, "firms": np.arange(len(keys)) * member})


def table_of(folder, members, per_file=4):
    """A run folder with a table of those members, in files of some."""
    (folder / "provinces").mkdir(parents=True)
    for first in range(0, len(members), per_file):
        path = folder / "provinces" / f"batch-{first:06d}.parquet"
        pd.concat(members[first : first + per_file]).to_parquet(path, index=False)
    return RunFolder(folder)


def written(folder, members, per_file=4, **options):
    """The quantiles of such a table, if there are any."""
    write_quantiles(table_of(folder, members, per_file), **options)
    path = folder / "quantiles.parquet"
    return pd.read_parquet(path) if path.exists() else None


@pytest.mark.parametrize("members", [1, 2, 3, 20, 21, 400])
def test_they_are_those_of_numpy_to_the_last_bit(members):
    values = np.sin(np.arange(7.0 * members) ** 2).round(1).reshape(7, members)
    values[3] = 1e300
    found = quantiles_of(np.sort(values, axis=1))
    np.testing.assert_array_equal(found, np.quantile(values, SHARES, axis=1))


def test_where_a_member_has_no_number_there_is_no_quantile():
    values = np.array([[1.0, 2.0, 3.0], [1.0, np.nan, 3.0]])
    found = quantiles_of(np.sort(values, axis=1))
    np.testing.assert_array_equal(found, np.quantile(values, SHARES, axis=1))
    assert np.isnan(np.array(found)[:, 1]).all()


def test_rows_are_in_the_order_of_variable_year_and_keys(tmp_path):
    found = written(tmp_path, [member_rows(member) for member in range(9)])
    keys = KEYS.sort_values(["year", "province"]).to_numpy()
    by_variable = [(name, *row) for name in ("co2_mt", "firms") for row in keys]
    assert [tuple(row) for row in found[["variable", "year", "province"]].values] == by_variable
    assert (found["members"] == 9).all()
    row = found[(found.variable == "firms") & (found.year == 2021) & (found.province == "Hebei")].iloc[0]
    # Members have 0, 3, 6 ... 24.
    assert [row["mean"], row.p05, row.p50, row.p95] == pytest.approx([12.0, 1.2, 12.0, 22.8])
    assert row.sd == pytest.approx(3.0 * np.std(np.arange(9), ddof=1))


def test_neither_files_nor_pieces_nor_threads_matter(tmp_path):
    rows = [member_rows(member) for member in range(11)]
    one = written(tmp_path / "one", rows, per_file=11)
    other = [rows[place] for place in (7, 3, 0, 10, 5, 1, 2, 9, 8, 4, 6)]
    several = written(tmp_path / "several", other, per_file=3, most_values=50, threads=3)
    pd.testing.assert_frame_equal(one, several, check_exact=True)


@pytest.mark.parametrize("what", ["fewer", "other", "order", "twice in a member", "a member twice"])
def test_a_table_whose_members_differ_in_their_rows_has_none(what, tmp_path):
    rows = [member_rows(member) for member in range(6)]
    changed = {
        "fewer": KEYS[:-1],
        "other": KEYS.assign(province=["Tibet", "Hubei"] * 10),
        "order": KEYS[::-1],
        "twice in a member": KEYS.assign(province="Tibet"),
        "a member twice": KEYS,
    }[what]
    rows[5] = member_rows(0 if what == "a member twice" else 5, changed.reset_index(drop=True))
    if what == "twice in a member":
        rows = [member_rows(member, changed) for member in range(6)]
    assert written(tmp_path, rows) is None


def test_they_take_the_same_memory_for_more_members(tmp_path):
    keys = pd.DataFrame(list(product(range(2020, 3020), ["Tibet", "Hebei"])), columns=["year", "province"])
    peaks = []
    for members in (20, 200):
        folder = table_of(tmp_path / str(members), [member_rows(member, keys) for member in range(members)])
        tracemalloc.start()
        write_quantiles(folder, most_values=10_000)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0] < 8 * 2000 * 200
