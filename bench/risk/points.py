"""Deterministic events for the heat benchmark: a city of 20 km x 15 km whose crashes lie along streets and at crossings."""

import numpy as np

WIDTH_M, HEIGHT_M = 20_000.0, 15_000.0


def city(n, seed=20221101):
    """n events as float64 (n, 2), metres from the south-western corner.

    Half lies along 300 straight streets of unlike danger (15 m off the axis on average), three tenths about 900
    crossings (25 m), the rest anywhere.
    """
    rng = np.random.default_rng(seed)
    streets, crossings = 300, 900
    along, around = n // 2, n * 3 // 10

    begin = rng.uniform((0, 0), (WIDTH_M, HEIGHT_M), (streets, 2))
    angle = rng.choice([0.0, np.pi / 2], streets) + rng.normal(0, 0.1, streets)
    length = rng.gamma(2.0, 900.0, streets)
    danger = length * rng.lognormal(0.0, 1.0, streets)
    street = rng.choice(streets, along, p=danger / danger.sum())
    t = rng.uniform(-0.5, 0.5, along) * length[street]
    off = rng.laplace(0.0, 15.0, along)
    direction = np.column_stack([np.cos(angle), np.sin(angle)])[street]
    normal = np.column_stack([-direction[:, 1], direction[:, 0]])
    on_streets = begin[street] + t[:, None] * direction + off[:, None] * normal

    center = rng.uniform((0, 0), (WIDTH_M, HEIGHT_M), (crossings, 2))
    weight = rng.pareto(1.5, crossings) + 0.1
    crossing = rng.choice(crossings, around, p=weight / weight.sum())
    at_crossings = center[crossing] + rng.normal(0, 25.0, (around, 2))

    anywhere = rng.uniform((0, 0), (WIDTH_M, HEIGHT_M), (n - along - around, 2))
    points = np.concatenate([on_streets, at_crossings, anywhere]) % (WIDTH_M, HEIGHT_M)
    rng.shuffle(points)
    return points
