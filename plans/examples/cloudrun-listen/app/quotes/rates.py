"""How much of each currency one euro buys."""
import json
import pathlib

FOLDER = pathlib.Path(__file__).parent / "currencies"

currencies = {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}
per_euro = {code: currency["per_euro"] for code, currency in currencies.items()}
