"""When machine code is made: for what Python calls, and only then.

numba makes machine code, and an entry for Python, of every function that another compiled function calls, although the
caller takes its text in and never calls either; that was half of what a first run waited for. Here such a function is
handed to its callers as it was lowered, in LLVM's intermediate language. They optimise it within themselves, once.
"""

import gc
from typing import Any

from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler, Flags
from numba.core.registry import CPUDispatcher


class Ingredient(JITCodeLibrary):
    """A function in LLVM's language that is linked into its callers; it has no address, and no place for globals."""

    def _optimize_final_module(self) -> None:
        """The caller's optimisation sees it all."""

    def _finalize_final_module(self) -> None:
        self._finalized = True

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


class _ToMachineCode(Compiler):
    """numba's pipeline."""

    def __init__(self, typing: Any, target: Any, library: Any, args: Any, result: Any, flags: Any, *rest: Any) -> None:
        super().__init__(typing, target, library, args, result, _Options(flags), *rest)


class _ToIngredient(_ToMachineCode):
    """numba's pipeline with an ingredient as its product."""

    def __init__(self, typing: Any, target: Any, _library: Any, *rest: Any) -> None:
        super().__init__(typing, target, Ingredient(target.codegen(), "ingredient"), *rest)

    def define_pipelines(self) -> Any:
        """As always, without an entry for Python; told so late, types of both products are inferred as one."""
        self.state.flags.no_cpython_wrapper = True
        return super().define_pipelines()


class Compiled(CPUDispatcher):
    """A function that Python calls as machine code and compiled functions take in as an ingredient."""

    def __init__(self, function: Any, variables: Any, options: dict[str, Any], pipeline: Any = _ToMachineCode) -> None:
        super().__init__(function, variables, options, pipeline)
        self.ingredient = CPUDispatcher(function, variables, options, _ToIngredient)

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


def compiled(function: Any, **options: Any) -> Any:
    """The function, to be compiled when it is first called; its machine code is kept in numba's cache folder."""
    made = Compiled(function, {}, options)
    made.enable_caching()
    return made
