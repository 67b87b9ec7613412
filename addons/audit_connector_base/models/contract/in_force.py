from datetime import timezone

from odoo import api, models
from odoo.tools import ormcache

from ...core.contracts import ContractError, Key
from .registry import compiled
from .version import PUBLISHED


class AuditContract(models.Model):
    """Which version of a contract holds, and the check of messages against it.

    Asked for every message: what is in force is kept in the cache of the registry, and the compiled contract in the
    process, so that a message costs no query.
    """

    _inherit = "audit.contract"

    @api.model
    def _check(self, entity, payload, major, minor=None, limit=50):
        """Hold a message against its contract.

        :param payload: the parsed message
        :param minor: None for the newest approved version of ``major``
        :param limit: of violations that are listed
        :return: ``("invoice/1.0", list of core.contracts.Violation)``; the list is empty when it keeps the contract
        :raises ContractError: when there is no such contract
        """
        contract = self._contract_in_force(entity, major, minor)
        return "%s/%d.%d" % contract.key, contract.violations(payload, limit)

    @api.model
    def _contract_in_force(self, entity, major, minor=None):
        """Return the compiled ``core.contracts.Contract`` that holds; its ``schema`` is not to be changed.

        :raises ContractError: when there is none
        """
        version_id, key, sha256 = self._in_force(entity, major, minor)
        return compiled(key, sha256, lambda: self._text_of(version_id))

    @api.model
    @ormcache("entity", "major", "minor")
    def _in_force(self, entity, major, minor=None):
        """Return ``(version id, Key, SHA-256 of the text)``; sudo: whoever posts need hold no right on contracts.

        The newest approved one, else the newest that is deprecated; and of a major version that was retired the last
        one, for messages that still wait.

        :raises ContractError: when there is none
        """
        domain = [("contract_id.entity", "=", entity), ("major", "=", major), ("state", "in", PUBLISHED)]
        if minor is not None:
            domain.append(("minor", "=", minor))
        versions = self.env["audit.contract.version"].sudo().search(domain)
        if not versions:
            raise ContractError("There is no contract %s/%s." % (entity, major))
        version = min(versions, key=lambda one: (PUBLISHED.index(one.state), -one.minor))
        return version.id, Key(entity, version.major, version.minor), version.sha256

    @api.model
    def _text_of(self, version_id):
        return self.env["audit.contract.version"].sudo().browse(version_id)._text()

    @api.model
    def _served(self, entity):
        """Return which versions of an entity are served, the newest first; [] of an entity that has no contract.

        Retired ones are not among them; their texts stay published.

        :return: list of dicts: ``version`` (``"1.0"``), ``major``, ``minor``, ``state`` (``approved`` or
            ``deprecated``), ``made`` (whether Odoo makes messages of this major version), ``sha256``, ``path`` (of its
            text on this server), ``deprecated_at`` (datetime, UTC, aware) and ``sunset`` (date) or None, ``successor``
            (version that is to be used instead) or None
        """
        served = [one for one in self._publication().get(entity, ()) if one["state"] != "retired"]
        return [{name: value for name, value in one.items() if name != "id"} for one in served]

    @api.model
    @ormcache()
    def _publication(self):
        """Return ``{entity: tuple of dicts}`` of all that is or was in force; see ``_served``.

        Sudo: what is published is for everybody, and drafts are not among it.
        """
        versions = self.env["audit.contract.version"].sudo().search([("state", "in", PUBLISHED)])
        found = {}
        for contract, own in versions.grouped("contract_id").items():
            made = self._made_by_odoo(contract.entity)
            own = own.sorted(lambda one: (one.major, one.minor), reverse=True)
            found[contract.entity] = tuple(_publication_of(version, own, made) for version in own)
        return found


def _publication_of(version, versions, made):
    ended = version.state != "approved"
    # What takes its place: the newest of the same major version, else of all.
    approved = versions.filtered(lambda one: one.state == "approved")
    successor = (approved.filtered(lambda one: one.major == version.major) or approved)[:1] if ended else approved[:0]
    return {
        "id": version.id,
        "version": version.name,
        "major": version.major,
        "minor": version.minor,
        "state": version.state,
        "made": version.major in made,
        "sha256": version.sha256,
        "path": "/audit/v1/contracts/%s/%s.json" % (version.entity, version.name),
        "approved_at": version.approved_at and version.approved_at.replace(tzinfo=timezone.utc) or None,
        "deprecated_at": ended and version.deprecated_at.replace(tzinfo=timezone.utc) or None,
        "sunset": ended and version.sunset_date or None,
        "successor": successor.name or None,
    }
