"""The counterparty that is a bank: accounts over NextGenPSD2 (``/v1/…``) and over an aggregator, for demo and tests.

    python bank.py --port 8091 --scenario bank_scenario.json --state state.json [--public-keys DIR]

=====================  =============================================================================================
``/v1/…``              the bank's own interface, see ``bank_psd2``
``/auth`` and others   the same accounts through an aggregator whose requests are signed, see ``bank_aggregator``
``GET /sca/<id>``      the page on which the owner of the accounts agrees or refuses; then back to who asked
``POST /control``      ``{"today": …}``, ``{"days": 1}``, ``{"end_consents": "revokedByPsu"}``, ``{"scenario": {…}}``
                       to begin anew, ``{"tell": [account, key, transaction]}``, or a fault:
                       ``{"fault": {"on": "transactions", "mode": "503", "count": 1, "page": 1}}``; modes: 401, 404,
                       500, 503, slow (``seconds``), reset, truncated, html; from the given page on
``GET /asked``         the requests that were made: method, path, query, names of headers
``GET /noticed``       the calls that the bank made, where the scenario has it call: account, status of the answer
``GET /``              200 when it is ready
=====================  =============================================================================================

What the accounts hold is told by the scenario file, see ``bank_books``. The bank's date moves only by ``/control``.
Prints ``ready <address>`` when it listens; stops on SIGTERM.
"""

import argparse
import json
import socket
import struct
import time
from html import escape
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import bank_aggregator
import bank_notices
import bank_psd2
from bank_desk import Desk, Refusal
from local_server import Server

MAX_BODY = 1024 * 1024
MAX_SLOW_SECONDS = 30

_PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sandbox Bank</title><style>body{font:16px/1.5 '
    "system-ui;max-width:34rem;margin:4rem auto;padding:0 1rem}button{font:inherit;padding:.5rem 1.2rem;margin-right:"
    "1rem}</style></head><body><h1>Sandbox Bank</h1><p>A program asks to read your accounts until <b>%s</b>:</p>"
    '<ul>%s</ul><form method="post"><button name="answer" value="agree">Agree</button>'
    '<button name="answer" value="refuse">Refuse</button></form></body></html>'
)


