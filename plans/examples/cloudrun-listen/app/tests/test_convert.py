import unittest

from quotes.convert import convert


class Convert(unittest.TestCase):
    def test_there_and_back_again(self):
        self.assertAlmostEqual(convert(convert(100, "EUR", "USD"), "USD", "EUR"), 100, places=1)

    def test_an_unknown_currency_is_a_key_error(self):
        self.assertRaises(KeyError, convert, 1, "EUR", "XXX")
