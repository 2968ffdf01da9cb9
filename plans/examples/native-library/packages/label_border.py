"""A frame around lines."""


def around(lines):
    width = max(map(len, lines))
    edge = "+" + "-" * width + "+"
    return [edge, *("|" + line.ljust(width) + "|" for line in lines), edge]
