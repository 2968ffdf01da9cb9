"""Room on the left."""


def indent(lines, columns):
    return [" " * columns + line for line in lines]
