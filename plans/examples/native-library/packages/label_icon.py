"""Signs in front of words."""

ICONS = {"parcel": "#", "letter": "="}


def icon(name):
    return ICONS[name]
