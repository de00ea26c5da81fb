"""Machine code reads views by their names, and is called by the address of what it is given."""

from concurrent.futures import ThreadPoolExecutor
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


@process
def book(books: Books, months: int, is_open: bool, paid: np.ndarray) -> None:
    """Add interest of so many months to what was paid, while the books are open."""
    if is_open:
        paid[0] += books.rates.interest * books.debt * months / 12.0 + books.sales[-1]


@process
def roots(numbers: np.ndarray, found: np.ndarray) -> None:
    """Fill square roots; there is none of a negative number."""
    for place, number in enumerate(numbers):
        if number < 0.0:
            raise ValueError("no root")
        found[place] = number**0.5


def booked(*arguments, **named):
    """What is paid in a call, from nothing."""
    paid = np.zeros(1)
    book(*arguments, paid=paid, **named) if named else book(*arguments, paid)
    return paid[0]


def test_what_is_written_into_the_same_arrays_is_seen_by_the_next_call():
    sales, paid = np.array([0.0, 7.0]), np.zeros(1)
    books = Books(sales, Rates(0.25, 0.1), 120.0)
    for month in range(1, 4):
        book(books, 1, True, paid)
        assert paid[0] == pytest.approx(8.0 * month)
    sales[1] = -1.0
    book(books, 1, True, paid)
    assert paid[0] == pytest.approx(24.0)


def test_any_argument_may_be_another_at_the_next_call():
    assert booked(BOOKS, 12, True) == pytest.approx(120.0)
    assert booked(BOOKS, 6, True) == pytest.approx(115.0)
    assert booked(BOOKS, 6, False) == 0.0
    assert booked(BOOKS._replace(debt=0.0), 6, True) == 110.0
    assert booked(BOOKS._replace(rates=Rates(0.25, 0.2)), 12, True) == pytest.approx(130.0)
    assert booked(BOOKS, 12, True) == pytest.approx(120.0)


@pytest.mark.parametrize(
    "sales",
    [np.arange(9.0)[::4], np.arange(9, dtype=np.int64), np.asfortranarray(np.arange(9.0)), np.arange(9, dtype="f4")],
)
def test_arrays_of_every_make_are_read_as_they_are(sales):
    assert booked(BOOKS._replace(sales=sales), 12, True) == pytest.approx(18.0)
    assert booked(BOOKS, 12, True) == pytest.approx(120.0)


def test_an_array_that_must_not_be_written_to_may_be_read():
    sales = np.array([3.0])
    sales.setflags(write=False)
    assert booked(BOOKS._replace(sales=sales), 12, True) == pytest.approx(13.0)


def test_an_empty_array_is_an_argument_like_another():
    paid = np.zeros(1)
    roots(np.zeros(0), paid)
    assert paid[0] == 0.0


def test_arguments_by_name_and_numbers_of_numpy_are_taken():
    assert booked(months=np.float64(12.0), books=BOOKS, is_open=True) == pytest.approx(120.0)
    assert booked(BOOKS, np.int64(12), np.bool_(True)) == pytest.approx(120.0)


def test_an_argument_that_is_left_out_has_its_default():
    @process
    def twice(numbers: np.ndarray, found: np.ndarray, factor: float = 2.0) -> None:
        found[:] = factor * numbers

    found = np.zeros(1)
    for given, doubled in (((), 6.0), ((3.0,), 9.0), ((), 6.0)):
        twice(np.array([3.0]), found, *given)
        assert found[0] == doubled
    twice(np.array([4.0]), found=found)
    assert found[0] == 8.0


def test_what_is_no_array_or_number_goes_to_machine_code_as_numba_takes_it():
    found = np.zeros(2)
    roots((4.0, 9.0), found)
    assert list(found) == [2.0, 3.0]


def test_a_wrong_number_of_arguments_is_refused_and_nothing_is_run():
    with pytest.raises(TypeError):
        book(BOOKS, 12)
    with pytest.raises(TypeError):
        book(BOOKS, 12, True, np.zeros(1), 1)


def test_an_error_within_machine_code_is_not_silent():
    roots(np.array([4.0]), np.zeros(1))
    for _ in range(2):
        with pytest.raises((RuntimeError, ValueError)):
            roots(np.array([-1.0]), np.zeros(1))


def test_calls_from_several_threads_keep_their_own_arguments():
    def work(number: int) -> float:
        paid = np.zeros(1)
        books = BOOKS._replace(sales=np.array([float(number)]), debt=0.0)
        for _ in range(2000):
            book(books, 12, True, paid)
        return paid[0]

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(work, range(4))) == [2000.0 * number for number in range(4)]
