"""Prices in the currency of whoever asks."""
import json
import os
import signal
import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from quotes import feed, rates
from quotes.convert import convert, written

REQUEST_SECONDS = float(os.environ.get("REQUEST_SECONDS", "30"))


class Quotes(BaseHTTPRequestHandler):
    def do_GET(self):
        url = urlsplit(self.path)
        if url.path == "/health":
            return self.answer(200, {"ok": True})
        if url.path == "/currencies":
            return self.answer(200, {code: currency["name"] for code, currency in rates.currencies.items()})
        if url.path == "/convert":
            return self.convert(dict(parse_qsl(url.query)))
        return self.answer(404, {"error": "no such path"})

    def convert(self, query):
        try:
            result = convert(float(query["amount"]), query["from"], query["to"])
        except (KeyError, ValueError):
            return self.answer(400, {"error": "amount, from and to, please"})
        return self.answer(200, {"amount": result, "currency": query["to"], "rates_age": feed.age(),
                                 "text": written(result, query["to"])})

    def log_message(self, format, *args):
        if self.path != "/health":  # asked every second by the platform
            super().log_message(format, *args)

    def answer(self, status, document):
        data = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def check(currencies):
    """Refuses to start with a currency that cannot be divided by."""
    for code, currency in currencies.items():
        if currency["per_euro"] <= 0:
            sys.exit(f"quotes: {code}: per_euro must be above 0")


def main():
    socket.setdefaulttimeout(REQUEST_SECONDS)
    check(rates.currencies)
    feed.load()  # nobody shall see yesterday's rates
    port = int(os.environ.get("PORT", "8080"))
    ThreadingHTTPServer.request_queue_size = 128
    server = ThreadingHTTPServer(("0.0.0.0", port), Quotes)
    print(f"quotes: listening on port {port}", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server.serve_forever()


if __name__ == "__main__":
    main()
