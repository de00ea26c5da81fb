"""Who decides: firms, grid operators and local governments. Nothing here knows of `simulator`.

`from agents import Firm, GridOperator, LocalGovernment` loads a class, and Mesa with it, only when it is asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agents.firm import Firm
    from agents.grid_operator import GridOperator
    from agents.local_government import LocalGovernment

__all__ = ["Firm", "GridOperator", "LocalGovernment"]

_HOMES = {
    "Firm": "agents.firm",
    "GridOperator": "agents.grid_operator",
    "LocalGovernment": "agents.local_government",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'agents' has no attribute {name!r}; it has: {', '.join(__all__)}")
