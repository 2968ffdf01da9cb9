"""... and a PostgreSQL behind it."""
from entry.minimal import app
from shop import database

app.add_event_handler("startup", database.create_tables)
app.include_router(database.router)
