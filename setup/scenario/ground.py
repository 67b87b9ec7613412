"""The ground the scenario stands on: the platform does what it must before any addon of ours can."""

from __future__ import annotations

import base64
import os
import socket
import urllib.request
from urllib.parse import urlsplit

from provision.failure import StepFailed
from provision.rpc import Session

# After a power cut the sequence of Odoo's live notifications may begin anew while the old ones are still there.
NOTIFICATIONS_GO_ON = "SELECT setval('bus_bus_id_seq', greatest((SELECT max(id) FROM bus_bus), 1))"


def addons_are_installed(stage) -> str:
    stage.sql(NOTIFICATIONS_GO_ON)
    session = Session(stage.url, stage.db, "admin", "admin")
    installed = session.call(
        "ir.module.module", "search_count", [("name", "in", list(stage.modules)), ("state", "=", "installed")]
    )
    if installed != len(stage.modules):
        raise StepFailed(f"{installed} of the {len(stage.modules)} addons are installed")
    return ", ".join(stage.modules)


def web_client_loads(stage) -> str:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{stage.url}/web/login", timeout=60) as answer:
        page = answer.read().decode()
    if 'name="login"' not in page:
        raise StepFailed("the login page is not what it should be")
    return f"{stage.url}/web/login answers"


def live_notifications_work(stage) -> str:
    """Open a websocket on the HTTP port, as the web client does for live notifications (RFC 6455, section 4)."""
    at = urlsplit(stage.url)
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        "GET /websocket HTTP/1.1", f"Host: {at.netloc}", f"Origin: {stage.url}", "Connection: Upgrade",
        "Upgrade: websocket", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}", "", "",
    ]  # fmt: skip
    with socket.create_connection((at.hostname, at.port), timeout=20) as line:
        line.sendall("\r\n".join(lines).encode())
        status = line.recv(1024).decode(errors="replace").splitlines()[0]
    if " 101 " not in status:
        raise StepFailed(f"the websocket was refused: {status}")
    return "the websocket opens on the same port"


STEPS = [
    ("The addons are installed", addons_are_installed),
    ("The web client loads", web_client_loads),
    ("Live notifications work", live_notifications_work),
]
