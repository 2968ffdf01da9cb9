"""A smaller font for a longer name."""


def pick(length):
    return "large" if length < 20 else "small"
