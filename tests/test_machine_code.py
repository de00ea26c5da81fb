"""Views reach machine code by their values, and rules still read them by name."""

from typing import NamedTuple

import numpy as np
import pytest

from agents.compiled import process, rule


class Rates(NamedTuple):
    """Two rates of one type: mixed up, they would not be missed."""

    tax: float
    interest: float


class Books(NamedTuple):
    """A view that holds another one."""

    sales: np.ndarray
    rates: Rates
    debt: float


class Shuffled(NamedTuple):
    """As `Rates`, the other way round."""

    interest: float
    tax: float


@rule
def tax_of(rates: Rates, profit: float) -> float:
    """Tax in the unit of profit."""
    return rates.tax * profit


@rule
def income(row: int, books: Books) -> float:
    """Sales less interest, taxed."""
    return (books.sales[row] - books.rates.interest * books.debt) * (1.0 - books.rates.tax)


@rule
def spread(earned, rates: Rates) -> float:
    """The first of some rates that are earned over the rate of interest."""
    return earned[0] - rates.interest


@process
def raised(books: Books) -> Books:
    """The same books with twice the debt."""
    return Books(books.sales, books.rates, 2.0 * books.debt)


BOOKS = Books(np.array([0.0, 110.0]), Rates(0.25, 0.1), 100.0)


def test_a_view_within_a_view_is_read_by_name():
    assert income(1, BOOKS) == pytest.approx(75.0)
    assert income(1, BOOKS._replace(debt=0.0)) == pytest.approx(82.5)


@pytest.mark.parametrize("called_first", [Rates, Shuffled])
def test_names_count_and_not_places(called_first):
    """Both are pairs of numbers; either is read by its own names, whichever came first."""
    fresh = rule(getattr(tax_of, "py_func", tax_of))
    kinds = [Rates, Shuffled] if called_first is Rates else [Shuffled, Rates]
    for kind in [*kinds, *kinds]:
        assert fresh(kind(tax=0.25, interest=0.1), 100.0) == 25.0


def test_a_view_is_found_behind_an_argument_without_annotation():
    assert spread((0.3, 0.9), Rates(0.25, 0.1)) == pytest.approx(0.2)


def test_a_call_with_too_few_arguments_is_refused():
    with pytest.raises(TypeError, match="argument"):
        tax_of()


def test_other_types_of_values_compile_anew():
    assert income(1, BOOKS._replace(sales=np.array([0, 110]))) == pytest.approx(75.0)
    assert income(1, BOOKS._replace(rates=Rates(0, 0.1))) == pytest.approx(100.0)


def test_what_is_given_by_keyword_or_returned_keeps_its_names():
    assert income(row=1, books=BOOKS) == pytest.approx(75.0)
    assert raised(BOOKS).debt == 200.0
    assert type(raised(BOOKS)) is Books
