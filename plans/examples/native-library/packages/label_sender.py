"""Who sends it."""


def sender():
    return "Depot 7, Harbour Road"
