"""Parcel labels: GET /label?to=... answers a label, /health draws one to see."""
import json
import os
import sys
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from label import draw


class Labels(BaseHTTPRequestHandler):
    def do_GET(self):
        url = urlsplit(self.path)
        try:
            if url.path == "/health":
                return self.answer(200, {"ok": bool(draw("Ada Lovelace", "GB"))})
            if url.path == "/label":
                query = dict(parse_qsl(url.query))
                return self.answer(200, {"label": draw(query.get("to", "?"), query.get("country", "DE"))})
            return self.answer(404, {"error": "no such path"})
        except Exception:
            traceback.print_exc()
            return self.answer(500, {"error": "internal error"})

    def answer(self, status, document):
        data = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


if __name__ == "__main__":
    port = int(os.environ["PORT"])
    server = ThreadingHTTPServer(("0.0.0.0", port), Labels)
    print(f"labels: listening on port {port}", file=sys.stderr, flush=True)
    server.serve_forever()
