"""Words of the report in both languages: sections, and a caption under each figure that says how to read it.

A caption is made of sentences, each of which is told of those runs only of which it is true: there are no bands in a
run of one member, and a part that a run cannot show is not described.
"""

from collections.abc import Callable
from dataclasses import dataclass

from simulator.analysis.peak import MEAN_YEARS
from simulator.analysis.run_tables import RunTables
from simulator.government_policies import ASSUMED

# How an ensemble is told to keep tables finer than provinces.
KEEP_FINER = "tanlu ensemble --level sector"


def of_any(_run: RunTables) -> bool:
    """Told of every run."""
    return True


def of_one(run: RunTables) -> bool:
    """Told of a run of one member."""
    return len(run.members) == 1


def of_several(run: RunTables) -> bool:
    """Told of a run of several members."""
    return len(run.members) > 1


def of_sectors(run: RunTables) -> bool:
    """Told where the run holds sectors."""
    return run.has("sectors")


def without_sectors(run: RunTables) -> bool:
    """Told where the run holds no sectors."""
    return not run.has("sectors")


def of_goods(run: RunTables) -> bool:
    """Told where the run holds goods not delivered."""
    return run.has("national", "unserved_goods_bn_cny")


def of_peaks_in_several(run: RunTables) -> bool:
    """Told where peaks of several members can be told."""
    return of_several(run) and len(run.years) >= MEAN_YEARS


def of_a_peak_in_one(run: RunTables) -> bool:
    """Told where the peak of the only member can be told."""
    return of_one(run) and len(run.years) >= MEAN_YEARS


@dataclass(frozen=True)
class Said:
    """A sentence in English and Chinese, and the runs of which it is told."""

    text: str
    text_zh: str
    told: Callable[[RunTables], bool] = of_any


@dataclass(frozen=True)
class Caption:
    """Title of a figure in English and Chinese, and the sentences that explain it.

    `abbreviated`: the English figure names provinces by two letters, which want a key.
    """

    title: str
    title_zh: str
    sentences: tuple[Said, ...]
    abbreviated: bool = False

    def text(self, run: RunTables) -> str:
        """What is told of this run, in English."""
        return " ".join(one.text for one in self.sentences if one.told(run))

    def text_zh(self, run: RunTables) -> str:
        """What is told of this run, in Chinese."""
        return "".join(one.text_zh for one in self.sentences if one.told(run))


@dataclass(frozen=True)
class Section:
    """A heading and the figures below it."""

    anchor: str
    title: str
    title_zh: str
    figures: tuple[str, ...]


SECTIONS = (
    Section("nation", "The nation", "全国", ("national_co2", "co2_by_sector", "indicators")),
    Section("power", "Electricity", "电力", ("power_mix", "electricity_flows")),
    Section("four", "Four provinces", "四个省区", ("four_provinces",)),
    Section("policy", "Governments and the carbon market", "政府与碳市场", ("carbon_market", "governments")),
    Section("provinces", "All provinces", "各省区", ("all_provinces", "tile_maps")),
    Section("industry", "How things are made", "生产路线", ("route_shares", "blocked_decisions")),
    Section("trade", "CO₂ in traded goods", "贸易隐含碳", ("embodied_co2",)),
)

_BANDS = Said(
    "Bands hold the middle 50 % and 90 % of members, the line is their median.",
    "深浅色带分别为成员的中间50%与90%，线为中位数。",
    of_several,
)

# Said wherever training, exchange or capacity is shown.
ASSUMED_CAPACITY = Said(
    ASSUMED,
    "规划能力由代理指标假设而得，并非测量；文献中未见培训或交流效果的实测值，相关结果仅为假设条件下的探索，不是结论。",
)

