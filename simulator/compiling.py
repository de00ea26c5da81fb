"""Say, once a process, that machine code is being made, where that takes longer than a moment.

What a run will call, nobody knows beforehand: of a cache that is nearly empty it is said before the run begins, of one
that holds most of it once so much has been made. numba tells what it makes, not what it finds in the cache, so a run
that finds all pays nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Timer
from typing import Any

from numba.core.event import Listener, register

MOMENT_SECONDS = 2.0


class Teller(Listener):  # type: ignore[misc]
    """Calls `tell` once machine code has been made for more than a moment in all, be it in the middle of a function."""

    def __init__(self, tell: Callable[[], None]) -> None:
        self._tell, self._has_told = tell, False
        self._depth, self._began, self._made_seconds = 0, 0.0, 0.0  # depth: of functions made for the sake of others
        self._timer = Timer(0.0, self.tell)

    def tell(self) -> None:
        """Say it, unless it has been said."""
        if not self._has_told:
            self._has_told = True
            self._tell()

    def on_start(self, event: Any) -> None:
        """A function begins to be made."""
        self._depth += 1
        if self._depth == 1 and not self._has_told:
            self._began = time.monotonic()
            self._timer = Timer(max(MOMENT_SECONDS - self._made_seconds, 0.0), self.tell)
            self._timer.daemon = True
            self._timer.start()

    def on_end(self, event: Any) -> None:
        """It is made. Whoever goes on need not fear that it is being said just now."""
        self._depth -= 1
        if self._depth == 0 and self._timer.is_alive():
            self._timer.cancel()
            self._timer.join()
            self._made_seconds += time.monotonic() - self._began


_tellers: list[Teller] = []


def listen(tell: Callable[[], None]) -> Teller:
    """Let the process say by `tell` that it makes machine code; the first who asks for it is whom it tells."""
    if not _tellers:
        _tellers.append(Teller(tell))
        register("numba:compile", _tellers[0])
    return _tellers[0]


def heard() -> None:
    """A worker process makes machine code: say it here, if anyone listens."""
    for one in _tellers:
        one.tell()
