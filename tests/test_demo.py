"""The demonstration as a person starts it, ended as a power cut would end it, and started again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from provision import cache, ports
from provision.rpc import Session

REPOSITORY = Path(__file__).resolve().parents[1]
SERIES = os.environ["AUDIT_TEST_SERIES"]
FOLDER = cache.root() / "demo" / SERIES
INVOICES = 40


@pytest.fixture
def demo(tmp_path):
    """A served demonstration as ``(process, address)``; skipped while somebody else uses the same one."""
    port = ports.free_port()
    log = open(tmp_path / "demo.log", "w+")  # noqa: SIM115 - closed at the end of the fixture
    process = _start("--port", str(port), log=log)
    try:
        _wait_until_ready(process, log)
        yield process, f"http://{ports.HOST}:{port}"
    finally:
        _kill_everything(process)
        log.close()


def test_a_power_cut_in_the_middle_of_deliveries_loses_nothing_and_repeats_nothing(demo):
    process, address = demo
    before = len(_book()["messages"])
    _tell_receiver({"mode": "slow", "seconds": 3})
    posted = _post_invoices(address)
    until = time.monotonic() + 60
    while len(_book()["messages"]) < before + 3:
        assert time.monotonic() < until, "no delivery got under way"
        time.sleep(0.1)
    _kill_everything(process)
    missing = posted - _numbers_in_the_book()
    assert missing, "all was delivered before the power cut, so the test showed nothing"

    port = str(ports.free_port())
    again = subprocess.run(
        [sys.executable, REPOSITORY / "setup" / "demo", "--check", "--series", SERIES, "--port", port],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert again.returncode == 0, again.stdout + again.stderr
    # The scenario's last step compares the whole outbox with the receiver's whole book.
    assert "Nothing is lost and nothing came twice" in again.stdout
    assert again.stdout.splitlines()[-1].startswith("demo: ")
    assert again.stdout.splitlines()[-1].endswith(" steps ok")
    # The book is a file: what it says of the invoices posted before the cut can be read without the receiver.
    assert posted <= _numbers_in_the_book()


def _start(*arguments, log) -> subprocess.Popen:
    command = [sys.executable, REPOSITORY / "setup" / "demo", "--series", SERIES, *arguments]
    return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)


def _wait_until_ready(process: subprocess.Popen, log) -> None:
    until = time.monotonic() + 600
    while time.monotonic() < until:
        said = Path(log.name).read_text()
        if "Ctrl-C stops everything" in said:
            return
        if process.poll() is not None:
            if "runs already" in said:
                pytest.skip(said.strip().splitlines()[-1])
            raise AssertionError(said)
        time.sleep(0.5)
    raise AssertionError("the demonstration was not ready in time:\n" + said)


def _kill_everything(process: subprocess.Popen) -> None:
    """``kill -9`` on the command and on every process that works in its folders: Odoo, PostgreSQL, the receiver."""
    folders = (str(FOLDER), str(cache.root() / "postgres" / f"demo-{SERIES}"))
    if process.poll() is None:
        process.kill()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            words = (entry / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if any(folder in words for folder in folders):
            try:
                os.kill(int(entry.name), signal.SIGKILL)
            except ProcessLookupError:
                continue
    process.wait(timeout=30)


def _post_invoices(address: str) -> set[str]:
    accountant = Session(address, f"odoo_audit_demo_{SERIES.replace('.', '_')}", "accountant", "accountant")
    partner = accountant.call("res.partner", "search", [["customer_rank", ">", 0]], limit=1)[0]
    invoices = accountant.call(
        "account.move",
        "create",
        [
            {
                "move_type": "out_invoice",
                "partner_id": partner,
                "invoice_line_ids": [[0, 0, {"name": f"Pallet {number}", "quantity": 1, "price_unit": 10 + number}]],
            }
            for number in range(INVOICES)
        ],
    )
    for invoice in invoices:
        accountant.call("account.move", "action_post", [invoice])
    return {invoice["name"] for invoice in accountant.call("account.move", "read", invoices, ["name"])}


def _receiver() -> str:
    return f"http://{ports.HOST}:{(FOLDER / 'sandbox' / 'receiver' / 'port').read_text()}"


def _book() -> dict:
    return _ask(f"{_receiver()}/book")


def _tell_receiver(fault: dict) -> None:
    _ask(f"{_receiver()}/faults", json.dumps(fault).encode())


def _ask(address: str, body: bytes | None = None) -> dict:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(address, body, {"Content-Type": "application/json"}), timeout=30) as answer:
        return json.load(answer)


def _numbers_in_the_book() -> set[str]:
    import sqlite3

    with sqlite3.connect(FOLDER / "sandbox" / "receiver" / "book.sqlite") as book:
        bodies = [json.loads(body) for (body,) in book.execute("SELECT body FROM message")]
    assert len({body["id"] for body in bodies}) == len(bodies)
    return {body["data"]["number"] for body in bodies}
