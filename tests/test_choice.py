"""Shared decision rules: the values stated in their docstrings, limits, and properties."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import choice, draws

rates = st.floats(0.01, 0.3)
lives = st.floats(1.0, 80.0)


def test_capital_recovery_factor_by_hand():
    assert choice.capital_recovery_factor(0.08, 20.0) == pytest.approx(0.08 / (1.0 - 1.08**-20), rel=1e-12)
    assert choice.capital_recovery_factor(0.08, 20.0) == pytest.approx(0.10185, abs=5e-6)


@given(rates, lives)
def test_yearly_payments_are_worth_the_capital(rate, life):
    """Discounted payments over whole years sum to one."""
    years = math.ceil(life)
    payment = choice.capital_recovery_factor(rate, float(years))
    assert sum(payment / (1.0 + rate) ** year for year in range(1, years + 1)) == pytest.approx(1.0, rel=1e-9)
    assert choice.capital_recovery_factor(rate, life) > max(rate, 1.0 / life)


def test_horizon_weights_by_hand():
    """8 % over 30 years: e^-0.32 = 0.72615, e^-0.88 = 0.41478, e^-2.4 = 0.09072."""
    near, middle, far = choice.horizon_weights(0.08, 30.0)
    assert near == pytest.approx((1.0 - 0.72615) / 0.90928, abs=1e-4)
    assert middle == pytest.approx((0.72615 - 0.41478) / 0.90928, abs=1e-4)
    assert far == pytest.approx((0.41478 - 0.09072) / 0.90928, abs=1e-4)


@given(rates, lives)
def test_horizon_weights_are_shares(rate, life):
    weights = choice.horizon_weights(rate, life)
    assert sum(weights) == pytest.approx(1.0, rel=1e-12)
    assert min(weights) >= 0.0


def test_a_short_life_has_no_far_part():
    assert choice.horizon_weights(0.1, 4.0) == (1.0, 0.0, 0.0)
    assert choice.horizon_weights(0.1, 11.0)[2] == 0.0


@given(st.floats(0.01, 0.15), st.floats(0.16, 0.3), st.floats(12.0, 60.0))
def test_who_is_impatient_looks_less_far(patient, impatient, life):
    assert choice.horizon_weights(impatient, life)[0] > choice.horizon_weights(patient, life)[0]
    assert choice.horizon_weights(impatient, life)[2] < choice.horizon_weights(patient, life)[2]


def test_net_present_value_by_hand():
    assert choice.net_present_value_per_capital(120.0, 1000.0, 0.11017) == pytest.approx(0.0892, abs=5e-5)


@given(rates, lives, st.floats(1.0, 1e5))
def test_a_margin_of_the_annuity_earns_just_the_hurdle_rate(rate, life, capital):
    factor = choice.capital_recovery_factor(rate, life)
    annuity = capital * factor
    assert choice.net_present_value_per_capital(annuity, capital, factor) == pytest.approx(0.0, abs=1e-12)
    assert choice.net_present_value_per_capital(2.0 * annuity, capital, factor) == pytest.approx(1.0, rel=1e-9)
    assert choice.net_present_value_per_capital(0.0, capital, factor) == -1.0


@given(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3), st.floats(0.0, 1.0))
def test_adaptive_expectation_lies_between(expected, observed, weight):
    found = choice.adaptive_expectation(expected, observed, weight)
    slack = 1e-9
    assert min(expected, observed) - slack <= found <= max(expected, observed) + slack


def test_adaptive_expectation_by_hand():
    assert choice.adaptive_expectation(10.0, 20.0, 0.3) == pytest.approx(13.0)


def test_expected_price_by_hand():
    """Half of 100, half of 50 x 1.02^7 = 57.434."""
    continued = choice.continued_price(50.0, 0.02, 7.0)
    assert continued == pytest.approx(57.434, abs=5e-4)
    assert choice.continued_price(50.0, 0.0, 7.0) == 50.0
    assert choice.expected_price(continued, 100.0, 0.5) == pytest.approx(78.72, abs=5e-3)
    assert choice.expected_price(continued, 100.0, 1.0) == 100.0
    assert choice.expected_price(50.0, 100.0, 0.0) == 50.0


@given(st.floats(0.0, 1.0), st.floats(1.0, 1e4), st.floats(1.0, 1e4), st.floats(0.0, 1.0))
def test_credibility_stays_a_share(credibility, observed, announced, gain):
    assert 0.0 <= choice.updated_credibility(credibility, observed, announced, gain) <= 1.0


def test_credibility_by_hand():
    """Half the announced price: exp(-|ln 0.5|) = 0.5; as announced: 1; too much counts as too little does."""
    assert choice.updated_credibility(0.8, 50.0, 100.0, 0.2) == pytest.approx(0.8 + 0.2 * (0.5 - 0.8))
    assert choice.updated_credibility(0.8, 100.0, 50.0, 0.2) == pytest.approx(0.8 + 0.2 * (0.5 - 0.8))
    assert choice.updated_credibility(0.8, 70.0, 70.0, 0.2) == pytest.approx(0.84)


def test_without_a_price_nothing_is_learned_and_a_broken_promise_is():
    assert choice.updated_credibility(0.8, 0.0, 0.0, 0.2) == 0.8
    assert choice.updated_credibility(0.8, 0.0, 100.0, 0.2) == pytest.approx(0.64)
    assert choice.updated_credibility(0.8, 100.0, 0.0, 0.2) == pytest.approx(0.64)


@given(st.floats(0.0, 0.99), st.floats(0.001, 1.0), st.floats(0.01, 2.0))
def test_peers_pull_more_the_more_there_are(share, more, weight):
    assert choice.imitation(share + more, weight, 0.02) > choice.imitation(share, weight, 0.02)


def test_imitation_by_hand():
    """A newcomer against a route that half of the peers run: ln(0.02 / 0.52) = -3.258."""
    newcomer, common = choice.imitation(0.0, 1.0, 0.02), choice.imitation(0.5, 1.0, 0.02)
    assert newcomer - common == pytest.approx(-3.258, abs=5e-4)
    assert choice.imitation(0.3, 0.0, 0.02) == 0.0


@given(st.floats(-9.0, 9.0), st.floats(1e-9, 1.0 - 1e-9), st.floats(-9.0, 9.0), st.floats(1e-9, 1.0 - 1e-9))
def test_the_better_of_two_is_the_one_that_logarithms_tell(utility, draw, other, other_draw):
    by_logarithms = utility + draws.gumbel_of(draw) > other + draws.gumbel_of(other_draw)
    assert choice.is_better(utility, draw, other, other_draw) == by_logarithms
    assert not choice.is_better(utility, draw, utility, draw)


def test_every_alternative_is_better_than_what_is_never_chosen():
    for draw in (2.0**-54, 0.003, 0.5, 1.0 - 2.0**-53):
        assert choice.is_better(-1e9, draw, choice.NEVER, choice.MIDDLE)
        assert not choice.is_better(choice.NEVER, choice.MIDDLE, -1e9, draw)
    assert not choice.is_better(choice.NEVER, choice.MIDDLE, choice.NEVER, choice.MIDDLE)


def test_the_better_of_two_by_hand():
    """Draws of 0.5 and 0.6 are worth 0.3665 and 0.6717, so the first needs 0.3052 more."""
    assert not choice.is_better(0.30, 0.5, 0.0, 0.6)
    assert choice.is_better(0.31, 0.5, 0.0, 0.6)
