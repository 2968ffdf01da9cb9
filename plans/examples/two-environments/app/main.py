"""Orders in PostgreSQL: GET /orders lists them, POST /orders?item=... adds one."""
import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import psycopg2

from orders import Orders

PAGE_SIZE = int(os.environ.get("PAGE_SIZE", "50"))


class Api(BaseHTTPRequestHandler):
    def do_GET(self):
        url = urlsplit(self.path)
        if url.path == "/health":
            return self.answer(200, {"ok": True, "orders": self.server.orders.count()})
        if url.path == "/orders":
            return self.answer(200, {"orders": self.server.orders.newest(PAGE_SIZE)})
        return self.answer(404, {"error": "no such path"})

    def do_POST(self):
        url = urlsplit(self.path)
        item = dict(parse_qsl(url.query)).get("item")
        if url.path != "/orders" or not item:
            return self.answer(400, {"error": "POST /orders?item=..., please"})
        return self.answer(201, {"id": self.server.orders.add(item)})

    def answer(self, status, document):
        data = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def main():
    try:
        orders = Orders(os.environ["DATABASE_URL"])
    except psycopg2.OperationalError as error:
        # libpq names host, port and user; the URL itself must not be printed.
        sys.exit(f"orders: the database is not to be used: {error}".strip())
    host, port = os.environ.get("HOST", "0.0.0.0"), int(os.environ["PORT"])
    server = ThreadingHTTPServer((host, port), Api)
    server.orders = orders
    print(f"orders: {os.environ.get('APP_ENV', 'development')}, listening on port {port}",
          file=sys.stderr, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
