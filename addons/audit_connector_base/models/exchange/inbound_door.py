import re
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field, replace

from odoo import api, models
from odoo.exceptions import UserError

from ...core.inbound import Paths
from ...core.verification import Scheme

CODE = re.compile(r"[A-Za-z0-9_-]{16,64}")
DOORS_KEPT = 1000

# The version of a row is which transaction wrote it and where it lies: it changes whenever the row is written. The
# secrets of a connector count as part of its row, see ``_outdate_door``.
LOOK_UP = """
SELECT c.id, c.xmin::text, c.ctid::text FROM audit_connector c
 WHERE c.inbound_code = %s AND c.inbound_active AND c.active
"""

_lock = threading.Lock()
_doors = OrderedDict()


@dataclass(frozen=True)
class Door:
    """All that receiving needs to know of a connector, in plain values.

    ``secrets``: the texts to verify with, and ``credential_ids`` in the same order; ``good_until``: Unix seconds after
    which one of them is no longer good;
    ``trouble``: why there are none, although there should be; ``version``: of the row that all this was read from,
    Nones where whoever holds the door vouches for it.
    """

    connector_id: int
    company_id: int
    name: str
    rate: int
    scheme: Scheme
    paths: Paths
    by_content: bool
    secrets: tuple = field(default=(), repr=False)
    credential_ids: tuple = ()
    good_until: float = float("inf")
    trouble: str = ""
    version: tuple = (None, None)


class OutdatedDoor(Exception):
    """The settings that a request was verified with are no longer those in the database. Nothing was stored."""


def is_code(code):
    """Whether a connector could ever receive at this address."""
    return bool(CODE.fullmatch(code))


class AuditConnector(models.Model):
    """Doors: the settings of receiving, kept in memory by each process for as long as their rows are the same.

    The statement that stores what was received compares their version and stores nothing when it is another; so does a
    refusal, before it is believed. Hence a change of settings counts at once, and a request costs no query more. The
    secrets stay in the memory of the process, as the key that opens them does.
    """

    _inherit = "audit.connector"

    @api.model
    def _kept_door(self, code):
        """Return the ``Door`` that was at an address when it was last looked up, None when none is remembered."""
        with _lock:
            door = _doors.get((self.env.cr.dbname, code))
        return door if door and time.time() < door.good_until else None

    @api.model
    def _door_at(self, code):
        """Return the ``Door`` at an address, None when nobody receives there. SQL: senders hold no rights."""
        if not is_code(code):
            return None
        self.env.cr.execute(LOOK_UP, [code])
        found = self.env.cr.fetchone()
        if not found:
            return None
        connector_id, *version = found
        kept = self._kept_door(code)
        if kept and kept.version == tuple(version):
            return kept
        door = replace(self.sudo().browse(connector_id)._door(verifying=True), version=tuple(version))
        with _lock:
            _doors[self.env.cr.dbname, code] = door
            if len(_doors) > DOORS_KEPT:
                _doors.popitem(last=False)
        return door

    @api.model
    def _connector_at(self, code):
        """Return the connector that receives at an address, empty when none does."""
        door = self._kept_door(code) or self._door_at(code)
        return self.browse(door.connector_id if door else None)

    @api.model
    def _note_header_at(self, code):
        """The header with the last signed note of the company that receives at an address; see ``_note_header``."""
        door = self._kept_door(code) or self._door_at(code)
        return self.env["audit.log"]._note_header(self.env["res.company"].browse(door.company_id)) if door else {}

    def _outdate_door(self):
        """Write these connectors anew as they are, so that no process goes on with what it remembers of them."""
        self.env.cr.execute("UPDATE audit_connector SET write_date = write_date WHERE id = ANY(%s)", [self.ids])

    def _door(self, verifying=False):
        """Return the ``Door`` of one connector; its secrets only for ``verifying``."""
        self.ensure_one()
        secrets, trouble, good = [], "", self.env["audit.credential"]
        if verifying:
            trouble = self._blocker(verifying=True)
        if verifying and self.inbound_verification != "mutual_tls":
            good = self.sudo()._good_credentials().filtered(lambda one: one.purpose == "verification")
            try:
                secrets = self._secrets_of("verification")
            except UserError as error:
                trouble = str(error)
        return Door(
            connector_id=self.id,
            company_id=self.company_id.id,
            name=self.name,
            rate=self.inbound_rate,
            scheme=self._inbound_scheme(),
            paths=self._inbound_paths(),
            by_content=self.inbound_deduplicate_by == "content",
            secrets=tuple(secrets),
            credential_ids=tuple(good.ids),
            good_until=min(filter(None, (one._good_until() for one in good)), default=float("inf")),
            trouble=trouble,
        )
