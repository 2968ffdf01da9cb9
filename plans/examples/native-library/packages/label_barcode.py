"""Bars for digits: thin for an even one, thick for an odd one."""


def bars(digits):
    return "".join("|" if int(digit) % 2 == 0 else "█" for digit in digits)
