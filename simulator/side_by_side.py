"""Sums of all twelve sectors at once: each adds up as it would alone, and four go through the processor as one.

Rounding depends on the order of a sum, so a sum waits for each of its terms. Sums side by side wait together; sector
after sector, or with the sums kept in memory, takes two or three times as long.
"""

from typing import Any

from numpy.typing import NDArray

from agents.compiled import rule

Array = NDArray[Any]
Four = tuple[float, float, float, float]
Sums = tuple[Four, Four, Four]


@rule
def start_at(row: Array) -> Sums:
    """Sums that start at a row [sector]."""
    return _four(row, 0), _four(row, 4), _four(row, 8)


@rule
def add_row(sums: Sums, row: Array) -> Sums:
    """Sums plus a row [sector]."""
    return _plus_row(sums[0], row, 0), _plus_row(sums[1], row, 4), _plus_row(sums[2], row, 8)


@rule
def add_products(sums: Sums, one: Array, other: Array) -> Sums:
    """Sums plus the products of two rows [sector]."""
    return (
        _plus_products(sums[0], one, other, 0),
        _plus_products(sums[1], one, other, 4),
        _plus_products(sums[2], one, other, 8),
    )


@rule
def add_multiples(sums: Sums, row: Array, factor: float) -> Sums:
    """Sums plus the multiples of a row [sector]."""
    return (
        _plus_multiples(sums[0], row, factor, 0),
        _plus_multiples(sums[1], row, factor, 4),
        _plus_multiples(sums[2], row, factor, 8),
    )


@rule
def write(sums: Sums, row: Array) -> None:
    """Fill a row [sector] with the sums."""
    row[0], row[1], row[2], row[3] = sums[0]
    row[4], row[5], row[6], row[7] = sums[1]
    row[8], row[9], row[10], row[11] = sums[2]


@rule
def _four(row: Array, first: int) -> Four:
    return row[first], row[first + 1], row[first + 2], row[first + 3]


@rule
def _plus_row(four: Four, row: Array, at: int) -> Four:
    return four[0] + row[at], four[1] + row[at + 1], four[2] + row[at + 2], four[3] + row[at + 3]


@rule
def _plus_products(four: Four, one: Array, other: Array, at: int) -> Four:
    a, b, c, d = four
    return (
        a + one[at] * other[at],
        b + one[at + 1] * other[at + 1],
        c + one[at + 2] * other[at + 2],
        d + one[at + 3] * other[at + 3],
    )


@rule
def _plus_multiples(four: Four, row: Array, factor: float, at: int) -> Four:
    a, b, c, d = four
    return a + row[at] * factor, b + row[at + 1] * factor, c + row[at + 2] * factor, d + row[at + 3] * factor
