"""Weights in grams, written."""


def written(grams):
    return f"{grams / 1000:.2f} kg"
