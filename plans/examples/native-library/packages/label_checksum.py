"""The check digit of a parcel number (weights 3 and 1)."""


def with_digit(number):
    total = sum(int(digit) * (3 if place % 2 == 0 else 1)
                for place, digit in enumerate(reversed(number)))
    return number + str(-total % 10)
