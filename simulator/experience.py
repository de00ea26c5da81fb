"""The network over which provinces exchange experience: who learns from whom, and how much (ODD+D: submodel 5).

Provinces learn from those that are like them and near them, and more from those with which they are paired. Similarity
of administration and economy counts beside distance in studies of policy diffusion in China. The weights are an expert
assumption on measured profiles. As a graph the network can be drawn, written, edited and read again.
"""

from functools import cache
from pathlib import Path
from typing import NamedTuple

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from agents.compiled import rows_of
from simulator.base_year import FUELS
from simulator.calibration import by_sector, output_by_route
from simulator.errors import ConfigError
from simulator.names import nearest
from simulator.networks import Graph, read_graph, write_graph
from simulator.setting import Setting
from simulator.tables import Array, kept, read_table

KEY = "experience"
OFFICIAL = ("east-west", "aid to Xinjiang", "aid to Tibet", "north-east")
STUDY_GROUP = "study group"
# Weights of a file may be rounded; beyond this a row that does not sum to one is an error of the file.
ROUNDING = 1e-3


class Profile(NamedTuple):
    """What makes provinces alike. industry [P, S]: shares of sectors in value added; income [P]: GDP per head, any
    unit; coal [P]: share of coal in fuel burnt; zone [P]: heating climate zone; distance_km [P, P]."""

    industry: Array
    income: Array
    coal: Array
    zone: NDArray[np.int64]
    distance_km: Array


class Similarity(NamedTuple):
    """How weights fall with difference. scale (d0): difference at which a weight has fallen to 37 %, in mean
    differences; geography: weight of distance beside the four other kinds; twinning: what a pairing adds (omega)."""

    scale: float
    geography: float
    twinning: float


def profile_of(setting: Setting) -> Profile:
    """The profile of each province in the base year."""
    base = setting.base
    economy, names = base.economy, base.names
    added = economy.output_bn_cny * economy.value_added_share
    made = output_by_route(rows_of(setting.population.firms), len(names.provinces), len(names.routes))
    fuel = np.stack(
        [
            (by_sector(base, made * base.routes.fuel_gj[:, f]) * setting.calibration.fuel).sum(axis=1)
            for f in range(len(FUELS))
        ],
        axis=1,
    )
    return Profile(
        industry=added / added.sum(axis=1, keepdims=True),
        income=added.sum(axis=1) / base.population_million,
        coal=fuel[:, FUELS.index("coal")] / fuel.sum(axis=1),
        zone=climate_zones(names.provinces),
        distance_km=base.distance_km,
    )


@cache
def climate_zones(provinces: tuple[str, ...]) -> NDArray[np.int64]:
    """Number of each province's heating climate zone [P]; read-only, read once."""
    zones = read_table("facts/heating_zones").set_index("province").loc[list(provinces)]["zone"]
    labels = sorted(set(zones))
    return kept(np.array([labels.index(one) for one in zones], dtype=np.int64))


def differences(profile: Profile, geography: float) -> Array:
    """How unlike two provinces are [P, P], symmetric, zero on the diagonal.

    Mean of industry mix (half the sum of absolute differences of shares), log income, coal share, climate zone (0 the
    same, 1 another) and `geography` times distance, each over its mean over all pairs, so that no unit matters.
    """
    mix = 0.5 * np.abs(profile.industry[:, None, :] - profile.industry[None, :, :]).sum(axis=2)
    kinds = [mix, *(np.abs(one[:, None] - one[None, :]) for one in (np.log(profile.income), profile.coal))]
    kinds.append((profile.zone[:, None] != profile.zone[None, :]).astype(np.float64))
    parts = [_over_mean(one) for one in kinds]
    return np.asarray((sum(parts) + geography * _over_mean(profile.distance_km)) / (len(parts) + geography))


def _over_mean(difference: Array) -> Array:
    count = len(difference)
    mean = difference.sum() / max(count * (count - 1), 1)
    return difference / mean if mean > 0.0 else np.zeros(difference.shape)


def exchange_weights(difference: Array, paired: Array, how: Similarity) -> Array:
    """How much each province learns from each other one, W [learner, peer]; rows sum to one, diagonal zero.

    W_rq ~ exp(-difference_rq / d0) (1 + omega paired_rq). Worked value: peers at differences 0 and d0 ln 2, the
    second one paired with omega 1: weights 1/2 and 1/2.
    """
    weight = np.exp(-difference / how.scale) * (1.0 + how.twinning * paired)
    np.fill_diagonal(weight, 0.0)
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))


@cache
def twinned(provinces: tuple[str, ...], kinds: tuple[str, ...] = OFFICIAL) -> Array:
    """1 where two provinces are paired [P, P], symmetric, by the programmes named (`twinned_provinces.csv`).

    Read-only, made once.
    """
    paired = np.zeros((len(provinces), len(provinces)))
    table = read_table("twinned_provinces")
    for a, b in table[table["programme"].isin(kinds)][["province", "partner"]].to_numpy():
        i, j = provinces.index(a), provinces.index(b)
        paired[i, j] = paired[j, i] = 1.0
    return kept(paired)


