"""Settings of Odoo itself on which the suite rests: parameters, rules and rights of access, scheduled actions."""

import re

from odoo import models

SECRET_KEY = re.compile(r"secret|token|password|private", re.IGNORECASE)
OURS = "audit."


class IrConfigParameter(models.Model):
    """System parameters of the suite, and so what the settings page sets."""

    _name = "ir.config_parameter"
    _inherit = ["ir.config_parameter", "audit.configuration"]

    _configuration_fields = ("key", "value")

    def _is_audited_setting(self):
        return (self.sudo().key or "").startswith(OURS)

    def _settings_in_words(self, names):
        found = super()._settings_in_words(names)
        if "value" in found and SECRET_KEY.search(self.sudo().key or ""):
            found["value"] = (found["value"][0], "set" if found["value"][1] else "")
        return found


class IrRule(models.Model):
    """Rules of access to records of the suite."""

    _name = "ir.rule"
    _inherit = ["ir.rule", "audit.configuration"]

    _configuration_fields = (
        "active", "domain_force", "groups", "model_id", "name", "perm_create", "perm_read", "perm_unlink", "perm_write",
    )  # fmt: skip

    def _is_audited_setting(self):
        return (self.sudo().model_id.model or "").startswith(OURS)


class IrModelAccess(models.Model):
    """Rights of access to models of the suite."""

    _name = "ir.model.access"
    _inherit = ["ir.model.access", "audit.configuration"]

    _configuration_fields = (
        "active", "group_id", "model_id", "name", "perm_create", "perm_read", "perm_unlink", "perm_write",
    )  # fmt: skip

    def _is_audited_setting(self):
        return (self.sudo().model_id.model or "").startswith(OURS)


class IrCron(models.Model):
    """Scheduled actions of the suite: whether they run, how often, and as whom. What they run is an action."""

    _name = "ir.cron"
    _inherit = ["ir.cron", "audit.configuration"]

    _configuration_fields = ("active", "interval_number", "interval_type", "user_id")

    def _is_audited_setting(self):
        return (self.sudo().model_id.model or "").startswith(OURS)


class IrActionsServer(models.Model):
    """Actions on models of the suite: those of its schedule, and any that an administrator writes."""

    _name = "ir.actions.server"
    _inherit = ["ir.actions.server", "audit.configuration"]

    _configuration_fields = ("code", "model_id", "name", "state")

    def _is_audited_setting(self):
        return (self.sudo().model_id.model or "").startswith(OURS)
