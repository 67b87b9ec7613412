"""The demonstration: everything started on one machine, the scenario played, then served until Ctrl-C."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from . import cache, counterparties, database, engine, keys, ports, postgres, processes, requirements, suite, template
from .failure import CannotStart, StepFailed
from .progress import note, steps
from .server import Odoo, RunningOdoo

DEFAULT_PORT = 8069
RECORDS = 4
"""Raised when an update does not mend what the addons recorded before: they cannot verify it any more, or it is a
contract that was changed before its first release."""
PEOPLE = {
    "accountant": "posts invoices, decides on exceptions, has the log verified",
    "administrator": "connects platforms, and asks for what somebody else has to approve",
    "approver": "approves that, with the password, in the same menus",
    "auditor": "comes from outside, to the portal",
}
"""Role → what it does, in the order in which they are named at the end."""
PLACES = (
    ("accountant", "Invoicing ▸ Customers ▸ Invoices ▸ Audit Trail", "what was told about an invoice, and the answers"),
    ("accountant", "Audit ▸ Exceptions", "what platforms have otherwise, and who decided"),
    ("accountant", "Audit ▸ Bank ▸ Overview", "bank and books side by side, and what waits for somebody"),
    ("accountant", "Audit ▸ Bank ▸ Match Bank Lines", "what bank lines may pay, and why, by the keyboard"),
    ("accountant", "Audit ▸ Bank ▸ Differences", "what does not agree, with its owner and its age"),
    ("accountant", "Audit ▸ Bank ▸ Payments, Confirmations", "what banks said of payments and of balances"),
    ("accountant", "Audit ▸ Log ▸ Logs", "whether anything recorded was changed; exports for outsiders"),
    ("accountant", "Audit ▸ Log ▸ Holders of Notes", "which outsiders hold the signed notes, and since when"),
    ("accountant", "Audit ▸ Log ▸ Set Aside", "entries that nobody can prove, and what people decided on them"),
    ("administrator", "Audit ▸ Connectors", "which platform is well, and which is not"),
    ("administrator", "Audit ▸ Configuration ▸ Bank Connections", "the ways to banks, consents, accounts, journals"),
    ("administrator", "Audit ▸ Exchange ▸ Deliveries", "each message with its attempts and answers"),
    ("administrator", "Audit ▸ Exchange ▸ Send Again, Back-fills", "what failed or is missing, sent (again)"),
    ("administrator", "Audit ▸ Exchange ▸ Inbound", "what platforms sent"),
    ("approver", "Audit ▸ Configuration ▸ API Clients", "programs that ask for permission to read"),
    ("approver", "Audit ▸ Compliance ▸ Segregation of Duties", "who holds roles that should be with two people"),
    ("approver", "Audit ▸ Compliance ▸ Retention Runs", "what was erased, by whom, and what a hold kept"),
    ("auditor", "/my/audits", "where audits will be shared"),
    ("auditor", "/my/audits/bank-confirmations", "what banks are asked, and where their answers are handed in"),
)
"""Who finds what where, for the end of the demonstration."""
COMPANY = suite.REPOSITORY / "setup" / "scenario" / "company.py"


def main(arguments: list[str]) -> int:
    asked = _parser().parse_args(arguments)
    engine.check_series(asked.series)
    began = time.monotonic()
    port = ports.choose(asked.port, DEFAULT_PORT)
    with ExitStack() as stack:
        found = engine.find_engine(asked.series, extras=requirements.EXTRAS)
        note(f"Odoo {found.series} from {found.origin}")
        held = stack.enter_context(_only_one(found.series, port))
        stage = _set_the_stage(found, port, asked, stack)
        count = _play(stage, check=asked.check)
        if asked.check:
            print(f"demo: {count} steps ok", flush=True)
            return 0
        _tell_where(stage, held, time.monotonic() - began)
        return _serve(stage.odoo)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="demo", description=__doc__)
    parser.add_argument("--check", action="store_true", help="play and verify the scenario, stop everything and end")
    parser.add_argument("--fresh", action="store_true", help="forget the database and all data of earlier runs")
    parser.add_argument("--port", type=int, help=f"HTTP port of Odoo ({DEFAULT_PORT} or the next free one)")
    parser.add_argument("--series", help=f"Odoo series: {' or '.join(engine.SERIES)}; the first that can be had")
    parser.add_argument("--database-url", help="PostgreSQL to use: postgresql://user:password@host:port/database")
    return parser


class _only_one:
    """One demonstration per series and cache; a second one is told where the first runs."""

    def __init__(self, series: str, port: int):
        self.series, self.port = series, port
        self.folder = cache.root() / "demo"

    def __enter__(self) -> _only_one:
        self.lock = cache.locked(self.folder / f".{self.series}.lock", wait=False)
        where = self.folder / f".{self.series}.where"
        if not self.lock.__enter__():
            at = f" at {where.read_text().strip()}" if where.exists() else ""
            raise CannotStart(f"A demonstration of Odoo {self.series} runs already{at}: stop it first.")
        where.write_text(f"http://{ports.HOST}:{self.port} (process {os.getpid()})\n")
        return self

    def __exit__(self, *exception) -> None:
        self.lock.__exit__(*exception)


def _set_the_stage(found: engine.Engine, port: int, asked: argparse.Namespace, stack: ExitStack):
    """Start PostgreSQL, the counterparties and Odoo; each is stopped again when `stack` unwinds."""
    from scenario import Stage

    cluster = f"demo-{found.series}"
    home = cache.root() / "demo"
    for left_behind in filter(Path.is_dir, home.glob(f"{found.series}*")):
        _stop_leftovers(left_behind)
    with steps("Starting PostgreSQL") as log:
        server = stack.enter_context(
            postgres.running_postgres(found.python, cluster, log, database_url=asked.database_url, ends_with_us=True)
        )
    note(f"PostgreSQL: {server.origin}")
    folder = home / (found.series + _other_server(server))
    addons = suite.suite_for(found)
    name = f"odoo_audit_demo_{found.series.replace('.', '_')}"
    odoo = Odoo(found, server, name, folder / "odoo", (addons.addons_path,), http_port=port, audit=_secrets(folder))
    if _is_outdated(folder / "state.json"):
        note("The addons read no more what the ones that made this database recorded: making it anew")
        asked.fresh = True
    if asked.fresh:
        with steps("Forgetting the data of earlier runs"):
            database.drop(server.server, name)
            cache.remove_tree(folder)
            odoo.audit = _secrets(folder)
    _prepare_database(odoo, addons, folder / "state.json")
    parties = stack.enter_context(counterparties.running_counterparties(folder / "sandbox"))
    broker = _begin_broker(folder / "sandbox" / "broker", stack)
    _prepare_company(odoo, parties["receiver"], folder / "state.json")
    # The addresses that Odoo shows to be sent to; those of an earlier run may have had another port.
    server.server.execute(
        ("UPDATE ir_config_parameter SET value = %s WHERE key = 'web.base.url'", [odoo.url]), database=name
    )
    with steps(f"Starting Odoo {found.series} on port {port}"):
        running = odoo.start(workers=0)
        stack.callback(running.stop)
    stage = Stage(
        url=odoo.url, db=name, engine=found, postgres=server, odoo=running, counterparties=parties, logins={},
        folder=folder, modules=addons.modules, broker=broker,
    )  # fmt: skip
    stack.callback(lambda: [child.stop(patience=5) for child in stage.children])
    return stage


def _begin_broker(folder: Path, stack: ExitStack):
    """Start the first message broker that this machine has, on an empty folder; it gets ready while the rest starts."""
    from sandbox import brokers

    kind = brokers.first_there("amqp", "redis")
    if kind is None:
        return None
    cache.remove_tree(folder)
    broker = kind(folder)
    stack.callback(broker.stop)
    broker.begin()
    return broker


def _prepare_database(odoo: Odoo, addons: suite.Suite, state_file: Path) -> None:
    """Copy the database from its template the first time; update it when the addons or the engine changed."""
    wanted = {"engine": odoo.engine.key, "addons": addons.key, "modules": list(addons.modules), "records": RECORDS}
    server = odoo.postgres.server
    if not database.exists(server, odoo.database):
        source = template.suite_template(odoo.engine, odoo.postgres, addons)
        with steps("Making the database"):
            state_file.unlink(missing_ok=True)
            template.copy(source, odoo)
        # Straight from a template of these very sources, there is nothing to update.
        cache.write_private(state_file, json.dumps(wanted))
        return
    known = json.loads(state_file.read_text()) if state_file.exists() else {}
    if {**known, **wanted} == known:
        return
    installed = [name for name in addons.modules if name in known.get("modules", ())]
    new = [name for name in addons.modules if name not in installed]
    update = ["base"] if known.get("engine") != odoo.engine.key else installed
    what = "Odoo" if update == ["base"] else "The addons"
    note(f"{what} changed since this database was made: updating it, its data is kept")
    with steps("Updating the database") as log:
        odoo.init_database(new, log, update=update)
    # What the addons keep in another way now, such as secrets, is given to them again.
    kept = {name: value for name, value in known.items() if name != "receiver"}
    cache.write_private(state_file, json.dumps({**kept, **wanted}))


def _is_outdated(state_file: Path) -> bool:
    return state_file.exists() and json.loads(state_file.read_text()).get("records", 1) < RECORDS


def _stop_leftovers(folder: Path) -> None:
    """What a killed demonstration left running; its PostgreSQL is found and taken over by its cluster."""
    found = [
        processes.stop_leftover(folder / "odoo" / "odoo.pid"),
        counterparties.stop_leftovers(folder / "sandbox"),
        *(processes.stop_leftover(file) for file in (folder / "sandbox" / "broker").glob("*.pid")),
    ]
    if any(found):
        note("stopped what an interrupted demonstration had left running")


def _other_server(server: postgres.Postgres) -> str:
    """State belongs to one database: a named server has a folder of its own."""
    if server.cluster:
        return ""
    return "-" + cache.content_hash([], server.server.host, str(server.server.port), server.server.user)


def _prepare_company(odoo: Odoo, receiver: counterparties.Counterparty, state_file: Path) -> None:
    """Make the demonstration company the first time, and lead its connector to where the receiver listens now."""
    state = json.loads(state_file.read_text())
    if state.get("receiver") == receiver.url:
        return
    with steps("Preparing the demonstration company") as log:
        secret = counterparties.signing_secret(receiver.folder).read_text()
        odoo.run_script(COMPANY, log, f"{receiver.url}/events", secret)
    cache.write_private(state_file, json.dumps({**state, "receiver": receiver.url}))


def _secrets(folder: Path) -> dict[str, str]:
    """The `[audit]` section of odoo.conf: the keys of secrets and of the log, made once per demonstration."""
    file, signing_key = folder / "kek", folder / "log.pem"
    if not file.exists():
        cache.write_private(file, "demo:" + secrets.token_urlsafe(32))
    if not signing_key.exists():
        keys.write_signing_key(signing_key)
    # Not below the data of Odoo, which may be put back together with the database.
    return {"kek": file.read_text().strip(), "signing_key": signing_key, "state_dir": folder / "signer"}


def _play(stage, *, check: bool) -> int:
    """Play the scenario, one line a step; returns how many steps there were."""
    from scenario import STEPS, play

    if not check:
        print("\nWhat happened:")
    count, width = 0, max(len(name) for name, _act in STEPS)
    steps_to_come = play(stage)
    while True:
        began = time.monotonic()
        try:
            name, happened = next(steps_to_come)
        except StopIteration:
            return count
        count += 1
        print(f"  {name:<{width}}  {happened} ({time.monotonic() - began:.1f} s)", flush=True)


def _tell_where(stage, held: _only_one, took: float) -> None:
    print(f"\nOdoo runs at {stage.url} (ready after {took:.0f} s)")
    for role, does in PEOPLE.items():
        login, password = stage.logins[role]
        print(f"  {role:<15} {f'{login} / {password}':<47} {does}")
    print("Where to look:")
    for who, where, what in PLACES:
        print(f"  {who:<15} {where:<47} {what}")
    for name, party in stage.counterparties.items():
        does = "the bank, where a consent is given" if name == "bank" else "what the platform received"
        print(f"  {name:<15} {party.url + '/':<47} {does}")
    print(f"Data and logs: {stage.folder}\nCtrl-C stops everything; the data stays.", flush=True)


def _serve(running: RunningOdoo) -> int:
    try:
        code = running.wait()
    except KeyboardInterrupt:
        print("\nStopping …", file=sys.stderr, flush=True)
        return 0
    raise StepFailed(f"Odoo ended by itself (exit code {code})", running.log, "Serving")