def exchange_network(setting: Setting, kinds: tuple[str, ...] = OFFICIAL) -> Array:
    """The weights [P, P] that follow from the base year, its parameters and the pairings named."""
    own = setting.parameters
    how = Similarity(own["exchange_scale"], own["exchange_distance_weight"], own["exchange_twinning"])
    difference = differences(profile_of(setting), how.geography)
    return exchange_weights(difference, twinned(setting.base.names.provinces, kinds), how)


def to_graph(weight: Array, provinces: tuple[str, ...], paired: Array | None = None) -> Graph:
    """The network as a graph: an edge peer -> learner with `weight`, and `paired` 1 where they are twinned."""
    graph: Graph = nx.MultiDiGraph()
    graph.add_nodes_from(provinces)
    for learner, peer in np.argwhere(weight > 0.0).tolist():
        values = {"weight": float(weight[learner, peer])}
        if paired is not None:
            values["paired"] = float(paired[learner, peer])
        graph.add_edge(provinces[peer], provinces[learner], key=KEY, **values)
    return graph


def write_network(weight: Array, provinces: tuple[str, ...], path: Path, paired: Array | None = None) -> None:
    """Write the network: GraphML if the file's name ends so, else a CSV edge list (origin learns nothing, destination
    does)."""
    graph = to_graph(weight, provinces, paired)
    if path.suffix == ".graphml":
        nx.write_graphml(graph, path)
    else:
        write_graph(graph, path)


def read_network(path: Path, provinces: tuple[str, ...]) -> Array:
    """Weights [P, P] of a network file, each row brought to exactly one.

    Raises ConfigError with one line for each error: unknown provinces, negative or missing weights, edges stated twice,
    provinces that learn from themselves, rows that do not sum to one.
    """
    graph = _graph_of(path)
    place = {name: index for index, name in enumerate(provinces)}
    weight, errors = np.zeros((len(provinces), len(provinces))), []
    seen: set[tuple[str, str]] = set()
    for peer, learner, data in graph.edges(data=True):
        fault = _fault(peer, learner, data.get("weight"), place, seen)
        if fault:
            errors.append(f"{path.name}: {fault}")
            continue
        seen.add((peer, learner))
        weight[place[learner], place[peer]] = float(data["weight"])
    total = weight.sum(axis=1)
    if not errors:
        errors = [f"{path.name}: {line}" for line in _sum_errors(total, provinces)]
    if errors:
        raise ConfigError(errors)
    return np.asarray(weight / total[:, None])


def _sum_errors(total: Array, provinces: tuple[str, ...]) -> list[str]:
    """Provinces whose weights [P] do not sum to one; those that are not in the file at all in one line."""
    absent = [name for name, one in zip(provinces, total, strict=True) if one == 0.0]
    errors = [
        f"{name} learns with weights that sum to {one:.6g}; allowed: 1, within {ROUNDING:g}"
        for name, one in zip(provinces, total, strict=True)
        if one != 0.0 and abs(one - 1.0) > ROUNDING
    ]
    if absent:
        allowed = f"allowed: weights that sum to 1 for each of the {len(provinces)} provinces"
        errors.append(f"nothing says from whom these learn (destination): {', '.join(absent)}; {allowed}")
    return errors


def _graph_of(path: Path) -> Graph:
    """The graph of a file; ConfigError where there is none or it cannot be read."""
    try:
        if path.suffix == ".graphml":
            return nx.MultiDiGraph(nx.read_graphml(path, force_multigraph=True))
        return read_graph(path)
    except FileNotFoundError:
        where = f"no such file in {path.absolute().parent}"
        raise ConfigError([f"{path.name}: {where}; allowed: a network in GraphML or CSV"]) from None
    except (ValueError, nx.NetworkXException, SyntaxError) as error:
        raise ConfigError([f"{path.name}: no network can be read from it ({error})"]) from None


def _fault(peer: str, learner: str, weight: object, place: dict[str, int], seen: set[tuple[str, str]]) -> str:
    """What is wrong with an edge, or nothing."""
    for name in (peer, learner):
        if name not in place:
            return f"{name!r} is no province{nearest(name, place)}; allowed: the {len(place)} names of provinces.csv"
    if peer == learner:
        return f"{peer} learns from itself; allowed: other provinces"
    if (peer, learner) in seen:
        return f"the edge {peer} to {learner} is stated twice; allowed: once"
    if not isinstance(weight, (int, float)) or not 0.0 <= weight < np.inf:
        return f"the edge {peer} to {learner} has weight {weight}; allowed: a number of zero or more"
    return ""
