"""... and a Redis."""
from entry.database import app
from shop import cache

app.include_router(cache.router)
