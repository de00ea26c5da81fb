"""The state of an agent is one record of a numpy structured array; one annotated class declares it.

From the class come the dtype of the array, the properties of the Mesa agent, the types for mypy and the nomenclature.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

# A processor fetches memory by so many bytes.
LINE_BYTES = 64


@dataclass(frozen=True)
class Field:
    """One quantity of a record: numpy type, unit, meaning and, for plant slots or time blocks, the shape."""

    kind: str
    unit: str
    meaning: str
    shape: tuple[int, ...] = ()


def field(kind: str, unit: str, meaning: str, shape: tuple[int, ...] = ()) -> Any:
    """Declare a quantity in the body of a `Record` class."""
    return Field(kind, unit, meaning, shape)


class Record:
    """Base of the annotated classes. Two record classes need distinct first fields, else numba warns."""

    @classmethod
    def fields(cls) -> Iterator[tuple[str, Field]]:
        """Names and declarations, in the order of the class body."""
        return ((name, value) for name, value in vars(cls).items() if isinstance(value, Field))

    @classmethod
    @cache
    def dtype(cls) -> np.dtype[Any]:
        """The structured dtype, aligned so that each quantity starts on its own boundary."""
        return np.dtype([(name, value.kind, value.shape) for name, value in cls.fields()], align=True)

    @classmethod
    def table(cls, rows: int) -> Any:
        """A record array of `rows` agents, every quantity zero. Numpy's types do not know its fields, hence `Any`."""
        return np.zeros(rows, dtype=cls._element()).view(np.recarray)

    @classmethod
    def grid(cls, *shape: int) -> Any:
        """An array of records by several indices, every quantity zero, as views hand it to rules.

        Unlike a record array it costs compiled loops no detour; `grid[i, j].name` and `grid["name"]` read it alike.
        """
        return np.zeros(shape, dtype=cls._element())

    @classmethod
    @cache
    def _element(cls) -> np.dtype[Any]:
        """The dtype of records with attributes; one object for all of a kind, which compiled loops know at a glance."""
        return np.dtype((np.record, cls.dtype()))


def copied(table: Any) -> Any:
    """A copy of a record array with its padding; numpy's own copies field by field and takes twenty times as long.

    It begins at a line of the cache, as the order of quantities supposes: what stands together is fetched together.
    """
    size = table.size * table.dtype.itemsize
    room = np.empty(size + LINE_BYTES, np.uint8)
    start = -room.ctypes.data % LINE_BYTES
    room[start : start + size] = table.view(np.ndarray).view(np.uint8)
    return room[start : start + size].view(table.dtype).view(np.recarray)
