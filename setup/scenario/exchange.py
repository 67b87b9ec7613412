"""What administrators do with the exchange: connect a second platform and a broker, and repair what failed."""

from __future__ import annotations

import json
import urllib.request
from datetime import date

from provision import counterparties, processes

from .acting import CONNECTOR, deliveries, post_invoice, trail, wait_for
from .confirming import approve_destination

REPORTING = "Group reporting"
BROKER = "Event bus"
LAST_YEAR = date.today().year - 1
BEFORE = 8  # invoices of last year that the demonstration company has
CONSUMERS = ("warehouse", "fraud-watch")
OPEN = "SELECT count(*) FROM audit_delivery d JOIN audit_connector c ON c.id = d.connector_id WHERE c.name = '{}' "
OPEN += "AND d.state IN ('pending', 'sending')"


def connect_a_second_platform(stage) -> str:
    """Last year's invoices are there before the platform is; later runs find both."""
    accountant = stage.session("accountant")
    last_year = [["move_type", "=", "out_invoice"], ["state", "=", "posted"]]
    last_year += [["invoice_date", ">=", f"{LAST_YEAR}-01-01"], ["invoice_date", "<=", f"{LAST_YEAR}-12-31"]]
    missing = BEFORE - accountant.call("account.move", "search_count", last_year)
    for number in range(missing):
        day = f"{LAST_YEAR}-{3 + number % 9:02d}-15"
        post_invoice(stage, customer="Rossi Ceramiche S.p.A.", lines=1 + number % 3, invoice_date=day)
    platform = stage.counterparties["reporting"]
    secret = counterparties.signing_secret(platform.folder).read_text()
    settings = {**_reached_at(f"{platform.url}/events", platform.port), "signing_secret": secret}
    connector = _connect(stage, REPORTING, settings, ["invoice.posted"])
    stage.notes["reporting"] = connector
    return f"{REPORTING} asks for posted invoices from now on"


def back_fill(stage) -> str:
    administrator, connector = stage.session("administrator"), stage.notes["reporting"]
    running = [["connector_id", "=", connector], ["state", "=", "running"]]
    wait_for(lambda: not administrator.call("audit.backfill.run", "search_count", running), "an earlier back-fill")
    (kind,) = administrator.call("audit.event.type", "search", [["code", "=", "invoice.posted"]])
    chosen = {
        "connector_id": connector, "event_type_id": kind, "skip_told": False,
        "date_from": f"{LAST_YEAR}-01-01", "date_to": f"{LAST_YEAR}-12-31",
    }  # fmt: skip
    wizard = administrator.call("audit.backfill", "create", chosen)
    count = administrator.call("audit.backfill", "read", [wizard], ["count"])[0]["count"]
    assert count >= BEFORE, f"the back-fill would tell of {count} documents only"
    before = len(_told_afterwards(stage))
    run = administrator.call("audit.backfill", "action_queue", [wizard])["res_id"]
    told = wait_for(
        lambda: len(_told_afterwards(stage)) >= before + count and len(_told_afterwards(stage)), "all to be told"
    )
    state = wait_for(
        lambda: administrator.call("audit.backfill.run", "search_read", [["id", "=", run], ["state", "!=", "running"]]),
        "the back-fill to end",
    )[0]["state"]
    assert (state, told) == ("done", before + count), f"{state}: {told - before} of {count} arrived"
    return f"{count} invoices of {LAST_YEAR} counted, queued, and received, each marked as told afterwards"


def fan_out(stage) -> str:
    """Whoever listens at the broker gets the same message, and Odoo sends it once."""
    if stage.broker is None:
        return "left out: neither RabbitMQ nor Redis is on this machine (packages rabbitmq-server, redis-server)"
    broker = stage.broker.wait()
    settings = {**_reached_at(broker.url, broker.port), "adapter": broker.scheme, "login_secret": broker.password}
    settings[f"{broker.scheme}_login"] = broker.user
    consumers = {name: _listening(stage, broker, name) for name in CONSUMERS}
    connector = _connect(stage, BROKER, settings, ["invoice.posted", "invoice.paid"])
    stage.session("administrator").call("audit.connector", "action_start_again", [connector])
    invoice = post_invoice(stage, customer="Lumière & Fils SARL", lines=2)
    (delivery,) = deliveries(stage, invoice, BROKER)
    for name, said in consumers.items():
        got = wait_for(lambda said=said: _said_of(said, delivery["message_id"]), f"{name} to get {invoice['name']}")
        assert [one["number"] for one in got] == [invoice["name"]], got
    (delivery,) = wait_for(lambda: _settled(deliveries(stage, invoice, BROKER)), "the delivery to be settled")
    assert (delivery["state"], delivery["attempt_count"]) == ("delivered", 1), delivery
    return f"{type(broker).__name__}: {invoice['name']} sent once, received by {' and '.join(CONSUMERS)}"


