"""Names of the few colours that printers know."""

NAMES = {0x000000: "black", 0xFFCC00: "yellow", 0xFFFFFF: "white"}


def name(rgb):
    return NAMES.get(rgb, "black")
