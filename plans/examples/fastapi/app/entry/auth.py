"""... and people who log in."""
from entry.cache import app
from shop import auth

app.include_router(auth.router)
