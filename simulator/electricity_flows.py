"""Electricity between provinces over a year, and its CO2 by proportional mixing on annual flows (Ji et al. 2016,
doi:10.1016/j.apenergy.2016.09.081)."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.compiled import process, rule
from simulator.goods_trade import POWER, Array
from simulator.totals import put, total_of


class LinesOfYear(NamedTuple):
    """Lines `[line]`: between which provinces, share lost, and TWh sent from origin and from destination."""

    origin: NDArray[np.int64]
    destination: NDArray[np.int64]
    loss: Array
    forward_twh: Array
    backward_twh: Array


class Exchange(NamedTuple):
    """Electricity between provinces. made `[province]`: generation less what storage took beyond what it gave, and
    sent, received `[origin, destination]`, in TWh; mixed, used `[province]`: CO2 intensity of what is used or sent on
    in t per MWh, and CO2 of what is used at home in Mt."""

    made: Array
    sent: Array
    received: Array
    mixed: Array
    used: Array


def no_exchange(provinces: int) -> Exchange:
    """Electricity of no year yet."""
    (made, mixed, used), (sent, received) = np.zeros((3, provinces)), np.zeros((2, provinces, provinces))
    return Exchange(made, sent, received, mixed, used)


@process
def exchange(lines: LinesOfYear, generation: Array, charging: Array, co2: Array, flows: Exchange) -> None:
    """Fill electricity sent and its CO2 by proportional mixing; generation `[province, technology]` and charging
    `[province, store]` in TWh, co2 `[province, sector]` in Mt."""
    fill_flows(lines, flows.sent, flows.received)
    for p in range(flows.made.size):
        made = 0.0
        for technology in range(generation.shape[1]):
            made += generation[p, technology]
        for store in range(charging.shape[1]):
            made -= charging[p, store]
        flows.made[p] = made
    put(electricity_mix(co2[:, POWER], flows.made, flows.sent), flows.mixed)
    for p in range(flows.made.size):
        bought = 0.0
        for o in range(flows.made.size):
            bought += flows.sent[o, p]
        flows.used[p] = flows.mixed[p] * (flows.made[p] + bought - total_of(flows.sent[p]))


@rule
def fill_flows(lines: LinesOfYear, sent: Array, received: Array) -> None:
    """Fill electricity sent and received `[origin, destination]` in TWh, from what each line took both ways."""
    sent[:], received[:] = 0.0, 0.0
    for line in range(lines.origin.size):
        a, b, kept = lines.origin[line], lines.destination[line], 1.0 - lines.loss[line]
        sent[a, b] += lines.forward_twh[line]
        sent[b, a] += lines.backward_twh[line]
        received[a, b] += kept * lines.forward_twh[line]
        received[b, a] += kept * lines.backward_twh[line]


@process
def electricity_mix(emitted: Array, generated: Array, sent: Array) -> Array:
    """CO2 intensity of the electricity that a province uses or sends on `[province]`, t per MWh, inputs left aside.

    x_p q_p = e_p + sum_o q_o sent_op, where x is generation plus imports before losses: losses keep their CO2. Solved
    by elimination; no pivots are needed, since a province's imports are a part of what goes through it.
    """
    provinces = emitted.size
    system, intensity = np.zeros((provinces, provinces)), emitted.copy()
    for p in range(provinces):
        through = generated[p]
        for o in range(provinces):
            through += sent[o, p]
            system[p, o] = -sent[o, p]
        system[p, p] += max(through, 1e-12)
    for done in range(provinces):
        for p in range(done + 1, provinces):
            if system[p, done] != 0.0:
                factor = system[p, done] / system[done, done]
                intensity[p] -= factor * intensity[done]
                for o in range(done, provinces):
                    system[p, o] -= factor * system[done, o]
    for p in range(provinces - 1, -1, -1):
        for o in range(p + 1, provinces):
            intensity[p] -= system[p, o] * intensity[o]
        intensity[p] /= system[p, p]
    return intensity
