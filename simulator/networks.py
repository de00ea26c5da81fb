"""Networks as graphs and as arrays: trade in goods, power lines, ownership of firms.

The graphs (networkx) are for people: they are read from and written to files, drawn and analysed. The arrays are for
rules. Each pair of functions is each other's inverse. A file is an edge list in CSV, sorted, one edge a row.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.goods_trade import Array

Integers = NDArray[np.int64]
Graph: TypeAlias = "nx.MultiDiGraph[str]"
# A file's shares may be rounded; beyond this they are an error of the data and not of rounding.
ROUNDING = 1e-4


class Lines(NamedTuple):
    """Power lines in the order of their ids. origin, destination: province indices; capacity_gw; loss_share; names."""

    origin: Integers
    destination: Integers
    capacity_gw: Array
    loss_share: Array
    names: tuple[str, ...]


class Ownership(NamedTuple):
    """Who owns whom. group: `[firm]`, -1 for none; firms of group g: `member[start[g]:start[g + 1]]`, by row."""

    group: Integers
    start: Integers
    member: Integers


def goods_graph(sourcing: Array, provinces: Sequence[str], sectors: Sequence[str]) -> Graph:
    """Trade in goods: an edge origin -> destination per sector (its key) with the `share` of the destination's use.

    sourcing: `[origin, destination, sector]`. Pairs without trade have no edge.
    """
    graph: Graph = nx.MultiDiGraph()
    graph.add_nodes_from(provinces)
    for o, d, s in np.argwhere(sourcing > 0.0).tolist():
        graph.add_edge(provinces[o], provinces[d], key=sectors[s], share=float(sourcing[o, d, s]))
    return graph


def goods_sourcing(graph: Graph, provinces: Sequence[str], sectors: Sequence[str]) -> Array:
    """Sourcing shares `[origin, destination, sector]` of a graph; each destination's shares are brought to exactly 1.

    Raises `ValueError` for unknown provinces or sectors, negative shares, and sums off 1 by more than rounding.
    """
    province, sector = _index(provinces), _index(sectors)
    sourcing = np.zeros((len(provinces), len(provinces), len(sectors)))
    for origin, destination, key, data in graph.edges(keys=True, data=True):
        place = (_find(province, origin), _find(province, destination), _find(sector, key))
        share = float(data["share"])
        if not share >= 0.0:
            raise ValueError(f"trade in {key} from {origin} to {destination}: share {share}, allowed is 0 to 1")
        sourcing[place] += share
    return normalise(sourcing, provinces, sectors)


def trade_weights(sourcing: Array, use: Array) -> Array:
    """How much other provinces matter to a province as suppliers, `[province, other]`; rows sum to 1, diagonal 0.

    sourcing: `[origin, destination, sector]`; use: `[destination, sector]` bn CNY. A province that buys nothing
    elsewhere gives all others the same weight.
    """
    bought = np.einsum("ods,ds->do", sourcing, use)
    np.fill_diagonal(bought, 0.0)
    total = bought.sum(axis=1, keepdims=True)
    others = (1.0 - np.eye(len(bought))) / max(len(bought) - 1, 1)
    return np.where(total > 0.0, bought / np.where(total > 0.0, total, 1.0), others)


def line_graph(lines: Lines, provinces: Sequence[str]) -> Graph:
    """Power lines: an edge per line (its key), with `capacity_gw` and `loss_share`; power flows either way."""
    graph: Graph = nx.MultiDiGraph()
    graph.add_nodes_from(provinces)
    rows = zip(lines.origin.tolist(), lines.destination.tolist(), lines.names, strict=True)
    for number, (o, d, name) in enumerate(rows):
        values = {"capacity_gw": float(lines.capacity_gw[number]), "loss_share": float(lines.loss_share[number])}
        graph.add_edge(provinces[o], provinces[d], key=name, **values)
    return graph


def line_arrays(graph: Graph, provinces: Sequence[str], order: Sequence[str] | None = None) -> Lines:
    """Lines of a graph in the order of their permanent ids (`order`; by name if not given)."""
    province = _index(provinces)
    edges = {key: (o, d, data) for o, d, key, data in graph.edges(keys=True, data=True)}
    names = tuple(sorted(edges)) if order is None else tuple(order)
    if len(edges) != graph.number_of_edges() or set(names) != set(edges):
        raise ValueError(f"power lines: {graph.number_of_edges()} edges with {len(edges)} names, {len(names)} expected")
    for name in names:
        capacity, loss = edges[name][2]["capacity_gw"], edges[name][2]["loss_share"]
        if not (float(capacity) >= 0.0 and 0.0 <= float(loss) < 1.0):
            raise ValueError(f"line {name}: capacity {capacity} GW, loss {loss}; allowed are >= 0 and 0 <= loss < 1")
    return Lines(
        np.array([_find(province, edges[name][0]) for name in names], dtype=np.int64),
        np.array([_find(province, edges[name][1]) for name in names], dtype=np.int64),
        np.array([float(edges[name][2]["capacity_gw"]) for name in names]),
        np.array([float(edges[name][2]["loss_share"]) for name in names]),
        names,
    )


def ownership_graph(group: Integers, province: Integers, sector: Integers, names: Sequence[str]) -> Graph:
    """Ownership: an edge group -> firm with the firm's `province` and `sector` (indices).

    group, province, sector: `[firm]`, -1 for no group; names: `[group]`. All firms are nodes: `firm 0`, `firm 1`, ...
    """
    graph: Graph = nx.MultiDiGraph()
    graph.add_nodes_from(names, kind="group")
    graph.add_nodes_from((f"firm {row}" for row in range(group.size)), kind="firm")
    for row in np.flatnonzero(group >= 0).tolist():
        values = {"province": int(province[row]), "sector": int(sector[row])}
        graph.add_edge(names[int(group[row])], f"firm {row}", key="owns", **values)
    return graph


def ownership_arrays(graph: Graph, names: Sequence[str], firms: int) -> Ownership:
    """Groups of a graph as arrays; a firm has one owner at most, else `ValueError`."""
    index = _index(names)
    group = np.full(firms, -1, dtype=np.int64)
    for owner, firm in graph.edges():
        row = int(str(firm).removeprefix("firm "))
        if not 0 <= row < firms or group[row] >= 0:
            raise ValueError(f"{owner} owns {firm}: allowed are firms 0 to {firms - 1}, each with one owner at most")
        group[row] = _find(index, owner)
    return members(group, len(names))


def members(group: Integers, groups: int) -> Ownership:
    """Index the firms of each group; `group`: `[firm]`, -1 for none."""
    owned = np.flatnonzero(group >= 0)
    member = owned[np.argsort(group[owned], kind="stable")]
    start = np.searchsorted(group[member], np.arange(groups + 1)).astype(np.int64)
    return Ownership(group, start, member.astype(np.int64))


def provinces_of_groups(ownership: Ownership, province: Integers) -> Integers:
    """In how many provinces each group owns firms, `[group]`."""
    ends = zip(ownership.start[:-1].tolist(), ownership.start[1:].tolist(), strict=True)
    return np.array([np.unique(province[ownership.member[a:b]]).size for a, b in ends], dtype=np.int64)


def write_graph(graph: Graph, path: Path) -> None:
    """Write the edges as CSV: origin, destination, key, then the attributes by name; sorted by key."""
    rows = [{"origin": o, "destination": d, "key": k, **data} for o, d, k, data in graph.edges(keys=True, data=True)]
    attributes = sorted({name for row in rows for name in row} - {"origin", "destination", "key"})
    table = pd.DataFrame(rows, columns=["origin", "destination", "key", *attributes])
    table.sort_values(["key", "origin", "destination"], kind="stable").to_csv(path, index=False)


def read_graph(path: Path) -> Graph:
    """Read a graph written by `write_graph`, or made by hand with the columns origin, destination and key."""
    table = pd.read_csv(path)
    missing = {"origin", "destination", "key"} - set(table.columns)
    if missing:
        raise ValueError(f"{path}: column {', '.join(sorted(missing))} is missing in {', '.join(table.columns)}")
    graph: Graph = nx.MultiDiGraph()
    for row in table.to_dict("records"):
        values = {str(k): v for k, v in row.items() if k not in ("origin", "destination", "key")}
        graph.add_edge(str(row["origin"]), str(row["destination"]), key=str(row["key"]), **values)
    return graph


def _index(names: Sequence[str]) -> dict[str, int]:
    return {name: number for number, name in enumerate(names)}


def _find(index: dict[str, int], name: str) -> int:
    if name not in index:
        raise ValueError(f"network: {name!r} is unknown; allowed are {', '.join(index)}")
    return index[name]


def normalise(sourcing: Array, provinces: Sequence[str], sectors: Sequence[str]) -> Array:
    """Bring every destination's shares to a sum of 1; sectors without any trade (power) stay zero.

    sourcing: `[origin, destination, sector]`. Raises `ValueError` where a sum is off by more than rounding.
    """
    total = sourcing.sum(axis=0)
    off = (np.abs(total - 1.0) > ROUNDING) & (sourcing.sum(axis=(0, 1)) > 0.0)
    if off.any():
        d, s = np.argwhere(off)[0].tolist()
        raise ValueError(
            f"sourcing of {sectors[s]} in {provinces[d]}: shares sum to {total[d, s]:.6g}, allowed is 1 +- {ROUNDING}"
        )
    return np.asarray(sourcing / np.where(total > 0.0, total, 1.0)[None, :, :], dtype=np.float64)
