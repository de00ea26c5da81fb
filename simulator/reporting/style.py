"""How figures look: fonts, ink, grid, bands over members, labels beside their curves, and saving as PNG and SVG.

A figure is drawn once in each language. An SVG keeps its words as text, which the reader's fonts set; a PNG needs a
font of this machine. So the page speaks Chinese wherever it is drawn, and a Chinese PNG is written where a font allows.

Ink, muted ink, grid, paper and the main curve have colours that occur nowhere else. In the copy of a figure that goes
into the page they become variables of the style sheet, so a figure follows the reader's light or dark theme.
"""

import io
import logging
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from matplotlib.typing import ColorType
from numpy.typing import ArrayLike, NDArray

INK, MUTED, GRID, PAPER, CURVE = "#1c2631", "#66727f", "#dce1e6", "#fdfdfc", "#0a70b0"
DARK_TEXT, LIGHT_TEXT = "#101418", "#ffffff"
ACCENT = "#c8452f"
_THEME = {INK: "var(--ink)", MUTED: "var(--muted)", GRID: "var(--grid)", PAPER: "var(--paper)", CURVE: "var(--curve)"}

_LATIN = ("Source Sans 3", "Inter", "Noto Sans", "Helvetica Neue", "Arial", "Liberation Sans")
_CHINESE = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Noto Sans CJK JP",
    "PingFang SC",
    "Microsoft YaHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "SimHei",
)
ENGLISH, CHINESE = "en", "zh"
_language: ContextVar[str] = ContextVar("language of the drawing under way", default=ENGLISH)
_FAMILY_OF_TEXT = re.compile(r"font-family: [^;\"]*; ")
PNG_DOTS_PER_INCH = 130
LABEL_GAP_POINTS = 11.5


@cache
def _installed_fonts() -> frozenset[str]:
    return frozenset(entry.name for entry in font_manager.fontManager.ttflist)


def chinese_font() -> str | None:
    """The first installed font with Chinese characters, if there is one."""
    return next((name for name in _CHINESE if name in _installed_fonts()), None)


def in_language(english: str, chinese: str) -> str:
    """The one of two texts that is in the language of the drawing under way."""
    return chinese if _language.get() == CHINESE else english


def _settings() -> dict[Any, Any]:
    """Matplotlib settings of this project. DejaVu Sans (always there) has the signs that other fonts lack."""
    fonts = [name for name in _LATIN if name in _installed_fonts()][:1]
    fonts += [name for name in [chinese_font()] if name] + ["DejaVu Sans"]
    return {
        "font.family": fonts,
        "font.size": 9,
        "text.color": INK,
        "axes.labelcolor": MUTED,
        "axes.edgecolor": MUTED,
        "axes.facecolor": "none",
        "axes.linewidth": 0.6,
        "axes.grid": True,
        "axes.axisbelow": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.spines.left": False,
        "axes.titlelocation": "left",
        "axes.titlesize": 10,
        "axes.titleweight": "bold",
        "axes.titlepad": 8,
        "grid.color": GRID,
        "grid.linewidth": 0.6,
        "xtick.color": MUTED,
        "ytick.color": MUTED,
        "xtick.major.size": 3,
        "ytick.major.size": 0,
        "xtick.labelsize": 8.5,
        "ytick.labelsize": 8.5,
        "figure.facecolor": PAPER,
        "hatch.linewidth": 0.5,
        "svg.fonttype": "none",
        "svg.hashsalt": "tanlu",
    }


@contextmanager
def drawing(language: str = ENGLISH) -> Iterator[None]:
    """Matplotlib settings of this project and a language, left as found afterwards."""
    # Many Chinese fonts have no bold: matplotlib would say so for each text, which helps nobody.
    font_log = logging.getLogger("matplotlib.font_manager")
    level = font_log.level
    font_log.setLevel(logging.ERROR)
    before = _language.set(language)
    try:
        with mpl.rc_context(_settings()), warnings.catch_warnings():
            if language == CHINESE and chinese_font() is None:  # only measured here, then set by the reader's fonts
                warnings.filterwarnings("ignore", message=r"Glyph \d+ .* missing from font")
            yield
    finally:
        _language.reset(before)
        font_log.setLevel(level)


def year_axis(axes: Axes, years: Sequence[int]) -> None:
    """Few round years, no vertical grid."""
    first, last = years[0], max(years[-1], years[0] + 1)
    step = next(step for step in (1, 2, 5, 10, 20, 50) if (last - first) / step <= 5)
    axes.set_xlim(first, last)
    axes.set_xticks([year for year in years if year % step == 0] or [first])
    axes.grid(axis="x", visible=False)


def from_zero(axes: Axes, highest: float) -> None:
    """Vertical axis from zero to a little above the highest level (to one if all is zero)."""
    axes.set_ylim(0, highest * 1.06 if highest > 0 else 1.0)


