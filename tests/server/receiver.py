"""A receiver of webhooks for tests: a plain HTTP server that checks signatures by itself and fails when told to."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOLERANCE_S = 300


class Receiver:
    """Takes what is posted to it. Set `status` to anything but 200 to refuse, `secret` to check signatures."""

    def __init__(self) -> None:
        self.status = 200
        self.secret = ""
        self.bodies: list[dict[str, Any]] = []
        self.refused: list[dict[str, Any]] = []
        self.ids: list[str] = []
        self.faults: list[str] = []
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                self.send_response(receiver.take(dict(self.headers.items()), body))
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/events?team=ops"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def take(self, headers: dict[str, str], body: bytes) -> int:
        document = json.loads(body)
        with self._lock:
            self.ids.append(headers["webhook-id"])
            if self.secret and not self._is_signed(headers, body):
                self.faults.append(f"bad signature of {headers['webhook-id']}")
            (self.bodies if self.status == 200 else self.refused).append(document)
            return self.status

    def events(self) -> list[dict[str, Any]]:
        with self._lock:
            return [event for body in self.bodies for event in body.get("events", ())]

    def sequences(self) -> list[int]:
        return [int(event["sequence"]) for event in self.events()]

    def missed(self) -> list[tuple[int, int]]:
        """Everything that was told to be missed."""
        with self._lock:
            told = [body["missed"] for body in self.bodies if "missed" in body]
        return [(int(item["firstSequence"]), int(item["lastSequence"])) for item in told]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _is_signed(self, headers: dict[str, str], body: bytes) -> bool:
        """Checks a request as the Standard Webhooks specification says, without any code of ours."""
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        signed = b".".join((headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body))
        wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        is_fresh = abs(time.time() - int(headers["webhook-timestamp"])) < TOLERANCE_S
        return is_fresh and wanted in headers["webhook-signature"].split()
