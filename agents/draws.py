"""Addressed draws: a random number is looked up by (seed, stream, year, row, item), never taken from a moving state.

Philox4x32-10 (Salmon et al. 2011, doi:10.1145/2063384.2063405) turns a 64-bit key and a 128-bit counter into four
32-bit words. The key is the seed; the counter is the address. Two policies therefore share their luck, a member of an
ensemble does not depend on the batch or the worker that ran it, and any year can be replayed.
"""

import math
from typing import Any

import numpy as np

from agents.compiled import rule

MULTIPLIER_0 = np.uint64(0xD2511F53)
MULTIPLIER_1 = np.uint64(0xCD9E8D57)
WEYL_0 = np.uint64(0x9E3779B9)
WEYL_1 = np.uint64(0xBB67AE85)
LOW = np.uint64(0xFFFFFFFF)
SHIFT = np.uint64(32)
ROUNDS = 10
# The largest number below one, to which the highest of the 2^53 steps would else round up.
LARGEST = 1.0 - 2.0**-53
# The Gumbel distribution in so many equal parts: its quantiles at 0, 1/256, ... 1, and by how much a computed draw may
# at most exceed one that it should not.
STEPS = 256
GUMBEL_QUANTILES = np.array(
    [-math.inf, *(-math.log(-math.log(step / STEPS)) for step in range(1, STEPS)), math.inf], dtype=np.float64
)
ROUNDING = 1e-12


@rule
def philox(key_0: Any, key_1: Any, c0: Any, c1: Any, c2: Any, c3: Any) -> tuple[Any, Any, Any, Any]:
    """Four 32-bit words (as uint64) of Philox4x32-10; every argument is a uint64 below 2**32.

    Known answer: all arguments zero give 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8.
    """
    for _ in range(ROUNDS):
        product_0 = MULTIPLIER_0 * c0
        product_1 = MULTIPLIER_1 * c2
        c0 = (product_1 >> SHIFT) ^ c1 ^ key_0
        c2 = (product_0 >> SHIFT) ^ c3 ^ key_1
        c1 = product_1 & LOW
        c3 = product_0 & LOW
        key_0 = (key_0 + WEYL_0) & LOW
        key_1 = (key_1 + WEYL_1) & LOW
    return c0, c1, c2, c3


@rule
def uniform(seed: int, stream: int, year: int, row: int, item: int) -> float:
    """A uniform draw in the open interval (0, 1) at the address (seed, stream, year, row, item).

    seed is below 2**64; stream, year, row and item are below 2**32.
    """
    seed_bits = np.uint64(seed)
    words = philox(
        seed_bits & LOW, seed_bits >> SHIFT, np.uint64(row), np.uint64(item), np.uint64(year), np.uint64(stream)
    )
    high = words[0] >> np.uint64(5)
    low = words[1] >> np.uint64(6)
    return min((float(high) * 67108864.0 + float(low) + 0.5) / 9007199254740992.0, LARGEST)


@rule
def happens(chance: float, seed: int, stream: int, year: int, row: int, item: int) -> bool:
    """Whether what has this chance happens at an address; what is sure or impossible needs no draw."""
    return chance >= 1.0 or (chance > 0.0 and uniform(seed, stream, year, row, item) < chance)


@rule
def gumbel(seed: int, stream: int, year: int, row: int, item: int) -> float:
    """A standard Gumbel draw: the largest of many small reasons that the model does not name."""
    return gumbel_of(uniform(seed, stream, year, row, item))


@rule
def gumbel_of(draw: float) -> float:
    """The Gumbel draw that has the place of a uniform draw u in its distribution: -ln(-ln u). At 0.5: 0.3665."""
    return -math.log(-math.log(draw))


@rule
def gumbel_between(draw: float) -> tuple[float, float]:
    """Two numbers between which `gumbel_of` lies, told without a logarithm: the quantiles on either side.

    At 0.5: 0.3665 and 0.3778; below 1/256 the lower one is minus infinity, from 255/256 on the higher one is infinity.
    """
    place = int(draw * STEPS)
    return GUMBEL_QUANTILES[place] - ROUNDING, GUMBEL_QUANTILES[place + 1] + ROUNDING


@rule
def normal(seed: int, stream: int, year: int, row: int, item: int) -> float:
    """A standard normal draw (Box and Muller 1958), from the items 2 * item and 2 * item + 1."""
    radius = math.sqrt(-2.0 * math.log(uniform(seed, stream, year, row, 2 * item)))
    return radius * math.cos(2.0 * math.pi * uniform(seed, stream, year, row, 2 * item + 1))
