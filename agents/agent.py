"""What the three kinds of Mesa agents share: an agent is a view of its record, and a rule applied to it."""

from typing import Any, ClassVar

import mesa
from numpy.typing import NDArray

from agents.record import Record


class RecordAgent(mesa.Agent):
    """A `mesa.Agent` whose attributes are the quantities of its record.

    A quantity reads and writes the row in the model's table, so that what an agent shows is what the compiled rules
    see. Attributes that the record does not have cannot be set.
    """

    state: ClassVar[type[Record]]
    rules: ClassVar[tuple[str, ...]] = ()
    _own: ClassVar[frozenset[str]] = frozenset({"model", "pos", "unique_id", "table", "row"})

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "state" in vars(cls):
            for name, declaration in cls.state.fields():
                setattr(cls, name, _quantity(name, declaration.meaning, declaration.unit))

    def __init__(self, model: mesa.Model, table: NDArray[Any], row: int) -> None:
        self.table = table
        self.row = row
        super().__init__(model)

    @property
    def record(self) -> Any:
        """The agent's row: rules take it and write through it."""
        return self.table[self.row]

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self._own and not hasattr(type(self), name) and not name.startswith("_"):
            known = ", ".join(field for field, _ in self.state.fields())
            raise AttributeError(f"{type(self).__name__} has no quantity {name!r}; it has: {known}")
        super().__setattr__(name, value)


def _quantity(name: str, meaning: str, unit: str) -> property:
    def read(agent: RecordAgent) -> Any:
        return agent.table[name][agent.row]

    def write(agent: RecordAgent, value: Any) -> None:
        agent.table[name][agent.row] = value

    return property(read, write, doc=f"{meaning} [{unit}]")
