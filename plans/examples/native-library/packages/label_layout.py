"""Puts the parts of a label one below the other."""
import textwrap


def place(parts, width):
    return [line for part in parts for line in textwrap.wrap(part, width)]
