"""Parcel numbers: twelve digits, each once."""
import itertools

_numbers = itertools.count(400_000_000_000)


def next_number():
    return str(next(_numbers))
