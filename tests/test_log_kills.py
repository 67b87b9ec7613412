"""`kill -9` of sealers at random moments, two of them at work on one log.

What has to hold afterwards: every entry has one place in the tree, the tree is whole, each note that was ever stored is
a beginning of it, and the signer found nothing to stop for. `AUDIT_TEST_SEED` repeats a run.
"""

from __future__ import annotations

import os
import time

import pytest

from provision.progress import StepLog
from testing.house import serving

KILLS = 30
SEED = int(os.environ.get("AUDIT_TEST_SEED") or time.time())
# Runs inside an Odoo of its own, whose children are the sealers: they need not load Odoo again.
SEALERS = '''
import os, random, signal, sys, time
import odoo
from odoo import SUPERUSER_ID, api, sql_db

kills, seed = map(int, sys.argv[1:])
chance = random.Random(seed)
registry, company = env.registry, env.company.id
AT_ONCE = 40
said = {
    "kind": "event.written", "direction": "none", "company_id": company, "res_model": "res.company",
    "res_id": company, "correlation": "ab" * 16, "payload": b"{}",
}


def apart():
    """A child has connections of its own; those of its parent it neither uses nor closes."""
    sql_db._Pool = None
    if hasattr(sql_db, "_Pool_readonly"):
        sql_db._Pool_readonly = None
    for name in ("_db", "_Registry__db"):
        if hasattr(registry, name):
            setattr(registry, name, sql_db.db_connect(registry.db_name))


def begin(work):
    pid = os.fork()
    if pid:
        return pid
    try:
        apart()
        while True:
            work()
    except BaseException:
        import traceback

        traceback.print_exc()
    os._exit(1)


def seal():
    with registry.cursor() as cr:
        api.Environment(cr, SUPERUSER_ID, {})["audit.log"]._seal_waiting(all_logs=True)
    time.sleep(0.002)


def record():
    with registry.cursor() as cr:
        api.Environment(cr, SUPERUSER_ID, {})["audit.log.entry"]._append([said] * AT_ONCE)
    time.sleep(0.01)


recorder = begin(record)
sealers = [begin(seal), begin(seal)]
ended = 0
for _kill in range(kills):
    time.sleep(chance.uniform(0.05, 0.5))
    place = chance.randrange(2)
    os.kill(sealers[place], signal.SIGKILL)
    _pid, status = os.waitpid(sealers[place], 0)
    ended += os.WIFEXITED(status)
    sealers[place] = begin(seal)
os.kill(recorder, signal.SIGKILL)
os.waitpid(recorder, 0)
time.sleep(1)
for pid in sealers:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
env.cr.rollback()
env["audit.log"]._seal_waiting(all_logs=True)
log = env["audit.log"].search([("company_id", "=", company), ("state", "=", "open")])
action = log.action_verify()
verification = env["audit.log.verification"].browse(action["res_id"])
verification._work(600)
env.cr.rollback()
env["audit.log"]._seal_waiting(all_logs=True)
env.invalidate_all()
result = {
    "ended by themselves": ended,
    "stopped": log.frozen_note or "",
    "verification": verification.explanation,
    "intact": verification.state == "verified",
    "notes": env["audit.log.checkpoint"].search_count([("log_id", "=", log.id)]),
}
'''


RECORDED_AND_SEALED = """
SELECT count(*), count(f.entry_id)
  FROM audit_log_entry e LEFT JOIN audit_log_leaf f ON f.entry_id = e.id
 WHERE e.kind = 'event.written' AND e.res_model = 'res.company'
"""
PLACES = """
SELECT DISTINCT count(*) = max(index) + 1, count(*) = count(DISTINCT entry_id) FROM audit_log_leaf GROUP BY log_id
"""


@pytest.fixture(scope="module")
def house(series):
    """Jobs and schedules would seal as well, outside of what is killed here."""
    with serving(series, 2, name=__name__, channels="root:0", options={"max_cron_threads": 0}) as house:
        yield house


def test_killed_sealers_leave_a_whole_and_signed_tree(house):
    print("AUDIT_TEST_SEED=%d" % SEED)
    script = house.folder / "sealers.py"
    script.write_text(SEALERS)
    log = StepLog(house.folder / "sealers.log")
    found = house.odoo.odoo.run_script(script, log, str(KILLS), str(SEED % 2**31))
    assert found["ended by themselves"] == 0, log.path.read_text()[-3000:]
    assert found["stopped"] == ""
    assert found["intact"], found["verification"]
    assert found["notes"] > 5, "they signed between being killed"
    ((recorded, sealed),) = house.sql(RECORDED_AND_SEALED)
    assert recorded == sealed > 1000
    assert house.sql(PLACES) == [[True, True]]
    assert house.sql("SELECT count(*) FROM audit_log_pending") == [[0]]
    assert house.sql("SELECT count(*) FROM audit_log_quarantine WHERE state <> 'admitted'") == [[0]]
