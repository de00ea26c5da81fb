"""When machine code is made: for what Python calls, and only then.

numba makes machine code, and an entry for Python, of every function that another compiled function calls, although the
caller takes its text in and never calls either; that was half of what a first run waited for. Here such a function is
handed to its callers as it was lowered, in LLVM's intermediate language. They optimise it within themselves, once.

numba also keeps a second copy of every function's text, for callers yet to come, in memory and in the cache. Nobody
takes in what was made for Python, and an ingredient is its own copy; LLVM's text was most of the memory of a first run.
"""

import gc
from copy import copy
from functools import cache, cached_property
from inspect import get_annotations
from typing import Any
from uuid import uuid4

import llvmlite.binding as llvm
from llvmlite import ir
from numba.core.caching import FunctionCache, IndexDataCacheFile
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler, Flags
from numba.core.postproc import PostProcessor, VariableLifetime
from numba.core.registry import CPUDispatcher
from numba.core.transforms import canonicalize_cfg
from numba.core.typed_passes import AnnotateTypes, NativeLowering
from numba.core.types.functions import BaseFunction
from numba.core.typing import Context

from agents.lowering import Lowering, Target, known_as


class _Library(JITCodeLibrary):
    """A function's text in LLVM's language, and what becomes of it."""

    def add_ir_module(self, module: Any) -> None:
        """Take a module as text, and take apart what it was made of: in one piece it is a ring, and hard to forget."""
        super().add_ir_module(module)
        for function in module.functions:
            for block in function.blocks:
                block.instructions.clear()

    def _optimize_functions(self, module: Any) -> None:
        """Simplify what the module defines; numba sets up as much again for each of the many functions it names."""
        module.data_layout = self._codegen._data_layout
        passes, builder = self._codegen._function_pass_manager()
        for function in module.functions:
            if not function.is_declaration:
                passes.run(function, builder)


def _names_in(module: Any) -> Any:
    """A module with names of all that another defines, by which numba finds machine code, but nothing in them."""
    names = ir.Module()
    for one in module.functions:
        if not one.is_declaration:
            function = ir.Function(names, ir.FunctionType(ir.VoidType(), ()), one.name)
            ir.IRBuilder(function.append_basic_block()).ret_void()
    for one in module.global_variables:
        if not one.is_declaration:
            ir.GlobalVariable(names, ir.IntType(8), one.name).initializer = ir.IntType(8)(0)
    return llvm.parse_assembly(str(names))


class Product(_Library):
    """A function that Python calls; no compiled function takes it in."""

    def serialize_using_object_code(self) -> tuple[str, str, tuple[bytes, bytes]]:
        """What the cache keeps: machine code, and in place of the text that callers would take in, what it defines."""
        self._ensure_finalized()
        return self.name, "object", (self._get_compiled_object(), _names_in(self._final_module).as_bitcode())


class Ingredient(_Library):
    """A function in LLVM's language that is linked into its callers; it has no address, and no place for globals."""

    def _optimize_final_module(self) -> None:
        """The caller's optimisation sees it all."""

    def _finalize_final_module(self) -> None:
        self._finalized = True

    def _get_module_for_linking(self) -> Any:
        """Its own module, since nothing else uses it; several callers' modules may have what it defines."""
        self._ensure_finalized()
        for function in self._final_module.functions:
            if not function.is_declaration and function.linkage == llvm.Linkage.external:
                function.linkage = "linkonce_odr"
        return self._final_module

    def get_pointer_to_function(self, name: str) -> int:
        """None: nobody calls it."""
        return 0

    @property
    def codegen(self) -> "Ingredient":
        """Whom numba tells where the function's globals are."""
        return self

    def set_env(self, name: str, env: Any) -> None:
        """The caller's machine code holds the globals."""


class _Options(Flags):
    """numba's options of a compilation, compared by those that are set: it looks them up at every operator."""

    __slots__ = ()

    def __hash__(self) -> int:
        return hash(frozenset(self._values))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Options) and self._values == other._values


class _Typing(Context):
    """What numba knows of types, and what it has found of numba's own functions and operators: it would search all that
    a function or an operator can be at every place where it is used."""

    found: dict[Any, Any]

    def _resolve_user_function_type(self, function: Any, args: Any, named: Any, literals: Any = None) -> Any:
        kind = self._lookup_global(function) or function
        if not isinstance(kind, BaseFunction):
            return super()._resolve_user_function_type(function, args, named, literals)
        call = kind, tuple(args), tuple(dict(named).items())
        if call not in self.found:
            self.found[call] = super()._resolve_user_function_type(function, args, named, literals)
        return self.found[call]


@cache
def _remembering(context: Any) -> _Typing:
    """The same knowledge of types, shared with numba, with a memory for calls."""
    made = copy(context)
    made.__class__, made.found = _Typing, {}
    return made  # type: ignore[no-any-return]


_look_at_all = PostProcessor.run


def _look_at_order(self: PostProcessor, emit_dels: bool = False, extend_lifetimes: bool = False) -> None:
    """What numba does after each of its passes, but for where names are needed last, unless it wants to write that."""
    if emit_dels or self.func_ir.is_generator:
        _look_at_all(self, emit_dels, extend_lifetimes)
        return
    self.func_ir.blocks = canonicalize_cfg(self.func_ir.blocks)
    self.func_ir.variable_lifetime = VariableLifetime(self.func_ir.blocks)  # looks when it is asked
    self.func_ir.generator_info = None


class _ToMachineCode(Compiler):
    """numba's pipeline, but for how functions are written (`agents.lowering`), and without their annotation with types,
    for people, which would be kept for ever."""

    product: type[_Library] = Product
    target: Any = Target

    def __init__(self, typing: Any, target: Any, _library: Any, args: Any, result: Any, flags: Any, *rest: Any) -> None:
        library = self.product(target.codegen(), self.product.__name__)
        library.enable_object_caching()
        known = _remembering(typing), known_as(self.target, target)
        super().__init__(*known, library, args, result, _Options(flags), *rest)

    def _compile_core(self) -> Any:
        """Run the passes; whoever compiles anything else waits meanwhile."""
        looks = PostProcessor.run
        PostProcessor.run = _look_at_order
        try:
            return super()._compile_core()
        finally:
            PostProcessor.run = looks

    def define_pipelines(self) -> Any:
        """numba's only one, with these changes."""
        pipelines = super().define_pipelines()
        for one in pipelines:
            passes = [(made, told) for made, told in one.passes if made is not AnnotateTypes]
            one.passes = [(Lowering if made is NativeLowering else made, told) for made, told in passes]
        return pipelines


def _read(builder: Any, words: Any, place: int, kind: Any) -> tuple[Any, int]:
    """A value of LLVM's type, whose parts are words from that place on, and the place behind them."""
    if not isinstance(kind, ir.Aggregate):
        here = builder.gep(words, (ir.IntType(64)(place),))
        return builder.load(builder.bitcast(here, kind.as_pointer())), place + 1
    value = ir.Constant(kind, ir.Undefined)
    for number, part in enumerate(kind.elements):
        one, place = _read(builder, words, place, part)
        value = builder.insert_value(value, one, number)
    return value, place


class _ByAddress(Target):
    """What numba knows of the processor."""

    def create_cfunc_wrapper(self, library: Any, fndesc: Any, env: Any, call_helper: Any) -> None:
        """Add an entry that loads every word and calls the function, in place of numba's for C."""
        module = self.create_module("by_address")
        takes = self.call_conv.get_function_type(fndesc.restype, fndesc.argtypes)
        function = ir.Function(module, takes, fndesc.llvm_func_name)
        entry_type = ir.FunctionType(ir.IntType(32), (ir.IntType(64).as_pointer(),))
        entry = ir.Function(module, entry_type, fndesc.llvm_cfunc_wrapper_name)
        builder = ir.IRBuilder(entry.append_basic_block())
        result, raised, *arguments = takes.args
        given = [builder.alloca(result.pointee), builder.alloca(raised.pointee)]
        place = 0
        for kind in arguments:
            argument, place = _read(builder, entry.args[0], place, kind)
            given.append(argument)
        builder.ret(builder.call(function, given, attrs=("noinline",)))
        library.add_ir_module(module)


class ToAddress(_ToMachineCode):
    """The same, called from Python by the address of its arguments alone."""

    target = _ByAddress

    def define_pipelines(self) -> Any:
        """As always, with an entry for C and none for Python."""
        self.state.flags.no_cpython_wrapper, self.state.flags.no_cfunc_wrapper = True, False
        return super().define_pipelines()


class _ToIngredient(_ToMachineCode):
    """The same with an ingredient as its product."""

    product = Ingredient

    def define_pipelines(self) -> Any:
        """As always, without an entry for Python; told so late, types of both products are inferred as one."""
        self.state.flags.no_cpython_wrapper = True
        return super().define_pipelines()


class _Files(IndexDataCacheFile):
    """The files of a function's machine code.

    numba numbers them. Two processes that save at once, for different types, could give both one number: whoever then
    asked for the one would run the other.
    """

    def __init__(self, numbered: IndexDataCacheFile, name: str) -> None:
        super().__init__(numbered._cache_path, name, numbered._source_stamp)
        self._base = name

    def _data_name(self, number: int) -> str:
        """A name that nobody else gives."""
        return f"{self._base}.{uuid4().hex[:12]}.nbc"


class Compiled(CPUDispatcher):
    """A function that Python calls as machine code and compiled functions take in as an ingredient."""

    def __init__(self, function: Any, variables: Any, options: dict[str, Any], pipeline: Any = _ToMachineCode) -> None:
        super().__init__(function, variables, options, pipeline)
        self.pipeline = pipeline

    @cached_property
    def ingredient(self) -> Any:
        """What compiled functions take in; where all is in the cache, nobody asks for it."""
        return CPUDispatcher(self.py_func, self.locals, self.targetoptions, _ToIngredient)

    def enable_caching(self) -> None:
        """Keep machine code in numba's cache folder, as it is now."""
        self._cache = FunctionCache(self.py_func)
        name = f"{self._cache._impl.filename_base}.{self.pipeline.__name__}"
        self._cache._cache_file = _Files(self._cache._cache_file, name)

    def compile(self, sig: Any) -> Any:
        """The machine code for types of arguments, from the cache or made anew.

        Compiling leaves much that is garbage only at its end, for which Python would look all the while.
        """
        collects, known = gc.isenabled(), self.stats.cache_misses.total()
        gc.disable()
        try:
            return super().compile(sig)
        finally:
            if collects:
                gc.enable()
                if self.stats.cache_misses.total() > known:
                    gc.collect(1)

    def get_call_template(self, args: Any, kws: Any) -> Any:
        """What type a compiled caller gets back."""
        return self.ingredient.get_call_template(args, kws)

    def get_overload(self, sig: Any) -> Any:
        """What a compiled caller calls."""
        return self.ingredient.get_overload(sig)


def pipeline_of(function: Any) -> type[_ToMachineCode]:
    """How machine code of a function is made: one that returns nothing, as it says, can be called by address."""
    returns = get_annotations(function).get("return", Any)
    return ToAddress if returns in (None, "None") else _ToMachineCode
