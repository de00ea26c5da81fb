"""Electricity: what generates it and what stands ready to."""

from matplotlib.figure import Figure

from simulator.analysis.run_tables import RunTables
from simulator.reporting.palette import STORAGE, TECHNOLOGIES, groups_table, in_order
from simulator.reporting.stacks import label_stack, medians, stack
from simulator.reporting.style import in_language, year_axis

_POWER_BY_KIND = (
    "(SELECT *, coalesce(kind, technology) AS layer FROM power LEFT JOIN technology_kinds USING (technology))"
)
NEGLIGIBLE_SHARE = 0.0005


def power_mix(run: RunTables) -> Figure:
    """Generation (storage left out: it returns what it took) and capacity by technology, medians over members."""
    run.name_groups("technology_kinds", groups_table(TECHNOLOGIES, "technology"))
    figure = Figure(figsize=(9.6, 5.2))
    panels = (
        (0.055, "generation_twh", 1000, STORAGE, "Generation, thousand TWh a year", "发电量，万亿千瓦时/年"),
        (0.535, "capacity_gw", 1000, (), "Capacity, TW", "装机容量，太瓦"),
    )
    for left, column, divisor, left_out, english, chinese in panels:
        axes = figure.add_axes((left, 0.08, 0.24, 0.83))
        levels = medians(run.spread(_POWER_BY_KIND, f"sum({column}) / {divisor}", ["layer"]), "layer")
        visible = levels.columns[levels.max() > NEGLIGIBLE_SHARE * levels.sum(axis=1).max()]
        kinds = in_order(TECHNOLOGIES, [code for code in visible if code not in left_out])
        stack(axes, levels, kinds)
        label_stack(axes, levels, kinds, ".2f")
        axes.set_title(in_language(english, chinese))
        year_axis(axes, run.years)
    return figure
