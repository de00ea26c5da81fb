"""How governments learn: training, exchange with peers, demonstration, turnover; and what levers cost (submodel 5).

Training raises capacity at home; exchange brings what more capable peers can do and what others found out about the
cost of levers. No size of any of these effects was found in the literature: they are explored, not measured, and every
result that shows an effect of training should say so.
"""

from typing import Any

from numpy.typing import NDArray

from agents.compiled import rule
from agents.government_record import LEVERS, PLAN_YEARS, GovernmentState, LearningView

Array = NDArray[Any]


# ---------------------------------------------------------------------------------------------------- equations


@rule
def peer_lead(place: int, capacity: Array, weights: Array) -> float:
    """How far the peers to whom a province listens are ahead: sum of W (theta_q - theta)+. Equal capacities: 0."""
    lead = 0.0
    for peer in range(capacity.size):
        lead += weights[place, peer] * max(capacity[peer] - capacity[place], 0.0)
    return lead


@rule
def capacity_after(capacity: float, first: float, trained: float, lead: float, seen: LearningView) -> float:
    """Capacity next year: gains from training, better peers and demonstrations, less what leaves with people.

    theta' = theta + (l_T u + l_D 1{plan ends}) (1 - theta) + l_X x lead - d (theta - rest): turnover pulls capacity
    to what rests in institutions, a share of what the province began with, more where a common framework is in use.
    Worked value: capacity 0.5 as at first, u 0.5, lead 0.1, gains 0.2 and 0.15, decay 0.06, memory 0.8: 0.559.
    """
    own, now = seen.parameters, seen.now[0]
    rest = own.institutional_memory * first
    rest += now.framework * (1.0 - rest)
    shown = seen.demonstration if now.plan_year == PLAN_YEARS else 0.0
    gain = own.training_gain * trained + own.demonstration_gain * shown
    after = capacity + gain * (1.0 - capacity) + own.exchange_gain * lead
    after -= own.capacity_decay * seen.decay * (capacity - rest)
    return min(max(after, 0.0), 1.0)


@rule
def variance_after(variance: float, practice: float, pooled: float, aging: float) -> float:
    """Variance of knowledge after a year: 1 / (1 / (V + q) + own practice + pooled experience of others).

    Worked value: 0.23, q 0.02, practice 1, pooled 3: 1 / (4 + 1 + 3) = 0.125.
    """
    return 1.0 / (1.0 / (variance + aging) + practice + pooled)


# --------------------------------------------------------------------------------------------------------- rule


@rule
def learn(government: GovernmentState, seen: LearningView) -> None:
    """A year of training, exchange and turnover; all see each other as they were before."""
    own, place = seen.parameters, government.government
    exchange = seen.exchange[place] * seen.exchange_capacity
    government.research_capacity = capacity_after(
        seen.research[place],
        government.first_research_capacity,
        seen.train_research[place],
        exchange * peer_lead(place, seen.research, seen.weights),
        seen,
    )
    government.official_capacity = capacity_after(
        seen.official[place],
        government.first_official_capacity,
        seen.train_official[place],
        exchange * peer_lead(place, seen.official, seen.weights),
        seen,
    )
    listening = seen.exchange[place] * seen.exchange_knowledge * seen.now[0].shared_experience
    for lever in range(LEVERS):
        pooled = 0.0
        for peer in range(seen.research.size):
            pooled += listening * seen.weights[place, peer] * seen.precision[peer, lever]
        practice = own.own_experience_rate * seen.research[place] * government.implemented[lever]
        variance = government.knowledge_variance[lever]
        government.knowledge_variance[lever] = variance_after(variance, practice, pooled, own.knowledge_aging)
    training = 0.5 * own.training_cost_mcny * (seen.train_research[place] + seen.train_official[place])
    government.training_cost = training + own.exchange_cost_mcny * seen.exchange[place]


@rule
def learn_everywhere(governments: Array, seen: LearningView) -> None:
    """Every government, one after the other; nothing depends on the order."""
    for government in governments:
        learn(government, seen)
