from odoo import _, models


class AuditConnectorTest(models.TransientModel):
    """What to do about an answer, in the words of an administrator."""

    _inherit = "audit.connector.test"

    def _advice(self, outcome):
        """Return what to do about the ``Outcome`` of a test message, in a sentence or two for an administrator."""
        if outcome.verdict == "delivered":
            return _("It is ready. Choose under Sends what this platform shall hear of, if you have not done so.")
        if outcome.status:
            return self._advice_on_status(outcome.status)
        return self._advice_on_fault(outcome.fault)

    def _advice_on_status(self, status):
        if 200 <= status < 300:
            return _(
                "The platform answers with success, but with another status than those that mean delivered here. Add "
                "it to them, if that is what it means."
            )
        if 300 <= status < 400:
            return _(
                "The platform has moved: see “location” among the headers of its answer, and enter that address here. "
                "Odoo does not follow by itself, because messages and secrets would go where nobody meant them to."
            )
        if status == 401:
            return _(
                "The platform does not believe who we are. Check the secret on both sides and the way of signing in; "
                "for signed messages also the clocks of both servers."
            )
        if status == 403:
            return _("The platform knows us, but does not permit this. Ask its administrator for the right to send.")
        if status in (404, 405):
            return _("Nothing listens there. Compare address, path and method with the platform's documentation.")
        if status == 410:
            return _("The platform says that this address is closed for good. Ask its administrator for the new one.")
        if status == 413:
            return _("The platform takes smaller messages only. Ask its administrator to raise the limit.")
        if status in (400, 415, 422):
            return _(
                "The platform was reached and believes us, but does not understand the message. Some know their own "
                "types only and refuse a test; see what it answered. Otherwise check what is sent, and the fixed "
                "headers."
            )
        if status in (408, 425, 429):
            return _("The platform is busy and asks for patience. Real messages would be tried again by themselves.")
        if status >= 500:
            return _("The platform has trouble of its own. Tell its administrator; real messages would be tried again.")
        return _("See what the platform answered, and compare it with its documentation.")

    def _advice_on_fault(self, fault):
        if fault == "refused":
            return _(
                "Odoo calls no address inside of networks unless it is named. If this one is meant, name it under "
                "Internal Destinations Allowed."
            )
        if fault == "dns":
            return _("The host name is not known. Check how it is spelled, and that Odoo's server can resolve it.")
        if fault == "connect":
            return _("Nobody listens at that address and port. Check both, whether the platform runs, and firewalls.")
        if fault == "timeout":
            return _(
                "The platform did not answer in time. Check whether a firewall swallows the connection; a slow "
                "platform needs a longer time-out."
            )
        if fault == "tls":
            return _(
                "The connection could not be protected. If the platform's certificate comes from an authority of its "
                "own, enter that under Certificate Authorities; if it is for another name or has ended, the platform "
                "must renew it; if the platform asks for a client certificate, enter one."
            )
        if fault == "reset":
            return _(
                "The platform hung up. Check the port and whether it wants https, and whether it asks for a client "
                "certificate."
            )
        if fault == "protocol":
            return _("What answered does not speak the protocol. Check the port.")
        if fault == "token":
            return _(
                "No access token was given. Check the token address, the client ID, the client secret and the scope."
            )
        if fault == "login":
            return _("Check user name and password on both sides, and what the broker lets this user do.")
        if fault == "broker":
            return _("The broker was reached, but did not take the message. See its answer, or ask its administrator.")
        if fault == "route":
            return _(
                "The broker works, but nothing in it takes such messages. Test messages are of the type "
                "“connector.test”: bind a queue for it or for all types, or take no heed if only others are wanted."
            )
        if fault == "settings":
            return _("Repair the settings as the answer says, save, and try again.")
        if fault == "internal":
            return _("This is a fault in Odoo, not in your settings. The log of the server tells more.")
        return _("Check the address, the secret and the other settings of the protocol.")