def refused_as_faulty(stage) -> str:
    wait_for(lambda: stage.sql(OPEN.format(CONNECTOR)) == [[0]], "the archive to have everything")
    order = json.dumps({"mode": "422", "count": 1}).encode()
    request = urllib.request.Request(
        f"{stage.counterparties['receiver'].url}/faults", order, {"Content-Type": "application/json"}
    )
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20).close()
    invoice = stage.notes["refused"] = post_invoice(stage, customer="Northgate Clinics Ltd", lines=2)
    (delivery,) = wait_for(lambda: _settled(deliveries(stage, invoice)), "the archive to answer")
    assert delivery["state"] == "dead" and delivery["attempt_count"] == 1, delivery
    return f"{invoice['name']} stands under Dead Letters: {delivery['reason']}"


def repaired_and_sent_again(stage) -> str:
    """With the wizard *Send Again*, for all that failed, which repairs an interrupted earlier run as well."""
    administrator, invoice = stage.session("administrator"), stage.notes["refused"]
    (before,) = deliveries(stage, invoice)
    (connector,) = administrator.call("audit.connector", "search", [["name", "=", CONNECTOR]])
    wizard = administrator.call(
        "audit.replay", "create", {"connector_id": connector, "reason": "The archive has opened the month"}
    )
    found = administrator.call("audit.replay", "read", [wizard], ["failed_count", "total_count"])[0]
    assert found["failed_count"] == found["total_count"] >= 1, found
    administrator.call("audit.replay", "action_replay", [wizard])
    (after,) = wait_for(lambda: _settled(deliveries(stage, invoice)), "the delivery to be settled")
    assert (after["state"], after["message_id"]) == ("delivered", before["message_id"]), after
    assert any("again" in summary for summary in trail(stage.session("accountant"), invoice)), "not in the trail"
    return f"{invoice['name']} accepted under the same message id; the trail names who sent it again and why"


STEPS = [
    ("A second platform is connected", connect_a_second_platform),
    ("It is told of last year: a back-fill", back_fill),
    ("A broker hands on to two listeners", fan_out),
    ("The archive refuses an invoice", refused_as_faulty),
    ("Repaired there, it is sent again", repaired_and_sent_again),
]


def _connect(stage, name: str, settings: dict, codes: list[str]) -> int:
    """Make a connector with one subscription, or lead the one of an earlier run to where the platform is now.

    The second person who approves that is asked as well.
    """
    administrator = stage.session("administrator")
    found = administrator.call("audit.connector", "search_read", [["name", "=", name]], ["adapter", "url"])
    if found:
        if found[0]["url"] != settings["url"]:
            administrator.call("audit.connector", "write", [found[0]["id"]], settings)
            approve_destination(stage, found[0]["id"])
        return found[0]["id"]
    connector = administrator.call("audit.connector", "create", {"name": name, **settings})
    types = administrator.call("audit.event.type", "search", [["code", "in", codes]])
    administrator.call("audit.subscription", "create", {"connector_id": connector, "event_type_ids": [[6, 0, types]]})
    return connector


def _reached_at(url: str, port: int) -> dict:
    return {"url": url, "allowed_destinations": f"127.0.0.1:{port}"}


def _told_afterwards(stage) -> list[dict]:
    return [message for message in stage.book("reporting")["messages"] if message["event"].get("backfill")]


def _listening(stage, broker, name: str):
    """Start a program that listens at the broker; returns the file in which it writes what it gets."""
    said = broker.folder / f"{name}.log"
    command = [stage.engine.python, counterparties.SANDBOX / "consumer.py"]
    command += ["--broker", broker.scheme, "--port", broker.port, "--name", name]
    child = processes.spawn(command, pid_file=broker.folder / f"{name}.pid", log=said, cwd=broker.folder)
    stage.children.append(child)
    wait_for(lambda: "ready" in said.read_text() or not child.alive(), f"{name} to listen")
    assert child.alive(), said.read_text()
    return said


def _said_of(said, message_id: str) -> list[dict]:
    lines = [json.loads(line) for line in said.read_text().splitlines() if line.startswith("{")]
    return [line for line in lines if line["id"] == message_id]


def _settled(found: list[dict]) -> list[dict] | None:
    return found if found and all(one["state"] not in ("pending", "sending") for one in found) else None
