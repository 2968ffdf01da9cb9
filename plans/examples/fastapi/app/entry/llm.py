"""... and a language model that describes things."""
from entry.auth import app
from shop import llm

app.include_router(llm.router)
