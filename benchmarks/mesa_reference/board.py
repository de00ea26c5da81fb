"""Boards: records on which agents offer to the shared markets, and from which they read what they got.

Also what agents perceive, as plain lists and objects: `seen.benchmark[province][route]` is a float, and
`seen.options[province][route]` an object with attributes.
"""

from types import SimpleNamespace

import numpy as np

EMPTY = -1


def plain(seen):
    """What an agent perceives, with every array as nested lists, and every group of values with named attributes."""
    if hasattr(seen, "_asdict"):
        return SimpleNamespace(**{name: plain(value) for name, value in seen._asdict().items()})
    if getattr(getattr(seen, "dtype", None), "names", None):
        return _records(seen.dtype.names, {name: seen[name].tolist() for name in seen.dtype.names}, seen.ndim)
    return seen.tolist() if isinstance(seen, (np.ndarray, np.generic)) else seen


def _records(names, columns: dict, levels: int):
    """Records with named attributes, in lists nested as deep as their array has axes."""
    if levels == 0:
        return SimpleNamespace(**columns)
    rows = zip(*columns.values(), strict=True)
    return [_records(names, dict(zip(names, row, strict=True)), levels - 1) for row in rows]


def told(table) -> list[dict]:
    """Records as dictionaries of plain values."""
    columns = {name: table[name].tolist() for name in table.dtype.names}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def column(firms, name: str) -> list:
    """What firms write in a column of their board; plants stand by site, projects by place in the queue."""
    kind, _, quantity = name.partition("_")
    if name == "slot_route":
        return [[EMPTY if site.route is None else site.route for site in firm.sites] for firm in firms]
    if kind == "slot":
        return [[getattr(site, quantity) for site in firm.sites] for firm in firms]
    if name == "pending_slot":
        return [[_rebuilt(firm, one) for one in firm.projects] for firm in firms]
    if kind == "pending":
        none = EMPTY if quantity == "route" else 0
        return [[none if one is None else getattr(one, quantity) for one in firm.projects] for firm in firms]
    if name == "chosen_route":
        return [EMPTY if firm.chosen_route is None else firm.chosen_route for firm in firms]
    if name == "replaced_slot":
        return [EMPTY if firm.replaced is None else firm.sites.index(firm.replaced) for firm in firms]
    return [getattr(firm, name) for firm in firms]


def _rebuilt(firm, project) -> int:
    return EMPTY if project is None or project.rebuilt is None else firm.sites.index(project.rebuilt)


def post(agents, table, *names: str) -> None:
    """Agents write these quantities on their board."""
    if agents:
        for name in names:
            table[name] = column(agents, name)


def fetch(agents, table, *names: str) -> None:
    """Agents read these quantities from their board."""
    for name in names:
        for agent, value in zip(agents, table[name].tolist(), strict=True):
            setattr(agent, name, value)


def fetch_plants(firms, table) -> None:
    """Firms read what governments' measures left of their plants."""
    for quantity in ("route", "capacity"):
        for firm, values in zip(firms, table[f"slot_{quantity}"].tolist(), strict=True):
            for site, value in zip(firm.sites, values, strict=True):
                setattr(site, quantity, None if quantity == "route" and value == EMPTY else value)


def fetch_generation(firms, table) -> None:
    """Generators read what their plants were called to make."""
    for firm, values in zip(firms, table["slot_output"].tolist(), strict=True):
        for site, value in zip(firm.sites, values, strict=True):
            site.output = value
