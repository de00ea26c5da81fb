"""One page about one run: figures, headline numbers, provenance, and what the numbers are not. Works offline."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from matplotlib.figure import Figure

from simulator.analysis.caveat import learns
from simulator.analysis.run_tables import RunTables
from simulator.errors import ConfigError
from simulator.reporting import headline
from simulator.reporting.captions import (
    ASSUMED_CAPACITY,
    CAPTIONS,
    KEEP_FINER,
    SECTIONS,
    Caption,
    Said,
)
from simulator.reporting.figures_flows import electricity_flows, embodied_co2
from simulator.reporting.figures_governments import carbon_market, governments
from simulator.reporting.figures_map import tile_maps
from simulator.reporting.figures_national import co2_by_sector, indicators, national_co2
from simulator.reporting.figures_power import power_mix
from simulator.reporting.figures_provinces import all_provinces, four_provinces
from simulator.reporting.figures_routes import blocked_decisions, route_shares
from simulator.reporting.geography import FOUR, Place, names_zh, places_of, read_places
from simulator.reporting.style import CHINESE, ENGLISH, chinese_font, drawing, save
from simulator.run_folder import FINER

Draw = Callable[[RunTables, Sequence[Place]], Figure]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Plan:
    """A figure: its name, how it is drawn, and the table, columns and kind of rows without which it is left out."""

    name: str
    draw: Draw
    table: str
    columns: tuple[str, ...]
    where: str = "TRUE"

    def possible(self, run: RunTables) -> bool:
        """Whether the run holds what the figure shows."""
        return run.has(self.table, *self.columns, where=self.where)


PLANS = (
    Plan("national_co2", lambda run, _: national_co2(run), "national", ("co2_mt",)),
    Plan("co2_by_sector", lambda run, _: co2_by_sector(run), "sectors", ("sector", "co2_mt")),
    Plan("indicators", lambda run, _: indicators(run), "national", ("coal_generation_share",)),
    Plan(
        "power_mix",
        lambda run, _: power_mix(run),
        "power",
        ("technology", "capacity_gw", "generation_twh"),
        "capacity_gw > 0",
    ),
    Plan("route_shares", lambda run, _: route_shares(run), "routes", ("sector", "route", "output"), "output > 0"),
    Plan(
        "blocked_decisions",
        lambda run, _: blocked_decisions(run),
        "constraints",
        ("sector", "cause", "decisions"),
        "decisions > 0",
    ),
    Plan("four_provinces", four_provinces, "sectors", ("province", "sector", "co2_mt")),
    Plan(
        "carbon_market",
        lambda run, _: carbon_market(run),
        "carbon_market",
        ("market", "price_cny_per_tco2", "reserve_mt"),
        "market = 'national' AND surrendered_mt > 0",
    ),
    Plan("governments", governments, "governments", ("effort", "target_missed"), "effort > 0"),
    Plan("all_provinces", all_provinces, "provinces", ("province", "co2_mt")),
    Plan("tile_maps", tile_maps, "provinces", ("province", "co2_mt", "gdp_bn_cny")),
    Plan(
        "electricity_flows",
        electricity_flows,
        "flows",
        ("origin", "destination", "commodity", "amount"),
        "commodity = 'electricity' AND amount > 0",
    ),
    Plan(
        "embodied_co2",
        embodied_co2,
        "flows",
        ("origin", "destination", "commodity", "embodied_co2_mt"),
        "commodity <> 'electricity' AND embodied_co2_mt > 0",
    ),
)


@dataclass(frozen=True)
class Drawn:
    """A figure of the page: name, titles, what is told of this run and the SVG, in both languages."""

    name: str
    caption: Caption
    text: str
    text_zh: str
    svg: Markup
    svg_zh: Markup


def write_report(
    run_folder: Path, geography: pd.DataFrame | None = None, progress: Progress = lambda done, total: None
) -> Path:
    """Write `report.html` and `figures/*.png, *.svg` into a run folder; return the page's path.

    `geography` (province, name_zh, abbreviation, tile_row, tile_col) is the shipped table of provinces by default.
    `progress` is told how many of all drawings are done.
    """
    run = RunTables(Path(run_folder))
    places = read_places() if geography is None else places_of(geography)
    page = run.folder / "report.html"
    try:
        drawn = draw_figures(run, places, progress)
        page.write_text(render(run, places, drawn), encoding="utf-8")
    except OSError as error:
        why = f"{error.filename or run.folder}: {error.strerror or error}"
        line = f"RUN = {run_folder}: the report cannot be written ({why}); allowed: a folder that can be written"
        raise ConfigError([line]) from None
    return page


def draw_figures(run: RunTables, places: Sequence[Place], progress: Progress) -> list[Drawn]:
    """Draw and save every figure whose table the run holds, in both languages."""
    folder = run.folder / "figures"
    folder.mkdir(exist_ok=True)
    possible = [plan for plan in PLANS if plan.possible(run)]
    made: dict[str, list[Markup]] = {ENGLISH: [], CHINESE: []}
    count = len(made) * len(possible)
    progress(0, count)
    for before, (language, plan) in enumerate(product(made, possible)):
        with drawing(language):
            made[language].append(Markup(save(plan.draw(run, places), folder, plan.name)))
        progress(before + 1, count)
    both = zip(possible, made[ENGLISH], made[CHINESE], strict=True)
    captions = [CAPTIONS[plan.name] for plan in possible]
    return [
        Drawn(plan.name, caption, english_text(caption, run, places), caption.text_zh(run), svg, svg_zh)
        for caption, (plan, svg, svg_zh) in zip(captions, both, strict=True)
    ]


def english_text(caption: Caption, run: RunTables, places: Sequence[Place]) -> str:
    """What a caption tells of this run, and what the two letters of a province stand for where a figure has them."""
    letters = ", ".join(f"{place.abbreviation} {place.province}" for place in places)
    return caption.text(run) + (f" Provinces: {letters}." if caption.abbreviated else "")


def not_drawn(run: RunTables) -> list[tuple[Caption, str]]:
    """Figures that this run cannot show, and the table that is missing or has nothing to show."""
    return [(CAPTIONS[plan.name], plan.table) for plan in PLANS if not plan.possible(run)]


def tables_not_kept(run: RunTables) -> list[str]:
    """Finer tables that figures ask for and the run was not told to keep."""
    asked = {plan.table for plan in PLANS}
    return [name for name in FINER if name in asked and name not in run.tables]


def render(run: RunTables, places: Sequence[Place], drawn: list[Drawn]) -> str:
    """The page as text."""
    environment = Environment(
        loader=PackageLoader("simulator.reporting"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    by_name = {figure.name: figure for figure in drawn}
    sections = [(section, [by_name[name] for name in section.figures if name in by_name]) for section in SECTIONS]
    return environment.get_template("report.html.j2").render(
        about=about(run),
        caveats=caveats(run),
        chinese_png=chinese_font() is not None,
        run=run,
        sections=[(section, figures) for section, figures in sections if figures],
        left_out=not_drawn(run),
        not_kept=tables_not_kept(run),
        keep_finer=KEEP_FINER,
        summary=headline.summary_rows(run),
        milestones=[(str(year), str(year)) for year in headline.milestones(run.years)],
        national=headline.national_rows(run),
        four=headline.province_rows(run, names_zh(places)) if set(FOUR) <= _provinces(run) else [],
        four_heads=headline.province_heads(run),
        seeds=seeds_text(run),
        statuses=statuses(run),
        provenance=list(flattened(run.provenance)),
    )


def about(run: RunTables) -> dict[str, str]:
    """What the scenario is called in both languages and what it asks, as its configuration says."""
    stated = yaml.safe_load(run.config_text) or {}
    name = str(stated.get("name") or run.folder.name)
    return {"name": name, "name_zh": stated.get("title_zh") or name, "asks": stated.get("description", "")}


def caveats(run: RunTables) -> list[Said]:
    """What must be told of the whole page: that capacity is assumed, where the scenario trains or exchanges."""
    return [ASSUMED_CAPACITY] if learns(run) else []


def _provinces(run: RunTables) -> set[str]:
    return set(run.ask("SELECT DISTINCT province FROM provinces")["province"]) if run.has("provinces") else set()


def seeds_text(run: RunTables) -> str:
    """Seeds of the members: one, or first to last and how many."""
    if not run.has("members", "seed"):
        return "–"
    seeds = run.ask("SELECT seed FROM members ORDER BY member")["seed"].tolist()
    return str(seeds[0]) if len(seeds) == 1 else f"{seeds[0]} … {seeds[-1]} ({len(seeds)})"


def statuses(run: RunTables) -> str:
    """How many members ended in which way."""
    if not run.has("members", "status"):
        return "–"
    counted = run.ask("SELECT status, count(*) AS count FROM members GROUP BY status ORDER BY status")
    return ", ".join(f"{row['count']} {row['status']}" for _, row in counted.iterrows())


def flattened(entries: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Nested mappings as dotted names and texts, in the order of the file."""
    for key, entry in entries.items():
        name = f"{prefix}{key}"
        if isinstance(entry, Mapping):
            yield from flattened(entry, f"{name} · ")
        else:
            yield name, ", ".join(map(str, entry)) if isinstance(entry, list) else str(entry)
