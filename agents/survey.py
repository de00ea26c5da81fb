"""What Python will call, and with what types, found before anything is compiled: watch a run in plain Python.

Machine code is made for the types of a function's arguments, which only a run tells; but the smallest world tells them,
too, and as plain Python it takes seconds where compiling takes a minute.
"""

from collections.abc import Iterator
from typing import Any

from agents.machine_code import Compiled, pipeline_of


class Survey:
    """Calls that Python has made, in order of the first of each kind; what compiled functions would call is no such."""

    def __init__(self) -> None:
        self.calls: dict[tuple[Compiled, tuple[Any, ...]], None] = {}
        self.is_within_call = False

    def watched(self, function: Any, **options: Any) -> "Watched":
        """The function, to be run as plain Python and noted; its machine code would be kept in numba's cache folder."""
        made = Watched(function, {}, options, pipeline_of(function))
        made.survey = self
        made.enable_caching()
        return made

    def make_last_first(self) -> Iterator[str]:
        """Make the machine code of all calls that is not in the cache, from the last to the first; names as they go."""
        for function, types in reversed(self.calls):
            function.compile(types)
            yield function.__name__


class Watched(Compiled):
    """A function that runs as plain Python; the survey notes the types of the arguments that Python gives it."""

    survey: Survey

    def __call__(self, *args: Any, **named: Any) -> Any:
        """Run the plain function. Arguments by name, which no schedule gives, are not noted."""
        survey = self.survey
        if survey.is_within_call:
            return self.py_func(*args, **named)
        if not named:
            survey.calls[self, tuple(self.typeof_pyval(one) for one in args)] = None
        survey.is_within_call = True
        try:
            return self.py_func(*args, **named)
        finally:
            survey.is_within_call = False
