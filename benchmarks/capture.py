"""Firms and what they perceive just before a decision of a given year, in several members of one scenario."""

from copy import deepcopy
from typing import Any

from agents.firm import Firm
from simulator.model import TransitionModel


class Watched(TransitionModel):
    """A model that keeps a copy of its firms and their view before decisions of firms in one year.

    Decisions that are taken in one loop with others, which are none of a firm's, do not come by here.
    """

    def __init__(self, *told: Any, watch: dict[str, int], **named: Any) -> None:
        super().__init__(*told, **named)
        self.watch = watch
        self.kept: dict[str, tuple[Any, Any]] = {}

    def decide(self, name: str, seen: Any) -> None:
        """As the model, but for the copies; industrial firms alone are kept."""
        if self.watch.get(name) == self.year:
            firms = self.table(Firm)
            self.kept[name] = (firms[firms["sector"] > 0].copy(), deepcopy(seen))
        super().decide(name, seen)


def captured(names: tuple[str, ...], firms: int, year: int, seeds: range) -> dict[str, list[tuple[Any, Any]]]:
    """By decision: records of industrial firms and their view before it, one pair per seed; year counts from 0."""
    kept: dict[str, list[tuple[Any, Any]]] = {name: [] for name in names}
    for seed in seeds:
        overrides = {"simulation": {"firms": firms}}
        model = Watched("baseline", seed=seed, overrides=overrides, watch=dict.fromkeys(names, 2020 + year))
        for _ in range(year + 1):
            model.step()
        for name in names:
            kept[name].append(model.kept[name])
    return kept
