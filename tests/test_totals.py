"""Sums: the compiled one adds in numpy's order."""

import numpy as np

from simulator import side_by_side
from simulator.columns import fossil_energy
from simulator.goods_trade import SECTORS
from simulator.totals import sum_side_by_side, total_of, total_of_cells


def test_rows_columns_and_vectors_are_summed_as_numpy_does() -> None:
    """To the last bit, at any length that is added in one block, and wherever the values stand in memory."""
    draw = np.random.default_rng(1)
    for size in range(1, 129):
        table = draw.normal(size=(size, 3)) * 10.0 ** draw.normal(size=(size, 3))
        assert sum_side_by_side(table[:, 1]) == table[:, 1].sum()
        assert [sum_side_by_side(row) for row in table.T.copy()] == table.T.copy().sum(axis=1).tolist()


def test_of_nothing_the_sum_is_nothing() -> None:
    assert sum_side_by_side(np.zeros(0)) == 0.0


def test_long_rows_are_summed_as_numpy_does() -> None:
    draw = np.random.default_rng(2)
    for size in range(489):
        row = draw.normal(size=size) * 10.0 ** draw.normal(size=size)
        assert total_of(row) == row.sum()
    for size in range(512, 1953, 24):
        row = draw.normal(size=size) * 10.0 ** draw.normal(size=size)
        assert total_of_cells(row) == row.sum()


def test_fossil_energy_is_summed_as_numpy_does() -> None:
    fuel = np.random.default_rng(4).lognormal(sigma=2.0, size=(31, SECTORS, 4))
    assert fossil_energy(fuel) == fuel[:, :, :3].sum()


def test_sums_of_all_sectors_side_by_side_are_each_as_alone() -> None:
    """To the last bit; the functions write twelve sectors out, no more and no fewer."""
    draw = np.random.default_rng(3)
    start, *rows = draw.normal(size=(9, SECTORS)) * 10.0 ** draw.normal(size=(9, SECTORS))
    alone, found = start.copy(), np.zeros(SECTORS)
    together = side_by_side.start_at(start)
    for one, other in zip(rows[::2], rows[1::2], strict=True):
        together = side_by_side.add_products(together, one, other)
        together = side_by_side.add_multiples(side_by_side.add_row(together, one), other, 0.3)
        alone = ((alone + one * other) + one) + other * 0.3
    side_by_side.write(together, found)
    assert SECTORS == 12
    assert found.tolist() == alone.tolist()
