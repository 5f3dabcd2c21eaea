"""One who takes webhooks, and checks their signatures by the library `standardwebhooks`."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook


class Receiver:
    """Takes webhooks, but those that `refuses`, which gets the event, says yes to."""

    def __init__(self, secret, refuses):
        self.events, self.posts, self.lock = {}, 0, threading.Lock()
        receiver, webhook = self, Webhook(secret)

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                # Raises, and answers with nothing, where the signature does not hold.
                event = webhook.verify(body, {key.lower(): value for key, value in self.headers.items()})
                with receiver.lock:
                    receiver.posts += 1
                    refused = refuses(event)
                    if not refused:
                        receiver.take(self.headers["webhook-id"], event)
                self.send_response(500 if refused else 204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, name, event):
        """Drops an id that it knows."""
        if self.events.setdefault(name, event) != event:
            raise ValueError(f"{name} came with another body")

    def of(self, call):
        """The kinds of a call's events."""
        with self.lock:
            return sorted(event["type"] for event in self.events.values() if event["call_id"] == call)

    def peers(self):
        """The calls that have ended, by the telephone system's names."""
        with self.lock:
            return {event["peer_id"] for event in self.events.values() if event["type"] == "ended"}
