"""Amounts from one currency into another."""
from decimal import ROUND_HALF_EVEN, Decimal

from quotes import rates


def convert(amount, source, target):
    """`amount` of `source` in `target`; KeyError for a currency we do not know."""
    exact = amount / rates.per_euro[source] * rates.per_euro[target]
    return float(rounded(Decimal(exact), rates.currencies[target].get("digits", 2)))


def written(amount, currency):
    """As in 12.50 EUR: with as many digits as the currency has."""
    return f"{amount:.{rates.currencies[currency].get('digits', 2)}f} {currency}"


def rounded(amount, digits):
    """Banker's rounding, so that many small amounts do not drift."""
    return amount.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN)
