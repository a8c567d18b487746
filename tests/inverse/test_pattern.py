"""Noise knows no neighbours; what a model lacks does."""

from __future__ import annotations

import numpy as np

from pinnsuite.inverse.pattern import by_chance


def test_noise_is_no_pattern() -> None:
    """Of a hundred sets of noise about one is called one at 1 %."""
    rng = np.random.default_rng(0)
    chances = [by_chance(rng.uniform(size=(60, 2)), rng.normal(size=60)) for _ in range(100)]
    assert sum(c < 0.01 for c in chances) <= 5
    assert 0.35 < np.mean(chances) < 0.65


def test_a_wave_under_noise_is_one() -> None:
    rng = np.random.default_rng(1)
    places = rng.uniform(size=(200, 2))
    assert by_chance(places, np.sin(6 * places[:, 0]) + 0.7 * rng.normal(size=200)) < 1e-3


def test_repeated_values_show_the_noise() -> None:
    """Pairs at the same place that agree, where different places do not."""
    rng = np.random.default_rng(2)
    places = np.repeat(rng.uniform(size=(30, 1)), 2, axis=0)
    own = np.repeat(rng.normal(size=30), 2) + 0.1 * rng.normal(size=60)
    assert by_chance(places, own) < 1e-3
    assert by_chance(places[:4], own[:4]) == 1.0
