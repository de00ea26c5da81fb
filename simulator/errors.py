"""The two ways in which a run can be refused or stopped; the command line turns them into exit status 2 and 1."""

from __future__ import annotations

from collections.abc import Iterable


class ConfigError(ValueError):
    """A scenario that cannot be run. `lines` holds one line per error: path, value given, what is allowed."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = list(lines)
        super().__init__("\n".join(self.lines))


class ModelError(RuntimeError):
    """A value that the model must never produce (NaN, a negative price): where it came up, and what it was."""

    def __init__(
        self, process: str, year: int, value: float, allowed: str, province: str = "", detail: str = ""
    ) -> None:
        self.process, self.year, self.value = process, year, value
        self.allowed, self.province, self.detail = allowed, province, detail
        place = f" in {province}" if province else ""
        what = f" ({detail})" if detail else ""
        super().__init__(f"{process}{place}, {year}{what}: value {value!r}; allowed: {allowed}")

    def __reduce__(self) -> tuple[type[ModelError], tuple[str, int, float, str, str, str]]:
        return ModelError, (self.process, self.year, self.value, self.allowed, self.province, self.detail)
