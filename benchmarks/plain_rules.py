"""The compiled rules in plain Python: the same lines, run by the interpreter on the same records."""

import types
from collections.abc import Callable, Mapping
from typing import Any

from simulator.phases import DECISIONS

Function = Callable[..., Any]


def plain(rule: Any, known: dict[Any, Any] | None = None) -> Function:
    """A compiled rule in plain Python, and all that it calls."""
    known = {} if known is None else known
    function = rule.py_func
    if function not in known:
        known[function] = None
        scope = dict(function.__globals__)
        known[function] = types.FunctionType(function.__code__, scope, function.__name__, function.__defaults__)
        for name, value in function.__globals__.items():
            if hasattr(value, "py_func"):
                scope[name] = plain(value, known)
            elif isinstance(value, types.ModuleType) and value.__name__.startswith("agents."):
                scope[name] = PlainModule(value, known)
    return known[function]


class PlainModule:
    """A module whose compiled functions are seen in plain Python."""

    def __init__(self, module: types.ModuleType, known: dict[Any, Any]) -> None:
        self._module, self._known = module, known

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._module, name)
        return plain(value, self._known) if hasattr(value, "py_func") else value


def default_rule(name: str) -> Any:
    """The compiled rule that the method of the agent applies."""
    method = getattr(DECISIONS[name].kind, name.split(".")[1])
    scope = method.__globals__
    called = [scope.get(one) for one in method.__code__.co_names]
    modules = [one for one in called if isinstance(one, types.ModuleType)]
    found = [scope.get(method.__name__), *(getattr(one, method.__name__, None) for one in modules)]
    return next(one for one in found if hasattr(one, "py_func"))


def all_plain() -> Mapping[str, Function]:
    """Every decision in plain Python, as `TransitionModel(rules=...)` takes it."""
    return {name: plain(default_rule(name)) for name in DECISIONS}
