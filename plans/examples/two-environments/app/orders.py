"""The table of orders."""
import os
import threading

import psycopg2

TABLE = """
    CREATE TABLE IF NOT EXISTS orders (
        id serial PRIMARY KEY,
        item text NOT NULL,
        at timestamptz NOT NULL DEFAULT now())"""


class Orders:
    """One connection, used by one thread at a time."""

    def __init__(self, url):
        """Logs in and makes the table; psycopg2.OperationalError if it cannot."""
        timeout = os.environ.get("STATEMENT_TIMEOUT_MS", "5000")
        self._connection = psycopg2.connect(
            url, connect_timeout=5, options=f"-c statement_timeout={timeout}")
        self._connection.autocommit = True
        self._lock = threading.Lock()
        # Two instances may start at the same moment: one of them makes it.
        self._run("SELECT pg_advisory_lock(7)")
        self._run(TABLE)
        self._run("SELECT pg_advisory_unlock(7)")

    def count(self):
        return self._run("SELECT count(*) FROM orders")[0][0]

    def newest(self, limit):
        return [item for item, in self._run("SELECT item FROM orders ORDER BY id DESC LIMIT %s", limit)]

    def add(self, item):
        return self._run("INSERT INTO orders (item) VALUES (%s) RETURNING id", item)[0][0]

    def _run(self, statement, *values):
        with self._lock, self._connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []
