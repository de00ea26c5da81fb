"""How Python calls machine code.

To take a hundred arrays out of their Python objects takes longer than many a rule, and they are the same arrays every
year. A function that returns nothing is called by the address of its arguments (`agents.packing`), which are only
packed anew where one is another object than at the last call. Any other is called as numba does it.
"""

import ctypes
from collections.abc import Callable
from functools import cached_property
from inspect import Signature, signature
from operator import is_
from typing import Any, NamedTuple

from agents.machine_code import Compiled, ToAddress, pipeline_of
from agents.packing import NotPacked, Packed, joined, packed, packed_again

# An entry takes the address of words and tells 0, or what numba tells where something was raised.
_Entry = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_char_p)


class Call(NamedTuple):
    """A call made before: its arguments, packed, and the entry of the machine code for values of their kinds."""

    arguments: tuple[Any, ...]
    parts: tuple[Packed, ...]
    whole: Packed
    entry: Callable[[bytes], int]

    @property
    def ready(self) -> tuple[tuple[Any, ...], Callable[[bytes], int], bytes]:
        """What it takes to make it again: a plain tuple, which Python takes apart at once."""
        return self.arguments, self.entry, self.whole.words


# Before the first call: arguments that none will ever have, so that its entry is never called.
_NO_CALL = Call((object(),), (Packed(None, b""),), Packed(None, b""), ord)


class CalledByAddress(Compiled):
    """A function that returns nothing, and that Python calls by the address of its arguments."""

    def __init__(self, function: Any, variables: Any, options: dict[str, Any]) -> None:
        super().__init__(function, variables, options, ToAddress)
        self.entries: dict[Any, Callable[[bytes], int]] = {}
        self.last, self.ready = _NO_CALL, _NO_CALL.ready

    @cached_property
    def numbas(self) -> Any:
        """The same function as numba calls it: with records, lists and all that is not packed."""
        made = Compiled(self.py_func, self.locals, self.targetoptions)
        made.enable_caching()
        return made

    @cached_property
    def takes(self) -> Signature:
        """What the function takes."""
        return signature(self.py_func)

    def __call__(self, *args: Any, **named: Any) -> None:
        """Run the machine code."""
        arguments, entry, words = self.ready
        if named or len(args) != len(arguments) or not all(map(is_, args, arguments)):
            try:
                self.last = call = self._packed(args, named)
            except NotPacked:
                self.numbas(*args, **named)
                return
            self.ready = _, entry, words = call.ready
        if entry(words):
            raise RuntimeError(f"{self.__name__}: its machine code raised an error, or memory was short")

    def _packed(self, args: tuple[Any, ...], named: dict[str, Any]) -> Call:
        """The call with such arguments; what has not changed since the last call stays as it is."""
        last = self.last
        if named or len(args) < len(self.takes.parameters):
            bound = self.takes.bind(*args, **named)
            bound.apply_defaults()
            args = bound.args
        if len(args) == len(last.arguments):
            parts = packed_again(args, last.arguments, last.parts)
        else:
            parts = tuple(packed(one) for one in args)
        whole = joined(None, parts)
        if whole.kind == last.whole.kind:
            return Call(args, parts, whole, last.entry)
        if whole.kind not in self.entries:
            self.entries[whole.kind] = self._entry(args)
        return Call(args, parts, whole, self.entries[whole.kind])

    def _entry(self, args: Any) -> Callable[[bytes], int]:
        """Where to call the machine code for the types of these arguments, made if need be."""
        types = tuple(self.typeof_pyval(one) for one in args)
        self.compile(types)
        made = self.overloads[types]
        return _Entry(made.library.get_pointer_to_function(made.fndesc.llvm_cfunc_wrapper_name))


def compiled(function: Any, **options: Any) -> Any:
    """The function, to be compiled when it is first called; its machine code is kept in numba's cache folder."""
    kind = CalledByAddress if pipeline_of(function) is ToAddress else Compiled
    made = kind(function, {}, options)
    made.enable_caching()
    return made
