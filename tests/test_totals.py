"""Sums: the compiled one adds in numpy's order."""

import numpy as np

from simulator.totals import sum_side_by_side, total_of


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
