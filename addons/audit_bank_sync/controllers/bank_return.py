import logging

from odoo import http
from odoo.http import request

from ..models.bank.api_provider import RETURN_PATH
from ..models.bank.provider import CannotFetch

_logger = logging.getLogger(__name__)


class BankReturn(http.Controller):
    """Where the bank sends a person back to who was asked to agree to a consent.

    The token in ``state`` is bound to one consent, which waits, and to the person who asked for it: another one who
    opens the address learns nothing and changes nothing. What else the address carries is proven by the provider.
    """

    @http.route(RETURN_PATH, type="http", auth="user", methods=["GET"])
    def finish(self, state=None, **answer):
        consent = request.env["audit.bank.consent"]._returned_to(state)
        if not consent:
            return request.not_found()
        connection = consent.connection_id
        try:
            connection._provider()._finish_consent(consent, answer)
        except CannotFetch as error:
            connection._note_trouble(error.reason)
        else:
            connection._note_trouble(False)
        return request.redirect("/mail/view?model=%s&res_id=%d" % (connection._name, connection.id))
