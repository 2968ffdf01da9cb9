"""Puts the parts of a label into columns."""
import itertools
import textwrap


def place(parts, *, columns, width=40):
    wrapped = [textwrap.wrap(part, width // columns) for part in parts]
    rows = [wrapped[at:at + columns] for at in range(0, len(wrapped), columns)]
    return ["  ".join(cells) for row in rows
            for cells in itertools.zip_longest(*row, fillvalue="")]
