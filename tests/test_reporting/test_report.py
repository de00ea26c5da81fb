"""The page and its figures: complete, offline, in two languages, nothing overlapping, for runs of any size."""

import re
import shutil
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from simulator.analysis.run_tables import RunTables
from simulator.errors import ConfigError
from simulator.government_policies import LEARNING
from simulator.reporting.captions import ASSUMED_CAPACITY, KEEP_FINER
from simulator.reporting.figures_flows import embodied_co2
from simulator.reporting.geography import places_of, read_places
from simulator.reporting.headline import Cell, province_heads, province_rows
from simulator.reporting.report import PLANS, write_report
from simulator.reporting.style import CHINESE, ENGLISH, drawing
from simulator.run_folder import FINER

MakeRun = Callable[..., Path]
NAMESPACES = {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


class Page(HTMLParser):
    """Collects identifiers, addresses and visible text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.identifiers: list[str] = []
        self.addresses: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id":
                self.identifiers.append(str(value))
            elif name in ("href", "src", "xlink:href"):
                self.addresses.append(str(value))

    def handle_data(self, data: str) -> None:
        self.words.append(data.strip())


@pytest.fixture(scope="module")
def several(invented_run: MakeRun) -> Path:
    """A report of four members over 41 years."""
    return write_report(invented_run(members=4))


@pytest.fixture(scope="module")
def page(several: Path) -> Page:
    return Page(several.read_text(encoding="utf-8"))


def test_every_figure_is_on_the_page_and_beside_it(several: Path, page: Page) -> None:
    for plan in PLANS:
        assert plan.name in page.identifiers
        for ending in ("png", "svg"):
            assert (several.parent / "figures" / f"{plan.name}.{ending}").stat().st_size > 5_000


def test_the_page_needs_no_network(several: Path, page: Page) -> None:
    text = several.read_text(encoding="utf-8")
    assert set(re.findall(r"https?://[^\s\"'<)]+", text)) <= NAMESPACES
    assert "<script" not in text
    assert all(address.startswith("#") for address in page.addresses)


def test_links_lead_somewhere_and_identifiers_are_unique(page: Page) -> None:
    assert len(page.identifiers) == len(set(page.identifiers))
    assert {address.removeprefix("#") for address in page.addresses} <= set(page.identifiers)


def test_both_languages_and_the_limits_are_told(page: Page) -> None:
    words = " ".join(page.words)
    for expected in (
        "Headline numbers",
        "主要数字",
        "Not a forecast",
        "不是预测",
        "synthetic",
        "合成",
        "100 … 103 (4)",
    ):
        assert expected in words


def test_figures_speak_both_languages_whatever_fonts_there_are(several: Path) -> None:
    for name, english, chinese in (("national_co2", "median", "中位数"), ("power_mix", "Solar", "光伏")):
        texts = [
            " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", path.read_text(encoding="utf-8")))
            for path in (several.parent / "figures" / f"{name}.svg", several.parent / "figures" / f"{name}_zh.svg")
        ]
        assert english in texts[0]
        assert chinese in texts[1]
        assert not re.search("[\u4e00-\u9fff]", texts[0])
        assert english not in texts[1]


def test_headline_numbers_are_those_of_the_tables(several: Path, page: Page) -> None:
    national = pd.read_parquet(several.parent / "national.parquet")
    for year in (2020, 2060):
        assert f"{national.loc[national['year'] == year, 'co2_mt'].median() / 1000:,.2f}" in page.words
    total = national.groupby("member")["co2_mt"].sum().median() / 1000
    assert f"{total:,.0f}" in page.words


def test_the_four_provinces_tell_the_plateau_beside_the_peak(invented_run: MakeRun) -> None:
    run = RunTables(invented_run(members=1))
    for path in run.tables["provinces"]:
        table = pd.read_parquet(path)
        falls = np.where(
            table["province"] == "Henan", 1.0 - 0.001 * (table["year"] - 2020), 0.9 ** (table["year"] - 2020)
        )
        table.assign(co2_mt=100.0 * falls).to_parquet(path)
    heads, rows = province_heads(run), {row.name: row.cells for row in province_rows(run, {})}
    assert heads[-2:] == [("peak", "达峰"), ("plateau around it", "平台期")]
    assert {len(cells) for cells in rows.values()} == {len(heads)}
    # The mean falls by 0.1 % a year in Henan, so it is within 3 % of the first one until 2050; elsewhere by 10 %.
    assert rows["Henan"][-2:] == (Cell("≤2021"), Cell("2021–2050"))
    assert rows["Zhejiang"][-2:] == (Cell("≤2021"), Cell("2021"))
    short = RunTables(invented_run(members=1, last_year=2021))
    assert {len(row.cells) for row in province_rows(short, {})} == {len(province_heads(short))} == {4}


def test_the_same_tables_give_the_same_page(several: Path) -> None:
    before = several.read_bytes()
    assert write_report(several.parent).read_bytes() == before


def test_a_missing_table_is_told_and_the_rest_is_drawn(invented_run: MakeRun, geography: pd.DataFrame) -> None:
    folder = invented_run(members=1, last_year=2022)
    (folder / "flows.parquet").unlink()
    blocked = pd.read_parquet(folder / "constraints.parquet")
    blocked.assign(decisions=0).to_parquet(folder / "constraints.parquet")
    text = write_report(folder, geography).read_text(encoding="utf-8")
    assert "Not in this run:" in text
    assert "(flows)" in text
    assert "(constraints)" in text
    assert not (folder / "figures" / "embodied_co2.png").exists()


def test_an_ensemble_at_its_default_level_is_drawn_and_says_how_to_keep_more(invented_run: MakeRun) -> None:
    folder = invented_run(members=2, last_year=2024)
    for name in FINER:
        shutil.rmtree(folder / name) if (folder / name).is_dir() else (folder / f"{name}.parquet").unlink()
    text = write_report(folder).read_text(encoding="utf-8")
    identifiers = Page(text).identifiers
    assert {"governments", "left-out"} < set(identifiers)
    assert not {"co2_by_sector", "four_provinces", "embodied_co2"} & set(identifiers)
    assert "The tables sectors, routes, flows, constraints were not kept." in text
    assert "未保留数据表 sectors、routes、flows、constraints。" in text
    assert f"<code>{KEEP_FINER}</code>" in text
    assert "Output held back is left out" in text
    assert "受限产出一图从略" in text


@pytest.mark.parametrize(("members", "told"), [(1, False), (2, True)])
def test_members_bands_and_medians_are_told_of_several_members_only(
    invented_run: MakeRun, members: int, told: bool
) -> None:
    text = write_report(invented_run(members=members)).read_text(encoding="utf-8").lower()
    page, _, _ = text.partition('id="limits"')
    for word in ("of members", "median", "bands", "中位数", "色带", "成员中"):
        assert (word in page) == told, word


@pytest.mark.parametrize("variable", [*LEARNING, "carbon_price_cny_per_tco2"])
def test_a_scenario_that_trains_or_exchanges_says_what_is_assumed(invented_run: MakeRun, variable: str) -> None:
    folder = invented_run(members=1, last_year=2022)
    config = {"name": "invented", "signals": {"one": {"variable": variable, "schedule": {2021: 0.5}}, "gone": None}}
    (folder / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    text, _, _ = write_report(folder).read_text(encoding="utf-8").partition('id="provenance"')
    header, _, rest = text.partition("</header>")
    _, _, limits = rest.partition('id="limits"')
    for part in (header, limits):
        for told in (ASSUMED_CAPACITY.text, ASSUMED_CAPACITY.text_zh):
            assert (told in part) == (variable in LEARNING)


def test_the_page_tells_which_files_there_are(several: Path) -> None:
    text = several.read_text(encoding="utf-8")
    written = (several.parent / "figures" / "national_co2_zh.png").exists()
    assert ("in both languages as PNG and SVG" in text) == written
    assert ("PNG仅有英文" in text) != written


def test_progress_is_told_of_each_drawing(invented_run: MakeRun) -> None:
    told: list[tuple[int, int]] = []
    write_report(invented_run(members=1, last_year=2022), progress=lambda *done: told.append(done))
    count = 2 * len(PLANS)
    assert told == [(done, count) for done in range(count + 1)]


def test_a_folder_that_cannot_be_written_is_one_line(invented_run: MakeRun) -> None:
    folder = invented_run(members=1, last_year=2022)
    (folder / "figures").write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"the report cannot be written \(.*figures: File exists\)") as refused:
        write_report(folder)
    assert len(refused.value.lines) == 1


def drawn_panels(name: str, folder: Path) -> list[Axes]:
    """Axes of a figure, drawn in English."""
    run, places = RunTables(folder), read_places()
    with drawing(ENGLISH):
        return next(plan for plan in PLANS if plan.name == name).draw(run, places).axes


def test_two_letters_of_a_province_are_explained(several: Path) -> None:
    text = several.read_text(encoding="utf-8")
    assert text.count("HA Henan") == text.count("SN Shaanxi") == 3


def test_goods_not_delivered_have_their_own_panels(invented_run: MakeRun) -> None:
    folder = invented_run(members=1)
    panels = {axes.get_title(loc="left"): axes for axes in drawn_panels("indicators", folder)}
    national = pd.read_parquet(folder / "national.parquet")
    goods = national["unserved_goods_bn_cny"]
    assert panels["Goods not delivered, bn CNY"].lines[0].get_ydata() == pytest.approx(goods)
    share = 100 * goods / national["gdp_bn_cny"]
    assert panels["Goods not delivered, % of GDP"].lines[0].get_ydata() == pytest.approx(share)


def test_no_legend_names_what_is_not_there(invented_run: MakeRun) -> None:
    folder = invented_run(members=1, last_year=2024)
    table = pd.concat(pd.read_parquet(path) for path in (folder / "sectors").glob("*.parquet"))
    for path in (folder / "sectors").iterdir():
        path.unlink()
    for supply, told in ((0.02, ["for targets", "no power"]), (0.0, ["for targets"])):
        table.assign(rationed_supply_bn_cny=supply).to_parquet(folder / "sectors" / "batch-0.parquet")
        held = drawn_panels("governments", folder)[1]
        assert [text.get_text() for text in held.texts] == told


def test_bars_of_flows_tell_of_a_range_only_where_members_differ(invented_run: MakeRun) -> None:
    run, places = RunTables(invented_run(members=1)), read_places()
    with drawing(ENGLISH):
        texts = [text.get_text() for text in embodied_co2(run, places).texts]
    assert "ring: 2060" in texts
    assert not any("5–95" in text for text in texts)


def test_a_province_that_leaves_its_panel_is_marked(invented_run: MakeRun) -> None:
    folder = invented_run(members=1)
    table = pd.read_parquet(folder / "provinces.parquet")
    assert not _triangles(drawn_panels("all_provinces", folder))
    table.loc[(table["province"] == "Tibet") & (table["year"] > 2040), "co2_mt"] *= 20
    table.to_parquet(folder / "provinces.parquet")
    assert _triangles(drawn_panels("all_provinces", folder)) == ["Tibet"]


def _triangles(panels: list[Axes]) -> list[str]:
    return [axes.get_title(loc="left") for axes in panels for line in axes.lines if line.get_marker() == "^"]


class TextRecorder(RendererAgg):
    """Draws, and remembers each text that was drawn."""

    def __init__(self, figure: Figure) -> None:
        super().__init__(int(figure.bbox.width), int(figure.bbox.height), figure.dpi)
        self.texts: dict[int, Text] = {}

    def draw_text(
        self, gc: Any, x: float, y: float, s: str, *rest: Any, mtext: Text | None = None, **named: Any
    ) -> None:
        super().draw_text(gc, x, y, s, *rest, mtext=mtext, **named)
        if mtext is not None and s.strip():
            self.texts[id(mtext)] = mtext

    def boxes(self) -> Iterator[tuple[str, Bbox]]:
        return ((text.get_text(), text.get_window_extent(self)) for text in self.texts.values())


def leaves(box: Bbox, figure: Figure) -> bool:
    """Whether a box reaches beyond its figure."""
    return box.x0 < 0 or box.y0 < 0 or box.x1 > figure.bbox.width or box.y1 > figure.bbox.height


def overlap(one: Bbox, other: Bbox) -> bool:
    """Whether two boxes share more than a hair: text boxes include the empty space of ascenders and descenders."""
    width = min(one.x1, other.x1) - max(one.x0, other.x0)
    height = min(one.y1, other.y1) - max(one.y0, other.y0)
    return width > 1 and height > 1.5


@pytest.mark.parametrize("language", [ENGLISH, CHINESE])
@pytest.mark.parametrize(("members", "last_year"), [(3, 2060), (1, 2060), (2, 2020), (2, 2022)])
def test_no_text_overlaps_or_leaves_its_figure(
    invented_run: MakeRun, members: int, last_year: int, language: str
) -> None:
    run, places = RunTables(invented_run(members=members, last_year=last_year)), read_places()
    with drawing(language):
        for plan in PLANS:
            figure = plan.draw(run, places)
            recorder = TextRecorder(figure)
            figure.draw(recorder)
            boxes = list(recorder.boxes())
            assert [text for text, box in boxes if leaves(box, figure)] == [], plan.name
            pairs = [
                (text, other)
                for position, (text, box) in enumerate(boxes)
                for other, other_box in boxes[:position]
                if overlap(box, other_box)
            ]
            assert pairs == [], plan.name


def test_places_are_checked(geography: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="tile_row"):
        places_of(geography.drop(columns="tile_row"))
    with pytest.raises(ValueError, match=r"Beijing.*Tianjin"):
        places_of(geography.assign(tile_col=geography["tile_col"].mask(geography["province"] == "Tianjin", 0)))
    assert len(read_places()) == 31


def test_a_folder_that_is_no_run_is_left_as_it_was(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_report(tmp_path)
    assert list(tmp_path.iterdir()) == []
