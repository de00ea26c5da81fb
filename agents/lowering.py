"""How a function is written in LLVM's language: numba's way, less what only takes time.

A third of what numba writes is about views of dozens of arrays. It hands on every number of every array, which the
function puts together again; it counts at every name how often an array's memory is needed; it writes every name to the
stack, and reads it from there. LLVM then removes nearly all of it. Here a view is handed on whole, what is lent to a
function for as long as it runs is not counted, and names that never change are not written.
"""

from collections import Counter
from copy import copy
from functools import cache
from typing import Any

from numba.core import ir
from numba.core.compiler_machinery import register_pass
from numba.core.cpu import CPUContext
from numba.core.datamodel import ArgPacker
from numba.core.lowering import Lower
from numba.core.typed_passes import NativeLowering
from numba.core.types.containers import BaseNamedTuple, BaseTuple
from numba.core.types.misc import Omitted

# How a name gets hold of a part of a tuple.
_TAKES_A_PART = {"getattr", "static_getitem", "getitem", "exhaust_iter"}


class _Whole:
    """How a view is handed on: as it is."""

    def __init__(self, model: Any) -> None:
        self.get_argument_type = model.get_value_type

    def as_argument(self, _builder: Any, view: Any) -> Any:
        """What the caller gives."""
        return view

    def from_argument(self, _builder: Any, view: Any) -> Any:
        """What the function has."""
        return view


class _Models:
    """How values of every type are handed on: as numba does it, but for views."""

    def __init__(self, models: Any) -> None:
        self._models = models

    def lookup(self, kind: Any) -> Any:
        """How values of a type are handed on."""
        model = self._models.lookup(kind)
        return _Whole(model) if isinstance(kind, BaseNamedTuple) else model


class Target(CPUContext):
    """What numba knows of the processor, with views handed on whole.

    Callers and functions must agree on that; numba's own functions, which know nothing of it, take no views.
    """

    def get_arg_packer(self, kinds: Any) -> ArgPacker:
        """What takes arguments of these types apart, and puts them together."""
        return ArgPacker(_Models(self.data_model_manager), kinds)


@cache
def known_as(kind: Any, context: CPUContext) -> Target:
    """The same knowledge of the processor, shared with numba, as such a kind of target."""
    made = copy(context)
    made.__class__ = kind
    return made  # type: ignore[no-any-return]


class _Lower(Lower):
    """Writes one function."""

    def init(self) -> None:
        """Find names that are lent, and those that are assigned once, before anything else, and need no stack."""
        super().init()
        assigned = [(where, one) for where, block in self.blocks.items() for one in block.find_insts(ir.Assign)]
        times = Counter(one.target.name for _, one in assigned)
        self._lent: set[str] = set()
        if self.generator_info is not None:
            return
        first = self.firstblk
        runs_once = all(first not in block.terminator.get_targets() for block in self.blocks.values())
        for where, one in assigned:
            name = one.target.name
            if times[name] == 1 and self._is_lent(one.value):
                self._lent.add(name)
            if times[name] == 1 and where == first and runs_once and not self._is_counted(name):
                self._singly_assigned_vars.add(name)

    def _is_lent(self, value: Any) -> bool:
        """Whether it is an argument, or a part of one, whose memory lasts as long as the function runs."""
        if isinstance(value, ir.Arg):
            return not isinstance(self.typeof(f"arg.{value.name}"), Omitted)
        if isinstance(value, ir.Var):
            return value.name in self._lent
        takes_a_part = isinstance(value, ir.Expr) and value.op in _TAKES_A_PART and value.value.name in self._lent
        return takes_a_part and isinstance(self.typeof(value.value.name), BaseTuple)

    def _is_counted(self, name: str) -> bool:
        """Whether it must be known how often the name's memory is needed."""
        holds_memory = self.context.data_model_manager[self.typeof(name)].contains_nrt_meminfo()
        return self.context.enable_nrt and holds_memory and name not in self._lent

    def lower_assign(self, ty: Any, inst: Any) -> Any:
        """The value of a name; numba counts where values are taken."""
        counts = self.context.enable_nrt
        self.context.enable_nrt = counts and inst.target.name not in self._lent
        try:
            return super().lower_assign(ty, inst)
        finally:
            self.context.enable_nrt = counts

    def storevar(self, value: Any, name: str, argidx: Any = None) -> None:
        """Give a name its value, in place of one that need not be counted any more."""
        if name in self._singly_assigned_vars or self._is_counted(name):
            super().storevar(value, name, argidx)
        else:
            self._alloca_var(name, self.typeof(name))
            self.builder.store(value, self.getvar(name))

    def delvar(self, name: str) -> None:
        """Take a name's value away, if it matters to anyone."""
        if self._is_counted(name):
            super().delvar(name)


@register_pass(mutates_CFG=True, analysis_only=False)
class Lowering(NativeLowering):
    """The pass of numba's pipeline that writes a function."""

    _name = "lowering_less"

    @property
    def lowering_class(self) -> type[Lower]:
        """Who writes it."""
        return _Lower
