"""How Python calls machine code.

Machine code is found by the types of what it is called with. Of a named tuple, numba spells out all names at every
call, which took longer than deciding; a function says by its annotations what views it takes, so values are enough.

To take a hundred arrays out of their Python objects takes longer than many a rule, too, and they are the same arrays
every year. A function that returns nothing is called by the address of its arguments (`agents.packing`), which are
only packed anew where one is another object than at the last call.
"""

import ctypes
from collections.abc import Callable
from functools import cache, cached_property
from inspect import get_annotations, signature
from typing import Any, NamedTuple

from numba.core.types.containers import BaseNamedTuple, BaseTuple

from agents.machine_code import Compiled, ToAddress, pipeline_of
from agents.packing import NotPacked, Packed, are_same, joined, packed, packed_again

# An entry takes the address of words and tells 0, or what numba tells where something was raised.
_Entry = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_char_p)


class View:
    """A kind of named tuple, and which of its fields are named tuples themselves."""

    def __init__(self, kind: Any) -> None:
        self.kind = kind
        self.inner = views_of(kind)
        # What was handed on last, and its values: several functions see the same view, and parameters stay all along.
        self.last: tuple[Any, tuple[Any, ...]] = (None, ())

    def values(self, view: Any) -> tuple[Any, ...]:
        """What the view holds, without names."""
        last, values = self.last
        if view is last:
            return values
        if self.inner:
            plain = list(view)
            for place, inner in self.inner:
                if type(plain[place]) is inner.kind:
                    plain[place] = inner.values(plain[place])
            values = tuple(plain)
        else:
            values = tuple(view)
        self.last = view, values
        return values

    def named(self, values: Any) -> Any:
        """The view that holds such values."""
        named = list(values)
        for place, inner in self.inner:
            if type(named[place]) is tuple:
                named[place] = inner.named(named[place])
        return self.kind(*named)

    def values_type(self, seen: Any) -> Any:
        """The type of what the view holds; numba's type of anything else as it is, lest names be taken for others."""
        if not isinstance(seen, BaseNamedTuple) or seen.instance_class is not self.kind:
            return seen
        types = list(seen.types)
        for place, inner in self.inner:
            types[place] = inner.values_type(types[place])
        return BaseTuple.from_types(types)


def views_of(annotated: Any) -> list[tuple[int, View]]:
    """Places of named tuples among a function's arguments or a named tuple's fields, by their annotations."""
    annotations = get_annotations(annotated)
    names = annotated._fields if hasattr(annotated, "_fields") else signature(annotated).parameters
    kinds = [annotations.get(name) for name in names]
    return [(place, _view_of(kind)) for place, kind in enumerate(kinds) if hasattr(kind, "_fields")]


@cache
def _view_of(kind: Any) -> View:
    """The one view of a kind, which all functions share."""
    return View(kind)


class CompiledWithViews(Compiled):
    """A function some of whose arguments are views: named tuples, handed on to the machine code as plain ones."""

    def __init__(self, function: Any, variables: Any, options: dict[str, Any]) -> None:
        super().__init__(function, variables, options)
        self.views, self.arguments = views_of(function), len(signature(function).parameters)
        # numba's own way to run it; to look that up at every call takes as long as to check types.
        self.run = super().__call__

    def __call__(self, *args: Any, **named: Any) -> Any:
        """Run the machine code."""
        if named or len(args) < self.arguments:
            return super().__call__(*args, **named)
        plain = list(args)
        for place, view in self.views:
            if type(plain[place]) is view.kind:
                plain[place] = view.values(plain[place])
        return self.run(*plain)

    def add_overload(self, cres: Any) -> None:
        """Let machine code be found by the types of values alone, too."""
        super().add_overload(cres)
        types = list(cres.signature.args)
        for place, view in self.views:
            types[place] = view.values_type(types[place])
        if types == list(cres.signature.args):
            return
        self._insert([one._code for one in types], cres.entry_point, cres.objectmode)

    def _compile_for_args(self, *args: Any, **named: Any) -> Any:
        views = list(args)
        for place, view in self.views:
            if type(views[place]) is tuple:
                views[place] = view.named(views[place])
        return super()._compile_for_args(*views, **named)


class Call(NamedTuple):
    """A call made before: its arguments, packed, and the entry of the machine code for values of their kinds."""

    arguments: tuple[Any, ...]
    parts: tuple[Packed, ...]
    whole: Packed
    entry: Callable[[bytes], int]


# Before the first call: arguments that none will ever have.
_NO_CALL = Call((object(),), (Packed(None, b""),), Packed(None, b""), ord)


class CalledByAddress(Compiled):
    """A function that returns nothing, and that Python calls by the address of its arguments."""

    def __init__(self, function: Any, variables: Any, options: dict[str, Any]) -> None:
        super().__init__(function, variables, options, ToAddress)
        self.entries: dict[Any, Callable[[bytes], int]] = {}
        self.last = _NO_CALL

    @cached_property
    def numbas(self) -> Any:
        """The same function as numba calls it: with records, lists and all that is not packed."""
        made = Compiled(self.py_func, self.locals, self.targetoptions)
        made.enable_caching()
        return made

    def __call__(self, *args: Any, **named: Any) -> None:
        """Run the machine code."""
        call = self.last
        if named or not are_same(args, call.arguments):
            try:
                call = self._packed(args, named)
            except NotPacked:
                self.numbas(*args, **named)
                return
            self.last = call
        if call.entry(call.whole.words):
            raise RuntimeError(f"{self.__name__}: its machine code raised an error, or memory was short")

    def _packed(self, args: tuple[Any, ...], named: dict[str, Any]) -> Call:
        """The call with such arguments; what has not changed since the last call stays as it is."""
        last = self.last
        if named:
            args = signature(self.py_func).bind(*args, **named).args
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
    if pipeline_of(function) is ToAddress:
        made: Compiled = CalledByAddress(function, {}, options)
    else:
        made = (CompiledWithViews if views_of(function) else Compiled)(function, {}, options)
    made.enable_caching()
    return made
