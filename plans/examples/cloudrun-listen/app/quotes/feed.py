"""Today's rates, from the feed of a bank."""
import json
import os
import time
import urllib.request

from quotes import rates

loaded_at = None  # seconds since the epoch
URL = os.environ.get("RATES_URL", "")
PATIENCE_SECONDS = 300  # the bank is slow in the morning


def load():
    """Replaces the built-in rates by those of the feed, if there is one."""
    global loaded_at
    if not URL:
        return
    print("quotes: asking the feed for today's rates", flush=True)
    try:
        with urllib.request.urlopen(URL, timeout=PATIENCE_SECONDS) as answer:
            rates.per_euro.update(json.load(answer))
            loaded_at = time.time()
    except OSError as error:
        print(f"quotes: no rates from the feed: {type(error).__name__}", flush=True)


def age():
    """Seconds since the rates were loaded; None for the built-in ones."""
    return None if loaded_at is None else time.time() - loaded_at
