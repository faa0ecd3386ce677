"""A robot of one's own, whole: it greets, takes an order number, and gives everything else to people."""

import hmac
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SECRET = os.environ["ROBOT_SECRET"].encode()
answered: dict[str, bytes] = {}  # key of the turn → what was answered: a real service forgets them after a day


def words(turn: dict[str, Any]) -> dict[str, Any]:
    said = " ".join(part.get("text", "") for heard in turn["heard"] for part in heard["parts"]).strip()
    if turn["why"] == "opened":
        return {"say": [f"Hello {turn['person']['name'] or 'there'}. What is your order number?"]}
    if said.isdigit():
        return {"say": [f"Order {said} is on its way."], "memory": {"order": said}, "intent": "order"}
    return {"hand_over": {"reason": "not a number", "slots": turn["memory"]}, "understood": False}


class Robot(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        stamp, given = self.headers.get("X-UCS-Timestamp", ""), self.headers.get("X-UCS-Signature", "")
        wanted = "v1=" + hmac.digest(SECRET, stamp.encode() + b"." + body, "sha256").hex()
        fresh = stamp.isdigit() and abs(time.time() - int(stamp)) < 300
        if not (fresh and hmac.compare_digest(wanted.encode(), given.encode())):
            return self.send_error(401)
        turn = json.loads(body)
        if turn["key"] not in answered:
            answered[turn["key"]] = json.dumps(words(turn) if turn["event"] == "turn" else {}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(answered[turn["key"]])


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Robot)
    print(server.server_port, flush=True)
    server.serve_forever()
