"""Weather and world prices: means, memory, shared luck of regions, droughts, addresses."""

import numpy as np
import pytest

from simulator import weather
from simulator.paths import moving_price

MEMBERS = 400


@pytest.fixture(scope="module")
def climate(stepped_model):
    """Every kind varies by 0.1, keeps 0.5 of last year, and half the luck is the region's; no droughts."""
    known = stepped_model.world.climate
    return known._replace(
        sd=np.full(4, 0.1),
        memory=np.full(4, 0.5),
        correlation=0.5,
        drought_chance=0.0,
        drought_depth=0.3,
        fuel_sd=0.1,
        fuel_reversion=0.5,
    )


def fair(climate):
    count = climate.region.size
    return weather.Weather(np.zeros((4, count)), np.zeros(4), *(np.ones(count) for _ in range(4)), np.ones(4))


def years(climate, seed, count=6):
    """Multipliers of some years [year, kind, province]."""
    now, seen = fair(climate), []
    for year in range(2021, 2021 + count):
        weather.draw_weather(now, climate, np.uint64(seed), np.array([year]))
        seen.append(np.stack([now.wind, now.sun, now.water, now.heat]))
    return np.stack(seen)


@pytest.fixture(scope="module")
def ensemble(climate):
    return np.stack([years(climate, seed) for seed in range(MEMBERS)])


def test_multipliers_have_mean_one_and_their_spread(ensemble):
    """After six years the spread is near its final value: variance 0.01 x (1 - 0.25^6)."""
    last = ensemble[:, -1]
    assert last.mean(axis=(0, 2)) == pytest.approx(1.0, abs=0.01)
    assert np.log(last).std(axis=(0, 2)) == pytest.approx(0.1, rel=0.06)


def test_luck_has_memory(ensemble):
    logs = np.log(ensemble)
    assert np.corrcoef(logs[:, 4].ravel(), logs[:, 5].ravel())[0, 1] == pytest.approx(0.5, abs=0.06)


def test_provinces_of_a_region_share_half_their_luck(climate, ensemble):
    logs = np.log(ensemble[:, -1, 0])
    region = climate.region
    together = np.flatnonzero(region == region[0])[:2]
    apart = [0, int(np.flatnonzero(region != region[0])[0])]
    assert np.corrcoef(logs[:, together].T)[0, 1] == pytest.approx(0.5, abs=0.12)
    assert np.corrcoef(logs[:, apart].T)[0, 1] == pytest.approx(0.0, abs=0.12)


def test_kinds_of_weather_are_independent(ensemble):
    logs = np.log(ensemble[:, -1, :, 0])
    assert np.abs(np.corrcoef(logs.T) - np.eye(4)).max() < 0.15


def test_a_drought_takes_its_share_of_the_water_of_a_whole_region(climate):
    wet, dry = years(climate, 3, 1), years(climate._replace(drought_chance=1.0), 3, 1)
    assert dry[0, 2] == pytest.approx(0.7 * wet[0, 2])
    assert dry[0, [0, 1, 3]].tolist() == wet[0, [0, 1, 3]].tolist()
    some = years(climate._replace(drought_chance=0.5), 3, 1)[0, 2] / wet[0, 2]
    by_region = [set(np.round(some[climate.region == one], 9).tolist()) for one in np.unique(climate.region)]
    assert all(len(one) == 1 for one in by_region)


def test_a_drought_is_over_the_year_after(climate):
    """It is no part of the memory of rivers."""
    now, dry = fair(climate), climate._replace(drought_chance=1.0)
    weather.draw_weather(now, dry, np.uint64(3), np.array([2021]))
    weather.draw_weather(now, climate, np.uint64(3), np.array([2022]))
    assert now.water.tolist() == years(climate, 3, 2)[1, 2].tolist()


def test_fuel_prices_come_back_to_their_path(climate):
    now = fair(climate)
    now.fuel_log[:] = 1.0
    for year in range(2021, 2051):
        weather.draw_weather(now, climate._replace(fuel_sd=0.0), np.uint64(3), np.array([year]))
    assert now.fuel.tolist() == pytest.approx([1.0] * 4)


def test_coal_changes_by_as_much_everywhere_and_other_fuels_in_proportion():
    """Coal of 17 and 33 at 25 in the port, now 1.6 times as much: 15 more. Gas of 50 and 70 at half its price."""
    first = np.array([[17.0, 79.0, 50.0, 36.0], [33.0, 79.0, 70.0, 28.0]])
    moving, price = first.copy(), np.zeros((2, 4))
    moving[:, 0] = 25.0
    weather.move_prices(first, moving, np.array([1.6, 1.0, 0.5, 1.0]), price)
    assert price == pytest.approx(np.array([[32.0, 79.0, 25.0, 36.0], [48.0, 79.0, 35.0, 28.0]]))
    weather.move_prices(first, moving, np.array([0.4, 1.0, 1.0, 1.0]), price)
    assert price[:, 0] == pytest.approx([weather.LEAST_PRICE_SHARE * 17.0, 18.0])


def test_what_moves_of_coal_is_the_price_at_the_port(run_model):
    base = run_model(1).setting.base
    moving, coal = moving_price(base), base.fuel_price[base.names.provinces.index("Tianjin"), 0]
    assert (moving[:, 0] == coal).all()
    assert (moving[:, 1:] == base.fuel_price[:, 1:]).all()


def test_a_year_is_drawn_at_its_address_and_a_seed_is_another_luck(climate):
    assert years(climate, 3).tolist() == years(climate, 3).tolist()
    assert years(climate, 3)[0, 0].tolist() != years(climate, 4)[0, 0].tolist()


def test_the_base_year_has_no_weather(run_model):
    world = run_model(1).world
    for kind in (world.weather.wind, world.weather.sun, world.weather.water, world.weather.heat, world.weather.fuel):
        assert (kind == 1.0).all()


def test_two_scenarios_share_their_weather(run_model):
    one, other = run_model(3), run_model(3, {"power": {"market": "unified"}, "parameters": {"choice_sharpness": 20.0}})
    for kind in ("wind", "sun", "water", "heat", "fuel"):
        found = [getattr(model.world.weather, kind).tolist() for model in (one, other)]
        assert found[0] == found[1]