class Request:
    """A request as the routes take it."""

    def __init__(self, handler, body):
        parts = urlsplit(handler.path)
        self.method, self.path = handler.command, parts.path
        self.query = dict(parse_qsl(parts.query))
        self.headers = {name.lower(): value for name, value in handler.headers.items()}
        self.base = "http://127.0.0.1:%d" % handler.server.server_port
        self.application = None
        self.raw = body
        self.body = None
        if body and "json" in self.headers.get("content-type", ""):
            try:
                self.body = json.loads(body)
            except ValueError:
                raise Refusal(400, "FORMAT_ERROR", "not JSON") from None

    def shown(self):
        """What is told of it afterwards: of the headers, their names."""
        return {"method": self.method, "path": self.path, "query": self.query, "headers": sorted(self.headers)}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "sandbox-bank"
    disable_nagle_algorithm = True
    timeout = 300

    def _take(self):
        desk = self.server.desk
        shape = bank_psd2 if self.path.startswith("/v1/") else bank_aggregator
        try:
            request = Request(self, self._body())
            if self._serve_house(desk, request):
                return
            fault = self._fault(desk, request)
            if fault == "dropped":
                return
            with desk.lock:
                desk.asked.append(request.shown())
                answer = self._route(desk, shape, request)
        except Refusal as refusal:
            fault, answer = None, shape.refused(refusal)
        status, members, headers = answer
        body = b"" if members is None else json.dumps(members).encode()
        self._answer(status, body[: len(body) // 2] if fault == "truncated" else body, "application/json", headers)

    do_GET = do_POST = do_DELETE = _take

    def log_message(self, *args):
        """Keep quiet: ``/asked`` tells what happened."""

    def _route(self, desk, shape, request):
        if shape is bank_aggregator:
            request.application = bank_aggregator.check_signature(desk, request)
        for method, pattern, route in shape.ROUTES:
            match = pattern.fullmatch(request.path)
            if match and method == request.method:
                return route(desk, request, *match.groups())
        raise Refusal(404, "RESOURCE_UNKNOWN", "there is nothing here")

    def _serve_house(self, desk, request):
        """Serve what is no interface of a bank; returns whether it was."""
        if request.path == "/":
            self._answer(200, b"<!doctype html><title>Sandbox Bank</title><p>The sandbox bank is open.", "text/html")
        elif request.path == "/asked":
            self._answer(200, json.dumps(desk.asked).encode(), "application/json")
        elif request.path == "/noticed":
            self._answer(200, json.dumps(desk.noticed).encode(), "application/json")
        elif request.path == "/control":
            with desk.lock:
                calls = desk.order(request.body or {})
            for call in calls:
                desk.noticed.append(bank_notices.make(call))
            self._answer(200, json.dumps({"today": desk.state["today"]}).encode(), "application/json")
        elif request.path.startswith("/sca/"):
            self._serve_owner(desk, request)
        else:
            return False
        return True

    def _serve_owner(self, desk, request):
        name = request.path[len("/sca/") :]
        consent, session = desk.state["consents"].get(name), desk.state["sessions"].get(name)
        grant = consent or session
        if not grant or grant["status"] not in ("received", "PENDING_AUTHORIZATION"):
            self._answer(404, b"<!doctype html><title>Sandbox Bank</title><p>Nobody asks you.", "text/html")
            return
        if request.method != "POST":
            listed = "".join("<li>%s</li>" % escape(one["iban"]) for one in desk.books.accounts.values())
            self._answer(200, (_PAGE % (escape(grant["until"]), listed)).encode(), "text/html; charset=utf-8")
            return
        agreed = dict(parse_qsl(request.raw.decode())).get("answer") == "agree"
        with desk.lock:
            back = _answered(desk, consent, session, agreed)
            desk.save()
        self._answer(303, b"", "text/html", {"Location": back})

    def _fault(self, desk, request):
        """Meet the fault on demand; returns ``dropped`` when nothing more is to be said, ``truncated``, or None."""
        with desk.lock:
            fault = desk.next_fault(request.path, 2 if {"page", "continuation_key"} & set(request.query) else 1)
        mode = fault and fault["mode"]
        if mode == "slow":
            time.sleep(min(fault.get("seconds", 5), MAX_SLOW_SECONDS))
        elif mode == "reset":
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            return "dropped"
        elif mode == "html":
            self._answer(200, b"<html><body>We are renovating.</body></html>", "text/html")
            return "dropped"
        elif mode == "401":
            raise Refusal(401, "CERTIFICATE_EXPIRED", "fault on demand")
        elif mode == "404":
            raise Refusal(404, "RESOURCE_UNKNOWN", "fault on demand")
        elif mode in ("500", "503"):
            raise Refusal(int(mode), "INTERNAL_SERVER_ERROR", "fault on demand", {"Retry-After": 60})
        return "truncated" if mode == "truncated" else None

    def _body(self):
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 <= length <= MAX_BODY:
            self.close_connection = True
            raise Refusal(413, "FORMAT_ERROR", "the body is too long")
        return self.rfile.read(length)

    def _answer(self, status, body, content_type, headers=None):
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, str(value))
        self.end_headers()
        if status != 204:
            self.wfile.write(body)


class BankServer(Server):
    def __init__(self, port, desk):
        super().__init__(port, Handler)
        self.desk = desk


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--scenario", required=True, help="JSON file: what the accounts hold")
    parser.add_argument("--state", required=True, help="JSON file: consents and calls; made when missing")
    parser.add_argument("--public-keys", help="folder: <application>.pem of each that may sign requests")
    options = parser.parse_args(arguments)
    if not Path(options.scenario).is_file():
        parser.error("there is no scenario %s" % options.scenario)
    try:
        server = BankServer(options.port, Desk(options.scenario, options.state, options.public_keys))
    except OSError as error:
        parser.error("port %d cannot be used: %s" % (options.port, error.strerror))
    server.serve()


def _answered(desk, consent, session, agreed):
    """Note what the owner answered and return where the browser goes."""
    if consent:
        consent["status"] = "valid" if agreed else "rejected"
        return consent["redirect"] if agreed else consent["refused"]
    if not agreed:
        session["status"] = "CANCELLED"
        return _with(session["redirect"], {"error": "access_denied", "state": session["state"]})
    session.update(status="RETURNED_FROM_BANK", code=desk.new_id())
    return _with(session["redirect"], {"code": session["code"], "state": session["state"]})


def _with(url, members):
    return "%s%s%s" % (url, "&" if "?" in url else "?", urlencode(members))


if __name__ == "__main__":
    main()