CAPTIONS = {
    "carbon_market": Caption(
        "The national carbon market",
        "全国碳市场",
        (
            _BANDS,
            Said("Right: medians.", "右图为中位数。", of_several),
            Said(
                "What covered firms emit is met by free, auctioned and kept allowances and, at the highest price or"
                " step, by the reserve.",
                "控排企业的排放由免费、拍卖、结转配额满足，触及价格上限或涨幅上限时由储备补足。",
            ),
        ),
    ),
    "governments": Caption(
        "Local governments",
        "地方政府",
        (
            Said(
                "Effort is the share of its measures that a province wants to use.", "努力程度为省份拟动用的措施比例。"
            ),
            Said(
                "Output is held back where a plan is about to be missed (targets) or power is short.",
                "目标将落空时限产，缺电时限电。",
                of_sectors,
            ),
            Said(
                f"Output held back is left out: it needs the table of sectors, which {KEEP_FINER} keeps.",
                f"受限产出一图从略：该图需要分行业表，可用 {KEEP_FINER} 保留。",
                without_sectors,
            ),
            ASSUMED_CAPACITY,
        ),
    ),
    "national_co2": Caption(
        "National CO₂ and the year of its peak",
        "全国二氧化碳排放与达峰年份",
        (
            _BANDS,
            Said(
                "A peak is the highest centred three-year mean, which need not be the year of the highest emissions; it"
                " counts as confirmed if the mean then stays below it for at least five years and falls by at least"
                " 3 %.",
                "达峰指三年滑动平均的最高点，未必是单年排放最高的年份；其后至少五年低于该值且降幅不小于3%方为确认。",
            ),
            Said(
                "Dashed: the three-year mean; the dot is its highest year, the bar below the plateau around it: years"
                " in a row whose mean is within 3 % of the highest.",
                "虚线为三年滑动平均，圆点为其最高年份，下方横条为其前后的平台期（连续各年平均值与峰值相差不超过3%）。",
                of_a_peak_in_one,
            ),
        ),
    ),
    "co2_by_sector": Caption(
        "CO₂ by sector",
        "分行业二氧化碳排放",
        (
            Said(
                "Direct emissions; those of electricity and heat belong to the power sector.",
                "直接排放，电力与热力的排放计入电力行业。",
            ),
            Said(
                "Layers are each sector's median over members; medians need not add up, so the median of the total is"
                " drawn as a dashed line.",
                "各层为该行业的成员中位数；中位数之和不必等于总量的中位数，后者以虚线绘出。",
                of_several,
            ),
        ),
    ),
    "indicators": Caption(
        "Prices, energy mix, security of supply",
        "价格、能源结构与供应安全",
        (
            _BANDS,
            Said("Money in constant prices of 2020.", "价格为2020年不变价。"),
            Said(
                "Goods not delivered are orders from home and abroad that no supplier could meet: in years of"
                " campaigns, when plans are about to be missed and output is held back.",
                "未交付商品为国内外订单中无供应方可满足的部分，出现在目标将落空、地方搞运动式限产的年份。",
                of_goods,
            ),
        ),
    ),
    "power_mix": Caption(
        "Power mix",
        "电源结构",
        (
            Said("Median of each technology.", "各技术的成员中位数。", of_several),
            Said(
                "Storage is shown as capacity only: it gives back what it took. Coal is the sum of"
                " sub-critical, supercritical and ultra-supercritical units and of those with capture.",
                "储能只计装机，其放电来自充电。煤电含亚临界、超临界、超超临界机组及加装碳捕集的机组。",
            ),
        ),
    ),
    "electricity_flows": Caption(
        "Electricity between provinces",
        "跨省送电",
        (
            Said(
                "Arrows: annual transfers over lines, width in proportion, at most the 45 largest. Orange provinces"
                " send more than they receive, purple ones receive more.",
                "箭头为年送电量（最多45条），线宽成比例。橙色为净送出，紫色为净受入。",
            ),
            Said("All numbers are medians over members.", "各数均为成员中位数。", of_several),
        ),
        abbreviated=True,
    ),
    "four_provinces": Caption(
        "Zhejiang, Jiangsu, Henan, Xinjiang side by side",
        "浙江、江苏、河南、新疆对比",
        (
            Said("Top: direct CO₂ by sector group.", "上：分行业组直接排放。"),
            Said("Layers are medians over members.", "各层为成员中位数。", of_several),
            Said(
                "Below: the same emissions counted where they arise, with the electricity that a province uses, and by"
                " final use of goods; the last is implied by the model's trade estimates.",
                "其下：生产侧、计入所用电力、消费侧三种核算，后者由模型的贸易估计推算。",
            ),
            Said("Bottom: when produced CO₂ peaks.", "最下：生产侧达峰年份。", of_peaks_in_several),
        ),
    ),
    "all_provinces": Caption(
        "31 provinces, each relative to its own start",
        "31个省区相对于起始年的排放",
        (
            Said("Each panel stands where the province lies on the map.", "各小图按地理位置排列。"),
            _BANDS,
            Said("The number is the median of the last year,", "数字为末年中位数，", of_several),
            Said("The number is the last year,", "数字为末年值，", of_one),
            Said("red if above the first year; the grey line is the nation.", "高于起始年者为红色；灰线为全国。"),
        ),
    ),
    "tile_maps": Caption(
        "Peak, fall and lag by province",
        "各省区达峰、降幅与落后年数",
        (
            Said("All numbers are medians over members.", "各数均为成员中位数。", of_several),
            Said(
                "Left: year of the peak (≤: the run starts too late to tell whether it was earlier; >: not confirmed"
                " within the run). Middle: change of CO₂. Right: how many years earlier the nation had made the cut in"
                " CO₂ per GDP (electricity counted where it is used) that the province has made; minus means ahead.",
                "左：达峰年份（≤表示可能更早，>表示期内未确认）。中：排放变化。右：全国达到该省区当年单位GDP排放降幅"
                "（电力计入用地）的时间早多少年，负值为领先。",
            ),
        ),
        abbreviated=True,
    ),
    "route_shares": Caption(
        "Production routes of industry",
        "工业生产路线",
        (
            Said("Share of each route in national output.", "各路线占全国产量的比重。"),
            Said("From medians over members.", "按成员中位数计算。", of_several),
        ),
    ),
    "blocked_decisions": Caption(
        "What stopped investment",
        "投资受阻的原因",
        (
            Said(
                "Decisions that a firm wanted and could not carry out, by cause, over all years; at the right the"
                " mean number a year.",
                "企业有意而未能实施的投资决策，按原因统计，含全部年份；右侧为年均次数。",
            ),
            Said("All members together.", "各成员合计。", of_several),
        ),
    ),
    "embodied_co2": Caption(
        "CO₂ embodied in goods between provinces",
        "省际商品隐含碳",
        (
            Said(
                "No official table of trade between provinces exists for every year: flows are estimates from distance"
                " and size, so these footprints are implied by the model. Colours on a root scale; bars: the largest"
                " flows of the same year.",
                "省际贸易缺少逐年官方表，流量由距离与规模估计，故隐含碳为模型推算。颜色按平方根刻度；条形为同年最大流向。",
            ),
            Said("All numbers are medians over members.", "各数均为成员中位数。", of_several),
        ),
        abbreviated=True,
    ),
}
