"""Functions as they are written for LLVM: what is lent is not counted, what is made is, and views come as they are."""

import sys
from typing import NamedTuple

import numpy as np
import psutil
import pytest

from agents.compiled import process, rule

LENGTH = 50


class Pair(NamedTuple):
    """Two arrays."""

    first: np.ndarray
    second: np.ndarray


class Purse(NamedTuple):
    """A view with all that a view may hold."""

    coins: tuple[int, int]
    pair: Pair
    is_open: bool
    rate: float


@process
def larger(pair: Pair) -> np.ndarray:
    """The array of a pair with the larger sum: one of those given."""
    first, second = pair
    best = first
    if second.sum() > first.sum():
        best = pair.second
    return best


@process
def swapped(pair: Pair) -> Pair:
    """The same arrays the other way round, by way of a name that changes."""
    found = pair
    for _ in range(3):
        found = Pair(found.second, found.first)
    return found


@process
def doubled_twice(numbers: np.ndarray) -> np.ndarray:
    """Four times the numbers, by way of an array that is not needed in the end."""
    for _ in range(2):
        numbers = 2.0 * numbers
    return numbers


@process
def countdown(number: int) -> int:
    """Steps to nought; the function begins with its loop."""
    while True:
        last = number - 1
        if last < 0:
            return last
        number = last


@rule
def worth(purse: Purse) -> float:
    """What a purse is worth."""
    value = purse.rate * (purse.coins[0] + 10 * purse.coins[1]) + purse.pair.first[-1]
    return value if purse.is_open else 0.0


@process
def appraise(purse: Purse, found: np.ndarray) -> None:
    """Fill what a purse is worth, whole and with its arrays swapped."""
    found[0] = worth(purse)
    found[1] = worth(Purse(purse.coins, swapped(purse.pair), purse.is_open, purse.rate))


def pair() -> Pair:
    """New arrays."""
    return Pair(np.arange(LENGTH) + 0.5, np.arange(LENGTH) + 1.5)


def references(view: Pair) -> list[int]:
    """How many hold each array."""
    return [sys.getrefcount(one) for one in view]


def test_what_is_lent_and_given_back_outlives_the_loan():
    found = larger(pair())
    np.zeros((99, LENGTH))  # takes the place of what was let go too early
    assert list(found) == [row + 1.5 for row in range(LENGTH)]


@pytest.mark.parametrize("function", [larger, swapped])
def test_whoever_is_done_with_an_array_lets_go(function):
    view = pair()
    function(view)
    before = references(view)
    for _ in range(20):
        function(view)
    assert references(view) == before
    kept = function(view)
    assert sum(references(view)) > sum(before) and kept is not None


def test_a_name_that_changes_holds_what_it_was_given_last():
    view = pair()
    assert [one[0] for one in swapped(view)] == [1.5, 0.5]
    assert countdown(3) == -1


def test_what_is_made_on_the_way_is_freed():
    numbers = np.arange(LENGTH) + 0.0
    assert list(doubled_twice(numbers)) == list(4.0 * numbers)
    many = np.ones(1_000_000)
    before = psutil.Process().memory_info().rss
    for _ in range(50):
        doubled_twice(many)
    assert psutil.Process().memory_info().rss - before < 10 * many.nbytes


@pytest.mark.parametrize(("is_open", "values"), [(True, [71.5, 72.5]), (False, [0.0, 0.0])])
def test_a_view_is_the_same_to_python_and_to_every_function(is_open, values):
    purse, found = Purse((2, 1), pair(), is_open, 22.0 / 12.0), np.zeros(2)
    appraise(purse, found)
    assert list(found) == pytest.approx(values)
    assert worth(purse) == pytest.approx(values[0])