def draw_spread(axes: Axes, spread: pd.DataFrame, colour: str, scale: float = 1.0, width: float = 1.6) -> None:
    """Median line, with the middle half and the middle 90 % of members as bands if they differ."""
    year = spread["year"].to_numpy()
    if (spread["high"] > spread["low"]).any():
        axes.fill_between(year, spread["low"] * scale, spread["high"] * scale, color=colour, alpha=0.16, linewidth=0)
        axes.fill_between(year, spread["lower"] * scale, spread["upper"] * scale, color=colour, alpha=0.28, linewidth=0)
    marker = "o" if len(year) == 1 else None
    axes.plot(year, spread["median"] * scale, color=colour, linewidth=width, marker=marker, markersize=4)


def spread_apart(positions: ArrayLike, gap: float, lowest: float, highest: float) -> list[float]:
    """Label positions at least `gap` apart and within bounds, moved as little as possible (least squares).

    Less the gaps below it, each position must not fall below its lower neighbour: an isotonic regression.
    Worked value: 4, 4, 10 with gap 2 and bounds 0..20 -> 3, 5, 10.
    """
    wanted = np.asarray(positions, dtype=float)
    order = np.argsort(wanted, kind="stable")
    steps = gap * np.arange(len(wanted))
    level = pooled(wanted[order] - steps)
    result = np.empty_like(wanted)
    result[order] = np.clip(level, lowest, max(highest - gap * (len(wanted) - 1), lowest)) + steps
    return [float(position) for position in result]


def pooled(levels: ArrayLike) -> NDArray[np.float64]:
    """Closest non-decreasing sequence (pool adjacent violators). Worked value: 1, 4, 2, 5 -> 1, 3, 3, 5."""
    blocks: list[tuple[float, int]] = []
    for level in np.asarray(levels, dtype=float):
        mean, count = float(level), 1
        while blocks and blocks[-1][0] > mean:
            below, size = blocks.pop()
            mean, count = (below * size + mean * count) / (size + count), size + count
        blocks.append((mean, count))
    return np.repeat([mean for mean, _ in blocks], [count for _, count in blocks])


def label_beside(axes: Axes, positions: Sequence[float], texts: Sequence[str], colours: Sequence[ColorType]) -> None:
    """Write each text to the right of the axes near its height, with a swatch in its colour and a thin leader.

    Positions are in data units of the finished axes; heights are kept a line apart.
    """
    figure = axes.get_figure(root=True)
    if figure is None:
        raise ValueError("label_beside: the axes belong to no figure")
    bottom, top = axes.get_ylim()
    width_points, height_points = axes.get_position().size * figure.get_size_inches() * 72
    shares = [(position - bottom) / (top - bottom) for position in positions]
    placed = spread_apart(shares, LABEL_GAP_POINTS / height_points, 0.0, 1.0)
    start, bend, swatch, end, name = (1 + points / width_points for points in (2, 9, 14, 23, 27))
    line: dict[str, Any] = {"transform": axes.transAxes, "clip_on": False, "solid_capstyle": "butt"}
    for wanted, actual, text, colour in zip(shares, placed, texts, colours, strict=True):
        axes.plot([start, bend, swatch], [wanted, actual, actual], color=GRID, linewidth=0.8, **line)
        axes.plot([swatch, end], [actual, actual], color=colour, linewidth=5, **line)
        axes.text(name, actual, text, transform=axes.transAxes, va="center", fontsize=8.5)


def key_line(figure: Figure, entries: Sequence[tuple[str, str]], left: float, height: float) -> None:
    """A row of coloured squares with names, in figure coordinates: the key where labels beside curves do not fit."""
    squares = [Patch(facecolor=colour, label=text, linewidth=0) for text, colour in entries]
    figure.legend(
        handles=squares,
        ncols=len(squares),
        loc="center left",
        bbox_to_anchor=(left, height),
        frameon=False,
        fontsize=8,
        borderpad=0,
        borderaxespad=0,
        handlelength=0.8,
        handleheight=0.8,
        handletextpad=0.5,
        columnspacing=1.0,
    )


def few_ticks(axes: Axes, count: int = 3) -> None:
    """At most `count` + 1 round levels on the vertical axis, for small panels."""
    axes.yaxis.set_major_locator(MaxNLocator(count))


def text_on(colour: tuple[float, float, float, float]) -> str:
    """Dark or light text, whichever is read better on a filled tile (WCAG relative luminance)."""
    channels = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3]]
    luminance = 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]
    return DARK_TEXT if luminance > 0.179 else LIGHT_TEXT


def save(figure: Figure, folder: Path, name: str) -> str:
    """Write NAME.png and NAME.svg, or NAME_zh of both; return the SVG text for the page."""
    name = in_language(name, f"{name}_zh")
    if _language.get() == ENGLISH or chinese_font():
        figure.savefig(folder / f"{name}.png", dpi=PNG_DOTS_PER_INCH)
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    (folder / f"{name}.svg").write_text(text, encoding="utf-8")
    return for_page(text, name)


def for_page(svg: str, name: str) -> str:
    """An SVG made to live inside a page: own identifiers, the page's fonts and colours, no header, no fixed size."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = svg.replace("url(#", f"url(#{name}-").replace('href="#', f'href="#{name}-')
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*pt"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*pt"', r'\1 aria-hidden="true"', svg, count=1)
    svg = _FAMILY_OF_TEXT.sub("", svg)
    for colour, variable in _THEME.items():
        svg = svg.replace(colour, variable)
    return svg
