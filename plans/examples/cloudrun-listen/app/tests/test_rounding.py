import unittest
from decimal import Decimal

from quotes.convert import rounded


class Rounding(unittest.TestCase):
    def test_halves_go_to_the_even_neighbour(self):
        self.assertEqual(rounded(Decimal("0.125"), 2), Decimal("0.12"))
        self.assertEqual(rounded(Decimal("0.135"), 2), Decimal("0.14"))

    def test_yen_have_no_digits(self):
        self.assertEqual(str(rounded(Decimal("12.7"), 0)), "13")
