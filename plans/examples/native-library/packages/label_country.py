"""Countries by their two letters."""

NAMES = {"DE": "GERMANY", "FR": "FRANCE", "GB": "UNITED KINGDOM", "US": "UNITED STATES"}


def full_name(code):
    return NAMES.get(code.upper(), code.upper())
