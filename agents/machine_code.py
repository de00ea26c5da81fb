"""When machine code is made: for what Python calls, and only then.

numba makes machine code, and an entry for Python, of every function that another compiled function calls, although the
caller takes its text in and never calls either; that was half of what a first run waited for. Here such a function is
handed to its callers as it was lowered, in LLVM's intermediate language. They optimise it within themselves, once.
"""

from typing import Any

from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
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


class _ToIngredient(Compiler):
    """numba's pipeline with an ingredient as its product."""

    def __init__(self, typing: Any, target: Any, _library: Any, *rest: Any) -> None:
        library = Ingredient(target.codegen(), "ingredient")
        super().__init__(typing, target, library, *rest)


class Compiled(CPUDispatcher):
    """A function that Python calls as machine code and compiled functions take in as an ingredient."""

    def __init__(self, function: Any, variables: Any, options: dict[str, Any], pipeline: Any = Compiler) -> None:
        super().__init__(function, variables, options, pipeline)
        self.ingredient = CPUDispatcher(function, variables, options | {"no_cpython_wrapper": True}, _ToIngredient)

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
