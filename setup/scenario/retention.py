"""Contents that are old enough are counted, kept by a hold, and erased by two people; the proof of them stays."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

from provision.progress import StepLog

from .acting import post_invoice, wait_for
from .confirming import confirmed
from .proving import audit_verify, exported

ENTRIES = Path(__file__).with_name("year_old_entries.py")
OPEN = [["state", "in", ["counted", "asked"]]]
CONTENT = (
    "SELECT p.payload IS NOT NULL, e.commitment, encode(sha256(e.entry), 'hex') FROM audit_log_entry e "
    "JOIN audit_log_payload p ON p.entry_id = e.id WHERE e.uuid = '{}'"
)
UNSEALED = (
    "SELECT count(*) FROM audit_log_entry e WHERE e.uuid IN ({}) "
    "AND NOT EXISTS (SELECT 1 FROM audit_log_leaf f WHERE f.entry_id = e.id)"
)


def tried_without_erasing(stage) -> str:
    """The dry run. The contents of a year ago are made for it; of an earlier run a policy and a count may be there."""
    administrator = stage.session("administrator")
    kept, erased = (post_invoice(stage, customer="Northgate Clinics Ltd", lines=1) for _number in range(2))
    uuids = stage.odoo.odoo.run_script(ENTRIES, StepLog(Path(os.devnull)), str(kept["id"]), str(erased["id"]))
    quoted = ", ".join(f"'{uuid}'" for uuid in uuids)
    wait_for(lambda: stage.sql(UNSEALED.format(quoted)) == [[0]], "what was recorded to be sealed")
    if not administrator.call("audit.retention.policy", "search_count", [["kind", "=", "log"]]):
        policy = {"kind": "log", "keep_days": 365, "basis": "Agreed for the demonstration"}
        administrator.call("audit.retention.policy", "create", policy)
    runs = administrator.call("audit.retention.run", "search", OPEN)
    if runs:
        administrator.call("audit.retention.run", "action_count", runs)
    run = runs[0] if runs else administrator.call("audit.retention.run", "create", {})
    before = [_content(stage, uuid) for uuid in uuids]
    assert all(there for there, _commitment, _entry in before), "counting erased something"
    figures = _figures(administrator, run)
    assert figures["to_erase"] >= 2, figures
    stage.notes["retention"] = {
        "run": run, "uuids": uuids, "before": before, "kept": kept, "erased": erased, "to_erase": figures["to_erase"],
    }  # fmt: skip
    return f"{figures['to_erase']} contents are older than a year; nothing was erased by counting them"


def kept_by_a_hold(stage) -> str:
    administrator, notes = stage.session("administrator"), stage.notes["retention"]
    hold = {
        "name": f"Lawsuit over {notes['kept']['name']}",
        "kind": "litigation",
        "document": f"account.move,{notes['kept']['id']}",
    }
    notes["hold"] = administrator.call("audit.retention.hold", "create", hold)
    administrator.call("audit.retention.run", "action_count", [notes["run"]])
    figures = _figures(administrator, notes["run"])
    assert (figures["to_erase"], figures["held"]) == (notes["to_erase"] - 1, 1), figures
    return f"“{hold['name']}” keeps {figures['held']}, {figures['to_erase']} may go"


def erased_by_two_people(stage) -> str:
    notes = stage.notes["retention"]
    administrator, run = stage.session("administrator"), notes["run"]
    administrator.call("audit.retention.run", "action_ask", [run])
    approver = stage.session("approver")
    shown = approver.call("audit.retention.run", "action_open_list", [run])["domain"]
    listed = approver.call("audit.retention.listed", "search_read", shown, ["document_name"])
    assert len(listed) == _figures(administrator, run)["to_erase"], listed
    assert notes["erased"]["name"] in str(listed) and notes["kept"]["name"] not in str(listed), listed
    confirmed(stage, "approver", "audit.retention.run", "action_approve", run)
    done = [["id", "=", run], ["state", "=", "done"]]
    wait_for(lambda: administrator.call("audit.retention.run", "search_count", done), "the job that erases")
    kept, erased = (_content(stage, uuid) for uuid in notes["uuids"])
    assert kept == notes["before"][0], "what a hold keeps was erased"
    assert erased == [False, *notes["before"][1][1:]], "the content is there, or its proof is not"
    read = ["asked_by_id", "approved_by_id"]
    (people,) = administrator.call("audit.retention.run", "read", [run], read)
    return (
        f"asked for by {people['asked_by_id'][1]}, approved by {people['approved_by_id'][1]}, who saw each of the "
        f"{len(listed)} on a list"
    )


def still_proven(stage) -> str:
    """The log is verified whole, by Odoo and by an outsider, who are told who erased what is missing."""
    notes = stage.notes["retention"]
    administrator = stage.session("administrator")
    ours = [["company_id", "!=", False], ["state", "=", "open"]]
    (log,) = administrator.call("audit.log", "search_read", ours, ["verifier_key"], limit=1)
    found = administrator.call("audit.log", "action_verify", [log["id"]])["res_id"]
    over = [["id", "=", found], ["state", "!=", "running"]]
    (result,) = wait_for(
        lambda: administrator.call("audit.log.verification", "search_read", over, ["state", "explanation"]),
        "the verification",
    )
    assert result["state"] == "verified", result
    entry = [["uuid", "=", notes["uuids"][1]]]
    (shown,) = administrator.call("audit.log.entry", "search_read", entry, ["summary"])
    assert "content erased" in shown["summary"], shown
    code, report = audit_verify(exported(stage, log["id"], reason="After the erasure"), log["verifier_key"])
    assert code == 0, report
    (outside,) = report["logs"]
    assert outside["erased"] and not outside["erased_unjudged"], outside
    note = {"release_note": f"Settled on {date.today()}"}
    stage.session("approver").call("audit.retention.hold", "write", [notes["hold"]], note)
    confirmed(stage, "approver", "audit.retention.hold", "action_release", notes["hold"])
    return (
        f"{notes['erased']['name']}: {shown['summary']}. {result['explanation']} An outsider is shown that two people "
        f"let go what is missing ({outside['erased']}). The hold was released"
    )


STEPS = [
    ("What is older than a year is counted", tried_without_erasing),
    ("A hold keeps one of them", kept_by_a_hold),
    ("Two people erase the rest", erased_by_two_people),
    ("The proof stays", still_proven),
]


def _figures(session, run: int) -> dict:
    return session.call("audit.retention.run", "read", [run], ["found", "held", "to_erase"])[0]


def _content(stage, uuid: str) -> list:
    """Whether the content is there, its commitment, and the digest of the sealed bytes."""
    return stage.sql(CONTENT.format(uuid))[0]
