"""Colours that can be told apart, labels that stay apart, numbers written as people write them."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.reporting.figures_map import signed
from simulator.reporting.headline import Cell, interval, milestones, peak_cell, peak_rows, plateau_cell, standing
from simulator.reporting.palette import CAUSES, SECTOR_GROUPS, SECTORS, TECHNOLOGIES, Kind, groups_table, in_order
from simulator.reporting.style import DARK_TEXT, LIGHT_TEXT, for_page, pooled, spread_apart, text_on

# Machado, Oliveira and Fernandes (2009), severity 1, applied to linear RGB.
VISION = {
    "full": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = np.array([0.9505, 1.0, 1.089])
TOLD_APART = 20.0


def cielab(colour: str, vision: np.ndarray) -> np.ndarray:
    channels = np.array([int(colour[start : start + 2], 16) for start in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    ratio = TO_XYZ @ np.clip(vision @ linear, 0, 1) / WHITE
    x, y, z = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("kinds", [SECTORS, SECTOR_GROUPS, TECHNOLOGIES, CAUSES])
def test_neighbours_in_a_stack_are_told_apart(kinds: tuple[Kind, ...], vision: str) -> None:
    for below, above in pairwise(kinds):
        gap = np.linalg.norm(cielab(below.colour, VISION[vision]) - cielab(above.colour, VISION[vision]))
        assert gap >= TOLD_APART, (below.code, above.code, gap)


def test_every_sector_belongs_to_one_group() -> None:
    grouped = groups_table(SECTOR_GROUPS, "sector")["sector"].tolist()
    assert sorted(grouped) == sorted(kind.code for kind in SECTORS)


def test_an_unknown_code_follows_under_its_own_name() -> None:
    assert [kind.name for kind in in_order(SECTORS, ["XYZ", "STL", "POW"])] == ["Power and heat", "Steel", "XYZ"]


def test_labels_by_hand() -> None:
    assert spread_apart([4, 4, 10], 2, 0, 20) == [3, 5, 10]
    assert spread_apart([0, 0], 2, 0, 20) == [0, 2]
    assert pooled([1, 4, 2, 5]).tolist() == [1, 3, 3, 5]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_labels_stay_apart_in_order_and_inside(wanted: list[float]) -> None:
    placed = np.array(spread_apart(wanted, 0.08, 0, 1))
    ordered = np.sort(placed)
    assert (np.diff(ordered) >= 0.08 - 1e-9).all()
    assert ordered[0] >= 0
    assert ordered[-1] <= 1 + 1e-9
    assert (placed[np.argsort(wanted, kind="stable")] == ordered).all()


def test_text_is_readable_on_its_tile() -> None:
    assert text_on((1, 1, 1, 1)) == DARK_TEXT
    assert text_on((0, 0, 0.5, 1)) == LIGHT_TEXT


def test_numbers() -> None:
    assert [signed(number) for number in (3.4, -0.2, -7.0)] == ["+3", "0", "−7"]
    assert interval(pd.Series({"median": 9.94, "low": 9.1, "high": 10.4}), ".1f") == Cell("9.9", "9.1–10.4")
    assert interval(pd.Series({"median": 1234.1, "low": 1234.0, "high": 1234.2}), ",.0f") == Cell("1,234")
    assert milestones(range(2018, 2033)) == [2018, 2020, 2025, 2030, 2032]


def test_peak_years_tell_what_the_run_cannot_know() -> None:
    found = pd.DataFrame({"peak_year": [2021, 2024, 2058], "confirmed": [True, True, False]})
    assert peak_cell(found, range(2020, 2061)) == Cell("2024", "≤2021 – >2054")


def test_a_plateau_is_no_sure_peak() -> None:
    found = pd.DataFrame(
        {
            "peak_year": [2022, 2022, 2026, 2034],
            "confirmed": [True, True, True, False],
            "plateau_from": [2021, 2021, 2024, 2030],
            "plateau_to": [2024, 2031, 2029, 2040],
        }
    )
    cells = {row.name: row.cells[0].middle for row in peak_rows(found, range(2020, 2061))}
    assert cells["Members with a confirmed peak by 2030"] == "75 %"
    assert cells["Members that have also left the plateau by 2030"] == "50 %"
    assert "Members that have also left the plateau by 2035" not in cells
    assert plateau_cell(found) == Cell("2021–2029", "2021–2024 … 2030–2040")
    assert [standing(row, 2030).middle for _, row in found.iterrows()] == ["yes", "on a plateau", "yes", "no"]
    alone = [row for row in peak_rows(found.iloc[1:2], range(2020, 2061)) if "2030" in row.name]
    assert [row.cells[0] for row in alone] == [Cell("on a plateau", middle_zh="处于平台期")]


def test_an_svg_for_the_page_has_its_own_identifiers() -> None:
    svg = '<?xml?><svg width="9pt" height="9pt"><g id="a"/><use href="#a" clip-path="url(#a)" fill="#1c2631"/></svg>'
    made = for_page(svg, "mix")
    assert made.startswith("<svg aria-hidden")
    assert 'id="mix-a"' in made
    assert 'href="#mix-a"' in made
    assert "url(#mix-a)" in made
    assert "var(--ink)" in made
    assert "pt" not in made
