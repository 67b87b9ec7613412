import json
from datetime import timedelta
from unittest.mock import patch

from odoo import fields

from ..core import erasures
from .log_case import LogCase
from .retention_case import RetentionCase

ASKING, APPROVING = "user/7001", "user/7002"
PAYLOAD = "audit_log_payload"
EMPTY = "UPDATE audit_log_payload SET payload = NULL, salt = NULL, erased_by = %s WHERE entry_id = %s"


class ErasureCase(LogCase, RetentionCase):
    """A sealed log of which contents are erased, by two people or by whoever runs code as Odoo.

    ``entries``: what a test has appended, of which the made-up decisions speak.
    """

    number = 4710  # of the last run that was made up

    def _asked_a_year_later(self):
        """Time is part of what is sealed, so it is the clock that is put forward here."""
        later = fields.Datetime.now() + timedelta(days=365)
        with patch.object(fields.Datetime, "now", lambda: later):
            run = self._run()
            run.action_ask()
            self.confirmed(run.with_user(self.approver), "erase").action_approve()
        return run

    def _erased_a_year_later(self):
        run = self._asked_a_year_later()
        self.seal()
        self._work_off(run)
        return run

    def _scope(self, entries=None, **changes):
        """What a line lets go: all entries of this test, unless it is said otherwise. Writes the list of them."""
        ids = [entry.uuid for entry in entries or self.entries]
        listed = self.append(
            kind="retention.listed", actor=ASKING, payload=json.dumps({"ids": ids}).encode(),
            res_model="audit.retention.run", res_id=self.number + 1,
        )  # fmt: skip
        parts = {
            "log": self.log.origin, "first": ids[0], "last": ids[-1], "to_erase": len(ids),
            "sha256": erasures.digest(ids), "listed": listed.uuid,
        }  # fmt: skip
        tomorrow = fields.Datetime.to_string(fields.Datetime.now() + timedelta(days=1))
        line = {"kind": changes.pop("what", "log"), "before": changes.pop("before", tomorrow)}
        return {"lines": [{**line, "logs": [{**parts, **changes}]}]}

    def _decided(self, steps, company=None):
        """Write what a new run would, as ``(kind, actor, content)``, and return the UUID of the last that approves."""
        self.number += 1
        uuids = [
            (kind, self.append(
                kind=kind, actor=actor, payload=json.dumps(content).encode(), company=company,
                res_model="audit.retention.run", res_id=content.get("run", self.number),
            ).uuid)
            for kind, actor, content in steps
        ]  # fmt: skip
        return [uuid for kind, uuid in uuids if kind == "retention.approved"][-1]

    def _steps(self, scope=None):
        """What two people write who decide on an erasure."""
        scope = scope or self._scope()
        return [
            ("retention.asked", ASKING, scope),
            ("identity.confirmed", APPROVING, {"action": "erase"}),
            ("retention.approved", APPROVING, scope),
        ]

    def _erased_under(self, uuid, *entries):
        for entry in entries:
            self.tamper(PAYLOAD, EMPTY, uuid, entry.id)
