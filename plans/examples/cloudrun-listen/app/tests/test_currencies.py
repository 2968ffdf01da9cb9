import unittest

from quotes import rates


class Currencies(unittest.TestCase):
    def test_every_currency_has_a_name_and_a_rate(self):
        for code, currency in rates.currencies.items():
            self.assertRegex(code, "^[A-Z]{3}$")
            self.assertTrue(currency["name"])
            self.assertGreater(currency["per_euro"], 0)
