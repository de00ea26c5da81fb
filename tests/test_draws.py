"""Addressed draws: published known answers, an oracle with Python's integers, distribution, independence of order."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import draws

WORD = st.integers(0, 2**32 - 1)
SMALL = st.integers(0, 2**31 - 1)
MULTIPLIERS, WEYL, MASK = (0xD2511F53, 0xCD9E8D57), (0x9E3779B9, 0xBB67AE85), 0xFFFFFFFF
# Salmon et al. 2011, known-answer file of Random123: counter, key, result of philox4x32-10.
KNOWN = {
    "zeros": ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    "ones": ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    "pi": ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
}


def words(text):
    return [int(one, 16) for one in text.split()]


def philox(key, counter):
    return [int(one) for one in draws.philox(*(np.uint64(one) for one in (*key, *counter)))]


def oracle(key, counter):
    """Philox4x32-10 with integers of any size."""
    (k0, k1), (c0, c1, c2, c3) = key, counter
    for _ in range(10):
        p0, p1 = MULTIPLIERS[0] * c0, MULTIPLIERS[1] * c2
        c0, c1, c2, c3 = (p1 >> 32) ^ c1 ^ k0, p1 & MASK, (p0 >> 32) ^ c3 ^ k1, p0 & MASK
        k0, k1 = (k0 + WEYL[0]) & MASK, (k1 + WEYL[1]) & MASK
    return [c0, c1, c2, c3]


def backwards(key, result):
    """The counter that gives a result: every round of Philox can be undone."""
    c0, c1, c2, c3 = result
    for turn in reversed(range(10)):
        k0, k1 = ((key[i] + turn * WEYL[i]) & MASK for i in range(2))
        before_2 = (c1 * pow(MULTIPLIERS[1], -1, 2**32)) & MASK
        before_0 = (c3 * pow(MULTIPLIERS[0], -1, 2**32)) & MASK
        before_1 = c0 ^ k0 ^ ((MULTIPLIERS[1] * before_2) >> 32)
        before_3 = c2 ^ k1 ^ ((MULTIPLIERS[0] * before_0) >> 32)
        c0, c1, c2, c3 = before_0, before_1, before_2, before_3
    return [c0, c1, c2, c3]


@pytest.mark.parametrize("case", KNOWN)
def test_known_answers(case):
    counter, key, result = (words(one) for one in KNOWN[case])
    assert philox(key, counter) == result
    assert oracle(key, counter) == result
    assert backwards(key, result) == counter


@given(st.tuples(WORD, WORD), st.tuples(WORD, WORD, WORD, WORD))
def test_any_key_and_counter_against_the_oracle(key, counter):
    assert philox(key, counter) == oracle(key, counter)


def test_plain_python_gives_the_same_words_without_a_warning():
    for counter, key, result in KNOWN.values():
        plain = draws.philox.py_func(*(np.uint64(one) for one in (*words(key), *words(counter))))
        assert [int(one) for one in plain] == words(result)


@given(st.integers(0, 2**63 - 1), st.integers(1, 20), st.integers(2020, 2060), SMALL, SMALL)
def test_a_uniform_draw_is_the_53_highest_bits_at_its_address(seed, stream, year, row, item):
    first, second, *_ = oracle((seed & MASK, seed >> 32), (row, item, year, stream))
    bits = (first >> 5) * 2**26 + (second >> 6)
    found = draws.uniform(np.uint64(seed), stream, year, row, item)
    assert found == pytest.approx((bits + 0.5) / 2**53, rel=1e-15)
    assert 0.0 < found < 1.0


@pytest.mark.parametrize("extreme", [0, MASK])
def test_the_interval_is_open_at_the_most_extreme_addresses(extreme):
    row, item, year, stream = backwards((5, 0), (extreme, extreme, 1, 1))
    assert 0.0 < draws.uniform(np.uint64(5), stream, year, row, item) < 1.0
    assert math.isfinite(draws.gumbel(np.uint64(5), stream, year, row, item))


ADDRESS = {"seed": np.uint64(3), "stream": 2, "year": 2030, "row": 17, "item": 4}


@pytest.mark.parametrize("part", ADDRESS)
def test_every_part_of_the_address_counts(part):
    moved = {**ADDRESS, part: type(ADDRESS[part])(int(ADDRESS[part]) + 1)}
    assert draws.uniform(*moved.values()) != draws.uniform(*ADDRESS.values())


def test_a_draw_does_not_depend_on_what_was_drawn_before():
    addresses = [(np.uint64(seed), 2, 2030, row, 0) for seed in (1, 2) for row in range(50)]
    forward = {one: draws.uniform(*one) for one in addresses}
    assert {one: draws.uniform(*one) for one in reversed(addresses)} == forward
    assert len(set(forward.values())) == len(addresses)


def sample(draw, count=40_000):
    return np.array([draw(np.uint64(11), 3, 2025, row, 0) for row in range(count)])


def test_uniform_draws_fill_the_interval_evenly():
    count = np.histogram(sample(draws.uniform), bins=20, range=(0.0, 1.0))[0]
    # 19 degrees of freedom: 43.8 is passed once in a thousand samples; this sample is fixed.
    assert ((count - 2000.0) ** 2 / 2000.0).sum() < 43.8


def test_gumbel_draws_have_their_mean_and_spread():
    drawn = sample(draws.gumbel)
    assert drawn.mean() == pytest.approx(0.5772, abs=0.02)
    assert drawn.std() == pytest.approx(math.pi / math.sqrt(6.0), rel=0.02)


def test_the_largest_of_two_gumbels_follows_the_logit():
    """U = 1 + e1 against U = e2: chosen with probability e / (1 + e) = 0.7311."""
    first, second = sample(draws.gumbel), np.array([draws.gumbel(np.uint64(11), 3, 2025, r, 1) for r in range(40_000)])
    assert (1.0 + first > second).mean() == pytest.approx(math.e / (1.0 + math.e), abs=0.007)


def test_normal_draws_have_their_mean_and_spread():
    drawn = sample(draws.normal)
    assert drawn.mean() == pytest.approx(0.0, abs=0.015)
    assert drawn.std() == pytest.approx(1.0, rel=0.015)
    assert (np.abs(drawn) < 1.0).mean() == pytest.approx(0.6827, abs=0.007)


def test_what_happens_has_its_chance():
    happened = [draws.happens(0.3, 7, 1, 2030, row, 0) for row in range(4000)]
    assert np.mean(happened) == pytest.approx(0.3, abs=0.03)
    assert happened == [draws.uniform(7, 1, 2030, row, 0) < 0.3 for row in range(4000)]
    assert all(draws.happens(1.0, 7, 1, 2030, row, 0) for row in range(9))
    assert not any(draws.happens(0.0, 7, 1, 2030, row, 0) for row in range(9))


def test_a_gumbel_draw_lies_between_its_bounds():
    steps = np.arange(1, draws.STEPS) / draws.STEPS
    some = [2.0**-54, 1e-9, *np.linspace(0.0005, 0.9995, 2000), *steps, *np.nextafter(steps, 0.0), 1.0 - 2.0**-53]
    for one in some:
        low, high = draws.gumbel_between(one)
        assert low < draws.gumbel_of(one) < high


def test_a_gumbel_draw_and_its_bounds_by_hand():
    """-ln(ln 2), and the next quantile, -ln(-ln(129/256)); the first and the last part have no end."""
    assert draws.gumbel_of(0.5) == pytest.approx(-math.log(math.log(2.0)))
    assert draws.gumbel_between(0.5) == pytest.approx((-math.log(math.log(2.0)), -math.log(-math.log(129.0 / 256.0))))
    assert draws.gumbel_between(0.003)[0] == -math.inf
    assert draws.gumbel_between(0.997)[1] == math.inf
