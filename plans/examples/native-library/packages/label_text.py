"""Names without what a printer cannot print."""


def clean(text):
    return "".join(character for character in text if character.isprintable()).strip()
