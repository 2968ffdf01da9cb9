"""Paper and how wide it is."""

WIDTHS_MM = {"A5": 148, "A6": 105, "A7": 74}


def width_mm(name):
    return WIDTHS_MM[name]
