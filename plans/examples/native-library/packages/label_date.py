"""Dates as the post writes them."""


def written(date):
    return date.strftime("%d.%m.%Y")
