"""What tables are written to: the rows of one year, or of all."""

from typing import Any, NamedTuple

from numpy.typing import NDArray

from agents.compiled import process

Array = NDArray[Any]


class Pages(NamedTuple):
    """Rows of one year, or of all, then with the year first. national [1]; provinces, governments [P]; sectors [P, S];
    routes [P, K]; power [P, T]; lines [L]; constraints [P, S, causes]; carbon_market [M]; green_certificates: numbers
    [P, columns]."""

    national: Array
    provinces: Array
    sectors: Array
    routes: Array
    power: Array
    lines: Array
    constraints: Array
    green_certificates: Array
    carbon_market: Array
    governments: Array


@process
def page_of(book: Pages, i: int) -> Pages:
    """Year i of all; it hands arrays back, which a rule must not."""
    return Pages(
        book.national[i],
        book.provinces[i],
        book.sectors[i],
        book.routes[i],
        book.power[i],
        book.lines[i],
        book.constraints[i],
        book.green_certificates[i],
        book.carbon_market[i],
        book.governments[i],
    )
