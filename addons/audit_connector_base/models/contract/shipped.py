import hashlib
import logging
from pathlib import Path

from odoo import _, api, fields, models
from odoo.modules.module import get_module_path

from ...core import canonical
from ...core.contract_schema import key_of_file
from .version import PUBLISHED

_logger = logging.getLogger(__name__)


class AuditContract(models.Model):
    """Contracts that come with an addon, in its folder ``contracts/``."""

    _inherit = "audit.contract"

    @api.model
    def _load_shipped(self, module):
        """Make the contract files of an addon approved versions; called by the addon's data at each update.

        A version that is known keeps its text, whatever became of the file: platforms have built upon it. A file that
        was changed without a new version is named in the log, on the version, and in the server's log.

        :param module: name of the addon
        """
        for path in sorted(Path(get_module_path(module)).glob("contracts/*.json")):
            self._load_file(path, "%s/contracts/%s" % (module, path.name))
        for contract in self.search([]):
            # Builders and handlers come with addons, too. Nothing was decided by people here.
            if any(version.origin == "shipped" for version in contract.version_ids):
                contract._turn(self._direction_of(contract.entity))
        self.env.registry.clear_cache()
        self.env["audit.subscription"].with_context(active_test=False).search([])._pin_contracts()

    @api.model
    def _load_file(self, path, file_name):
        key, data = key_of_file(path.name), path.read_bytes()
        sha256 = hashlib.sha256(data).hexdigest()
        contract = self.search([("entity", "=", key.entity)])
        version = contract.version_ids.filtered(lambda one: (one.major, one.minor) == key[1:])
        if version:
            return version._met_file(file_name, sha256)
        schema = canonical.loads_strict(data)
        if not contract:
            contract = self.create(
                {
                    "entity": key.entity,
                    "name": schema.get("title") or key.entity,
                    "direction": self._direction_of(key.entity),
                }
            )
        version = self.env["audit.contract.version"]._create_shipped(
            {
                "contract_id": contract.id,
                "major": key.major,
                "minor": key.minor,
                "schema_text": data.decode("utf-8"),
                "sha256": sha256,
                "origin": "shipped",
                "file_name": file_name,
                "file_sha256": sha256,
                "author_id": False,
                "state": "approved",
                "approved_at": fields.Datetime.now(),
            }
        )
        # Compiled now, so that a file that cannot be used stops the installation and names itself.
        version._set({"previous_id": version._previous().id, **version._judgement(version._contract())})
        version._explain()
        version._log("contract.shipped", file=file_name)
        return version


class AuditContractVersion(models.Model):
    """What becomes of a version whose file is met again."""

    _inherit = "audit.contract.version"

    def _met_file(self, file_name, sha256):
        """Compare a version with the file of its number, and say so where they differ."""
        if self.state in PUBLISHED and self.sha256 == sha256:
            problem = False
        elif self.origin == "shipped":
            problem = _(
                "The file %s was changed, but not its version number. The text that was approved stays in force. Give "
                "the changed file a new number.",
                file_name,
            )
        else:
            problem = _(
                "The file %s has the number of a version that was written here, so it is not loaded. Give it another.",
                file_name,
            )
        if problem and (self.file_sha256 != sha256 or not self.file_problem):
            _logger.warning("The contract file %s is not that of version %s", file_name, self.name)
            self._log("contract.file_changed", file=file_name, file_sha256=sha256)
        self._set({"file_problem": problem, "file_name": file_name, "file_sha256": sha256})
        return self
