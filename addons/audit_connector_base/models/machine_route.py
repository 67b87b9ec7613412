from odoo import models
from odoo.http import request

MACHINE = "audit_machine"


class IrHttp(models.AbstractModel):
    """Machines get what their routes need, and nothing of what Odoo prepares for people: no language, no developer mode
    and no editor from the address."""

    _inherit = "ir.http"

    @classmethod
    def _pre_dispatch(cls, rule, args):
        if rule.endpoint.routing["type"] == MACHINE:
            return request.dispatcher.pre_dispatch(rule, args)
        return super()._pre_dispatch(rule, args)
