import unittest

from quotes import feed


class Feed(unittest.TestCase):
    def test_built_in_rates_have_no_age(self):
        self.assertIsNone(feed.age())
