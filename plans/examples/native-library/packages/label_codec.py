"""Packs a label for the printer."""
import base64
import zlib


def pack(text):
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()
