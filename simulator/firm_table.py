"""The table of firms: one row per firm and year, kept when it is asked for."""

from __future__ import annotations

import numpy as np
import pandas as pd

from agents.firm_record import EMPTY
from simulator.world import World
from simulator.yearbook import labelled

OWNERS = ("state", "private")


def firm_frame(world: World) -> pd.DataFrame:
    """Firms of the year: who they are, their main route, capacity, output, CO2, and their money."""
    firms, base = world.firm_rows, world.setting.base
    capacity, routes = firms["slot_capacity"], np.array([*base.routes.names, ""], dtype=object)
    largest = np.take_along_axis(firms["slot_route"], capacity.argmax(axis=1)[:, None], axis=1)[:, 0]
    return pd.DataFrame(
        {
            "year": world.year,
            "firm": firms["firm"],
            "province": labelled(base.names.provinces, firms["province"]),
            "sector": labelled(base.names.sectors, firms["sector"]),
            "owner": labelled(OWNERS, firms["owner"]),
            "group": firms["group"],
            "generation": firms["generation"],
            "main_route": routes[np.where(capacity.max(axis=1) > 0.0, largest, EMPTY)],
            "capacity": capacity.sum(axis=1),
            "output": firms["output"],
            "co2_mt": firms["co2"],
            "electricity_twh": firms["electricity"],
            "revenue_mcny": firms["revenue"],
            "investment_mcny": firms["investment"],
            "debt_mcny": firms["debt"],
            "covered": firms["covered"],
        }
    )
