import hashlib
import json
import secrets
from functools import wraps

from odoo import _, api, models
from odoo.exceptions import AccessError

from ...compat import check_access
from ...core import canonical

CONFIRMED = "audit_connector_base.confirmed"
LONGEST_SHOWN = 500  # characters of one line of what the dialog shows


def asks_identity(action, before=None):
    """Have a button ask for the password, or what else proves who is sitting there, before it does anything.

    ``action`` is the word that the model's own guard asks for with ``_require_reauthentication``. What a person
    confirms counts for that action on those records, once, in the request that carries the password. The method takes
    no arguments, as for Odoo's ``check_identity``, whose dialog is used and whatever Odoo can ask in it.

    :param before: name of a method without arguments that refuses people who may not press the button at all, so that
        nobody is asked for a password in vain; that they may read the records is asked in any case

    ::

        @asks_identity("approve", before="_check_may_approve")
        def action_approve(self):
            self.write({"state": "approved"})

        def write(self, vals):
            if vals.get("state") == "approved":
                self._require_reauthentication("approve")
            return super().write(vals)
    """

    def decorate(method):
        @wraps(method)
        def button(self):
            check_access(self, "read")
            if before:
                getattr(self, before)()
            if not self._identity_is_confirmed(action):
                return self._ask_identity(action, method.__name__)
            result = method(self)
            if self._identity_is_confirmed(action):
                # Nothing that is written asked for it; that it was confirmed is recorded all the same.
                self._require_reauthentication(action)
            return result

        button._identity_action = action
        button.__has_check_identity = True
        return button

    return decorate


class AuditReauthentication(models.AbstractModel):
    """Sensitive actions ask for the password again: whoever finds a screen unlocked must not be able to approve.

    Odoo's own check covers any action for ten minutes. Here it is bound to one action on one set of records and used up
    by it. What was confirmed is remembered with the transaction, where no caller can reach it: neither the context nor
    ``sudo()`` makes up for it, and it goes when the transaction fails.

    The dialog shows what is confirmed (``_identity_content``). Where that is no longer so when the password comes,
    because somebody changed it meanwhile, nothing is done: nobody confirms what they did not see.
    """

    _name = "audit.reauthentication"
    _description = "Actions That Ask for the Password"

    def _require_reauthentication(self, action):
        """Use up what the current user confirmed: ``action`` on each of these records.

        It is recorded in the log, which is sealed at once: what a person stands for with the password is proven from
        then on.

        Call it in ``create`` or ``write``, where the sensitive change is made, and give the button that leads there the
        decorator ``asks_identity(action)``. It asks the superuser as well: what a person has to decide no schedule
        decides.

        :param action: one of the words of ``_identity_purposes``
        :raises AccessError: when it was not confirmed for every one of them
        """
        confirmed = self.env.cr.postcommit.data.get(CONFIRMED, set())
        wanted = self._identity_keys(action)
        if not wanted or wanted - confirmed:
            raise AccessError(
                _(
                    "“%(purpose)s” needs your password. Press the button on the record itself, which asks for it.",
                    purpose=self._identity_purpose(action),
                )
            )
        confirmed -= wanted
        self._log_identity("identity.confirmed", action)
        self.env["audit.log"]._seal_now()

    def _identity_is_confirmed(self, action):
        wanted = self._identity_keys(action)
        return bool(wanted) and wanted <= self.env.cr.postcommit.data.get(CONFIRMED, set())

    def _note_identity(self, action):
        """Remember that the current user confirmed ``action`` on these records, until it is used or the end."""
        confirmed = self.env.cr.postcommit.data.setdefault(CONFIRMED, set())
        confirmed |= self._identity_keys(action)

    def _identity_keys(self, action):
        return {(self.env.uid, action, self._name, record_id) for record_id in self.ids}

    def _ask_identity(self, action, method):
        """Return the action that opens Odoo's dialog for ``method``. Sudo: people do not say what it calls."""
        context = {key: value for key, value in self.env.context.items() if _is_json(value)}
        asked = {
            "action": action, "model": self._name, "ids": self.ids, "method": method, "context": context,
            "shown": self._identity_digest(action),
        }  # fmt: skip
        lines = [_shown(label, text) for label, text in self._identity_content(action) if text]
        check = self.env["res.users.identitycheck"].sudo().create(
            {
                "audit_request": json.dumps(asked),
                "audit_purpose": self._identity_purpose(action),
                "audit_content": "\n".join(lines),
            }
        )  # fmt: skip
        return {
            "type": "ir.actions.act_window",
            "name": _("Confirm That It Is You"),
            "res_model": check._name,
            "res_id": check.id,
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "medium"},
        }

    @api.model
    def _identity_purposes(self):
        """Return ``{action: what a person confirms, in words}``; models with actions of their own add them."""
        return {
            "approve": _("Approve"),
            "close": _("Close"),
            "erase": _("Erase for good"),
            "new_origin": _("Begin a new log"),
            "release": _("Release"),
            "reveal": _("Show the secret"),
            "rotate": _("Replace the secret"),
        }

    def _identity_purpose(self, action):
        """What a person confirms: the action and what it is done to. Sudo: names of what they asked for."""
        what = self._identity_purposes().get(action, action)
        unnamed = {"%s,%s" % (self._name, one) for one in self.ids}  # what Odoo calls a dialog
        names = [name for name in self.sudo().mapped("display_name") if name and name not in unnamed]
        return _("%(what)s: %(names)s", what=what, names=", ".join(names[:5])) if names else what

    def _identity_content(self, action):
        """What a person confirms, line by line: ``[(label, text), …]`` of all of these records, shown in the dialog.

        Models of which somebody else could change something meanwhile say here what counts.
        """
        return []

    def _identity_state(self, action):
        """What must be the same when the password comes as when it was asked for, as ``json`` takes it.

        Models add what counts and is not shown, or is shown in a shorter form.
        """
        return self._identity_content(action)

    def _identity_digest(self, action):
        state = json.dumps(self._identity_state(action), default=str, sort_keys=True)
        return hashlib.sha256(state.encode("utf-8", "surrogatepass")).hexdigest()

    def _log_identity(self, kind, action):
        trace = secrets.token_hex(16)
        self.env["audit.log.entry"]._append(
            [
                {
                    "kind": kind,
                    "direction": "none",
                    "company_id": record.company_id.id or 0 if "company_id" in record._fields else 0,
                    "res_model": record._name,
                    "res_id": record.id,
                    "correlation": trace,
                    "payload": canonical.dumps(
                        {
                            "action": action,
                            "purpose": record._identity_purpose(action),
                            "by": self.env.user.sudo().name or "",
                        }
                    ),
                }
                for record in self.sudo()
            ]
        )


def _shown(label, text):
    text = str(text)
    return "%s: %s" % (label, text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…")


def _is_json(value):
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return False
    return True
