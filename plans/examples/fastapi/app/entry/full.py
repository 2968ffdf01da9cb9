"""The whole shop: the groups of routes named in ENABLED_ROUTES, in order."""
import importlib
import os

from entry.llm import app

for group in os.environ.get("ENABLED_ROUTES", "users items search admin").split():
    app.include_router(importlib.import_module(f"shop.routes.{group}").router)
