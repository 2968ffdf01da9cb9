"""Millimetres and characters."""


def characters(mm):
    return int(mm / 2.5)
