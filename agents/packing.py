"""What Python hands to machine code, in bytes: a word for each number of which numba makes up an argument.

An array is its size, its place in memory and its shape; a tuple is what it holds, one after the other. What is made
once a run and filled in place is packed once: nobody looks again at what is the same object as before.
"""

from ctypes import addressof, c_char
from struct import Struct
from typing import Any, NamedTuple

import numpy as np


class Packed(NamedTuple):
    """The words of a value, and its kind: all values of a kind are of one type to numba."""

    kind: Any
    words: bytes


class PackedTuple(NamedTuple):
    """A tuple packed before, and what it holds packed."""

    value: tuple[Any, ...]
    parts: tuple[Packed, ...]
    whole: Packed


class NotPacked(TypeError):
    """A value that is neither array, nor number, nor a tuple of such."""


# Of a layout in memory: in order of C, in order of Fortran, aligned, writeable.
_LAYOUT = 0x1 | 0x2 | 0x100 | 0x400
# By number of dimensions: no owner, size, bytes of an element, place, lengths and steps.
_ARRAYS = [Struct(f"{5 + 2 * dimensions}q") for dimensions in range(33)]
_WHOLE, _REAL = Struct("q"), Struct("d")
_WHOLES: dict[type, type] = {int: int, np.int64: int, bool: bool, np.bool_: bool}
_LARGEST = 2**63
_byte_of = c_char.from_buffer
# One object for each kind of array, which Python compares at a glance.
_kinds: dict[Any, Any] = {}
# Of each kind of view the one packed last: several functions see the same.
_views: dict[type, PackedTuple] = {}


def packed(value: Any) -> Packed:
    """The value as machine code takes it. Raises NotPacked for what it must be given in another way."""
    kind = type(value)
    if kind is np.ndarray or kind is np.recarray:
        return _array(value)
    if kind is float or kind is np.float64:
        return Packed(float, _REAL.pack(value))
    if kind in _WHOLES and abs(int(value)) < _LARGEST:
        return Packed(_WHOLES[kind], _WHOLE.pack(int(value)))
    if issubclass(kind, tuple):
        return _tuple(value, kind)
    raise NotPacked(kind.__name__)


def packed_again(values: tuple[Any, ...], before: tuple[Any, ...], parts: tuple[Packed, ...]) -> tuple[Packed, ...]:
    """Values packed, with the parts that were packed before where a value is still the same object."""
    return tuple(
        part if value is old else packed(value) for value, old, part in zip(values, before, parts, strict=True)
    )


def joined(kind: Any, parts: tuple[Packed, ...]) -> Packed:
    """One after the other."""
    return Packed((kind, *[part.kind for part in parts]), b"".join([part.words for part in parts]))


def _array(array: Any) -> Packed:
    kind = array.dtype, array.ndim, array.flags.num & _LAYOUT
    words = _ARRAYS[array.ndim].pack(0, 0, array.size, array.itemsize, _place(array), *array.shape, *array.strides)
    return Packed(_kinds.setdefault(kind, kind), words)


def _place(array: Any) -> int:
    """Where it stands in memory. numpy's own answer takes five times as long, but for records: what lends their bytes
    describes all of their quantities."""
    if array.dtype.names is None:
        try:
            return addressof(_byte_of(array))
        except (TypeError, ValueError):  # it may not be written to, has gaps, or is empty
            pass
    return int(array.ctypes.data)


def _tuple(value: tuple[Any, ...], kind: type) -> Packed:
    before = _views.get(kind)
    if before is None or len(before.value) != len(value):
        parts = tuple([packed(one) for one in value])
    elif before.value is value:
        return before.whole
    else:
        parts = packed_again(value, before.value, before.parts)
    whole = joined(kind, parts)
    _views[kind] = PackedTuple(value, parts, whole)
    return whole
