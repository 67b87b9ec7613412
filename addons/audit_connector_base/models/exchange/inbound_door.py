import re
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field

from odoo import api, models
from odoo.exceptions import UserError

from ...core.inbound import Paths
from ...core.verification import Scheme

CODE = re.compile(r"[A-Za-z0-9_-]{16,64}")
DOORS_KEPT = 1000

# The version of a row is where it lies and which transaction wrote it: both change whenever it is written.
LOOK_UP = """
SELECT c.id, c.xmin::text || c.ctid::text || coalesce((
           SELECT string_agg(k.xmin::text || k.ctid::text, ' ' ORDER BY k.id)
             FROM audit_credential k
            WHERE k.connector_id = c.id AND k.purpose = 'verification'), '')
  FROM audit_connector c
 WHERE c.inbound_code = %s AND c.inbound_active AND c.active
"""

_lock = threading.Lock()
_doors = OrderedDict()


@dataclass(frozen=True)
class Door:
    """All that receiving needs to know of a connector, in plain values.

    ``secrets``: the texts to verify with; ``good_until``: Unix seconds after which one of them is no longer good;
    ``trouble``: why there are none, although there should be.
    """

    connector_id: int
    company_id: int
    name: str
    rate: int
    scheme: Scheme
    paths: Paths
    by_content: bool
    secrets: tuple = field(default=(), repr=False)
    good_until: float = float("inf")
    trouble: str = ""


class AuditConnector(models.Model):
    """Doors: the settings of receiving, kept in memory by each process for as long as their rows are the same.

    A request so costs one query before it is verified, which also tells whether anything changed. The secrets stay in
    the memory of the process, as the key that opens them does.
    """

    _inherit = "audit.connector"

    @api.model
    def _door_at(self, code):
        """Return the ``Door`` at an address, None when nobody receives there. SQL: senders hold no rights."""
        if not CODE.fullmatch(code):
            return None
        self.env.cr.execute(LOOK_UP, [code])
        found = self.env.cr.fetchone()
        if not found:
            return None
        connector_id, version = found
        key = self.env.cr.dbname, code
        with _lock:
            kept_version, door = _doors.get(key, (None, None))
        if kept_version == version and time.time() < door.good_until:
            return door
        door = self.sudo().browse(connector_id)._door(verifying=True)
        with _lock:
            _doors[key] = (version, door)
            if len(_doors) > DOORS_KEPT:
                _doors.popitem(last=False)
        return door

    def _door(self, verifying=False):
        """Return the ``Door`` of one connector; its secrets only for ``verifying``."""
        self.ensure_one()
        secrets, trouble, ends = [], "", []
        if verifying and self.inbound_verification != "mutual_tls":
            try:
                secrets = self._secrets_of("verification")
            except UserError as error:
                trouble = str(error)
            ends = [
                credential.valid_until.timestamp()
                for credential in self.sudo()._good_credentials()
                if credential.purpose == "verification" and credential.valid_until
            ]
        return Door(
            connector_id=self.id,
            company_id=self.company_id.id,
            name=self.name,
            rate=self.inbound_rate,
            scheme=self._inbound_scheme(),
            paths=self._inbound_paths(),
            by_content=self.inbound_deduplicate_by == "content",
            secrets=tuple(secrets),
            good_until=min(ends, default=float("inf")),
            trouble=trouble,
        )
