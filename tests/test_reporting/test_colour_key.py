"""Levels of a colour key: round, apart, within the scale."""

from matplotlib import colormaps
from matplotlib.colors import Normalize, PowerNorm
from matplotlib.figure import Figure

from simulator.reporting.colour_key import colour_key, round_levels, whole_levels


def test_levels_by_hand() -> None:
    assert round_levels(PowerNorm(0.5, 0, 95)) == [0, 5, 20, 50]
    assert round_levels(Normalize(0, 1)) == [0, 0.2, 0.5, 1]
    assert whole_levels(Normalize(2020, 2053)) == [2020, 2030, 2040, 2050]


def test_the_bar_runs_from_the_lowest_to_the_highest_colour() -> None:
    axes, colours = Figure().add_subplot(), colormaps["viridis"]
    colour_key(axes, PowerNorm(0.5, 0, 100), colours, [0, 25, 100], ["0", "25", "100"])
    assert axes.get_xticks().tolist() == [0, 0.5, 1]
    assert axes.patches[0].get_facecolor() == colours(0.5 / 48)
    assert axes.patches[-1].get_facecolor() == colours(47.5 / 48)
