"""Decision rules that agents of several kinds share: discounting, levelised cost, expectation, Gumbel choice.

Each is a pure function of numbers; symbols live only inside these few lines.
"""

import math

from agents import draws
from agents.compiled import rule

# Expected prices are looked at one, seven and fifteen years ahead; each stands for the years up to these bounds.
HORIZONS_YEARS = (1.0, 7.0, 15.0)
FIRST_BOUND_YEARS = 4.0
SECOND_BOUND_YEARS = 11.0
# Utility and draw of what every alternative is better than.
NEVER, MIDDLE = -math.inf, 0.5


@rule
def capital_recovery_factor(rate: float, lifetime_years: float) -> float:
    """Yearly payment per unit of capital: r / (1 - (1 + r)^-L). At 8 % over 20 years: 0.10185."""
    return rate / (1.0 - math.exp(-lifetime_years * math.log(1.0 + rate)))


@rule
def horizon_weights(rate: float, lifetime_years: float) -> tuple[float, float, float]:
    """Discounted weight of the near, middle and far part of a plant's life; they sum to one.

    rate: discount rate per year; lifetime_years: life of the plant. At 8 % over 30 years: 0.301, 0.342, 0.356.
    """
    far = math.exp(-rate * lifetime_years)
    middle = math.exp(-rate * SECOND_BOUND_YEARS) if lifetime_years > SECOND_BOUND_YEARS else far
    near = math.exp(-rate * FIRST_BOUND_YEARS) if lifetime_years > FIRST_BOUND_YEARS else far
    whole = 1.0 - far
    return (1.0 - near) / whole, (near - middle) / whole, (middle - far) / whole


@rule
def net_present_value_per_capital(margin_cny: float, capital_cny: float, recovery_factor: float) -> float:
    """Present value of a constant yearly margin per unit of capital, less one.

    margin_cny: yearly revenue less running and fixed cost; capital_cny: overnight cost; recovery_factor: yearly payment
    per unit of capital. Zero means that the plant earns just its hurdle rate. Worked value: 120 on 1,000 at 10 % over
    25 years (factor 0.11017) gives 0.0892.
    """
    return margin_cny / (capital_cny * recovery_factor) - 1.0


@rule
def adaptive_expectation(expected: float, observed: float, weight: float) -> float:
    """Move the expectation a share `weight` of the way to what was observed (Nerlove 1958)."""
    return (1.0 - weight) * expected + weight * observed


@rule
def continued_price(now: float, trend: float, years: float) -> float:
    """Price in so many years if it goes on to grow by `trend` per year: P (1 + trend)^n. 50 at 2 % over 7: 57.43."""
    return now * math.exp(years * math.log(1.0 + trend))


@rule
def expected_price(continued: float, announced: float, credibility: float) -> float:
    """Price expected for a year: the announced one as far as it is believed, else today's one continued.

    credibility: 0 (announcements are ignored) to 1. Worked value: 57.43 continued, 100 announced, 0.5: 78.72.
    """
    return credibility * announced + (1.0 - credibility) * continued


@rule
def updated_credibility(credibility: float, observed: float, announced: float, gain: float) -> float:
    """Trust in announcements moves towards the ratio of the price and the one announced, the smaller over the larger.

    A price of zero on both sides tells nothing and changes nothing.
    """
    if observed <= 0.0 and announced <= 0.0:
        return credibility
    if observed <= 0.0 or announced <= 0.0:
        return credibility * (1.0 - gain)
    return credibility + gain * (min(observed, announced) / max(observed, announced) - credibility)


@rule
def imitation(peer_share: float, weight: float, floor: float) -> float:
    """Utility of what peers already do: gamma ln(floor + share); the floor lets a newcomer be chosen at all."""
    return weight * math.log(floor + peer_share)


@rule
def is_better(utility: float, draw: float, other: float, other_draw: float) -> bool:
    """Whether one alternative is better than another, with all that the model does not name: U + G(u) > U' + G(u').

    draw, other_draw: uniform draws u; G: see `draws.gumbel_of`. Mostly bounds tell it, and the logarithms, which take
    longer than all the rest, are left (decision 31).
    """
    low, high = draws.gumbel_between(draw)
    other_low, other_high = draws.gumbel_between(other_draw)
    if utility + high <= other + other_low:
        return False
    if utility + low > other + other_high:
        return True
    return utility + draws.gumbel_of(draw) > other + draws.gumbel_of(other_draw)
