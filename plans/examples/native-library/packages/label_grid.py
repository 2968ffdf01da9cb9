"""Lines of one length."""


def align(lines):
    width = max(map(len, lines))
    return [line.ljust(width) for line in lines]
