from decimal import Decimal, InvalidOperation

from odoo import _, http
from odoo.exceptions import AccessError, UserError
from odoo.http import request

from odoo.addons.audit_connector_base.controllers.responses import file_response, sentence
from odoo.addons.portal.controllers.portal import CustomerPortal

from ..core.answer_file import LARGEST
from ..models.confirmation.answer import TAKES

ADDRESS = "/my/audits/bank-confirmations"
LARGEST_AMOUNT = Decimal("1e15")


class BankConfirmationPortal(CustomerPortal):
    """The pages of the auditor named on a confirmation.

    Auth: a signed-in user; what they see is found by their own name and the day (``_shared``), and what is another's
    answers as if it was not there. Limits: one file of ``LARGEST`` bytes a request. Every view, upload and download is
    recorded.
    """

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "bank_confirmation_count" in counters:
            values["bank_confirmation_count"] = len(request.env["audit.bank.confirmation"]._shared())
        return values

    @http.route(ADDRESS, type="http", auth="user", website=True, methods=["GET"])
    def bank_confirmations(self, **_query):
        """What is shared with the auditor."""
        values = self._prepare_portal_layout_values()
        values |= {
            "page_name": "bank_confirmations",
            "confirmations": request.env["audit.bank.confirmation"]._shared(),
            "address": ADDRESS,
        }
        return request.render("audit_bank_sync.portal_bank_confirmations", values)

    @http.route(
        ADDRESS + "/<int(max=2147483647):confirmation_id>", type="http", auth="user", website=True, methods=["GET"]
    )
    def bank_confirmation(self, confirmation_id, **_query):
        """One confirmation: what was asked, what was answered, and the form to hand in the answer."""
        confirmation = self._shared(confirmation_id)
        confirmation._log("bank_confirmation.viewed", direction="out")
        return self._page(confirmation)

    @http.route(
        ADDRESS + "/<int(max=2147483647):confirmation_id>/answer",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
        max_content_length=LARGEST + 1024 * 1024,
    )
    def hand_in(self, confirmation_id, answer=None, **amounts):
        """Take the file that the auditor uploads, and what they enter of it; Odoo's token guards the form."""
        confirmation = self._shared(confirmation_id)
        if answer is None or not hasattr(answer, "read"):
            return self._page(confirmation, problem=_("Choose the file that the bank sent you."))
        content, entered = answer.read(LARGEST + 1), {}
        try:
            with request.env.cr.savepoint():
                entered = self._amounts(confirmation, amounts)
                confirmation._receive_from_auditor(answer.filename, content, entered)
        except (UserError, AccessError) as error:
            confirmation._log(
                "bank_confirmation.refused", direction="in", file=answer.filename or "", reason=str(error)
            )
            return self._page(confirmation, problem=str(error), entered=amounts)
        return request.redirect("%s/%d?received=1" % (ADDRESS, confirmation.id))

    @http.route(
        ADDRESS + "/<int(max=2147483647):confirmation_id>/answer",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
    )
    def hand_in_after_signing_in(self, confirmation_id, **_query):
        """Where Odoo leads who was signed out meanwhile and handed in an answer: what was sent is lost."""
        confirmation = self._shared(confirmation_id)
        if confirmation.state not in TAKES:
            return request.redirect("%s/%d" % (ADDRESS, confirmation.id))
        confirmation._log("bank_confirmation.viewed", direction="out")
        problem = _("Nothing was handed in, as you had been signed out meanwhile. Choose the file once more.")
        return self._page(confirmation, problem=problem)

    @http.route(
        ADDRESS + "/<int(max=2147483647):confirmation_id>/answer/<int(max=2147483647):answer_id>",
        type="http",
        auth="user",
        methods=["GET"],
    )
    def answer(self, confirmation_id, answer_id):
        """An answer as it was received."""
        confirmation = self._shared(confirmation_id)
        answer = confirmation.answer_ids.filtered(lambda one: one.id == answer_id)
        if not answer:
            raise request.not_found()
        try:
            content = answer._intact()
        except UserError as error:
            return sentence(str(error), 409)
        answer._log("bank_confirmation.downloaded", direction="out")
        return file_response(answer.name, content, answer.media_type)

    @http.route(ADDRESS + "/<int(max=2147483647):confirmation_id>/letter", type="http", auth="user", methods=["GET"])
    def letter(self, confirmation_id):
        """The letter to the bank as PDF, for the auditor who sends it."""
        confirmation = self._shared(confirmation_id)
        report = request.env["ir.actions.report"].sudo()
        content, _kind = report._render_qweb_pdf("audit_bank_sync.action_report_bank_confirmation", confirmation.ids)
        confirmation._log("bank_confirmation.viewed", direction="out")
        return file_response("%s.pdf" % confirmation.name, content, "application/pdf")

    def _shared(self, confirmation_id):
        confirmation = request.env["audit.bank.confirmation"]._shared(confirmation_id)
        if not confirmation:
            raise request.not_found()
        return confirmation

    def _page(self, confirmation, problem=None, entered=None):
        values = self._prepare_portal_layout_values()
        values |= {
            "page_name": "bank_confirmations",
            "confirmation": confirmation,
            "sections": confirmation._sections(),
            "takes": confirmation.state in TAKES,
            "problem": problem,
            "entered": entered or {},
            "received": "received" in request.params and not problem,
            "address": ADDRESS,
        }
        return request.render("audit_bank_sync.portal_bank_confirmation", values)

    def _amounts(self, confirmation, given):
        """``{line id: Decimal}`` of the fields that were filled in.

        :raises UserError: naming the line whose amount is none
        """
        entered = {}
        for line in confirmation.line_ids:
            text = (given.get("amount_%d" % line.id) or "").strip().replace(" ", "").replace("'", "")
            if not text:
                continue
            try:
                amount = Decimal(text)
            except InvalidOperation:
                amount = None
            if amount is None or not amount.is_finite() or abs(amount) > LARGEST_AMOUNT:
                raise UserError(
                    _("“%(line)s”: enter an amount such as 1234.56, not “%(text)s”.", line=line.name, text=text[:40])
                )
            entered[line.id] = amount
        return entered
