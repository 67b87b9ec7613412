import hashlib
import io

from odoo import _, api, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.audit_connector_base.transaction import short_transaction

from ...compat import check_access
from ...core.bank_files import bank_file
from ...core.bank_files.mt_account import is_same_account
from ...core.bank_files.problems import Problem, Unreadable
from ...core.collector import sparing_the_collector
from .settling import settle
from .staging import Staging

PIECE = 1024 * 1024  # bytes that are hashed at once
LONGEST_NAME = 150  # characters
AT_ONCE = 8 * 1024 * 1024  # bytes that are read while somebody waits; larger files are read by a job


class AuditBankFile(models.Model):
    """Receiving a file, and reading it: as a whole or not at all; the file is kept in any case."""

    _inherit = "audit.bank.file"

    @api.model
    def _receive(self, company, name, data, source="upload", connection=None, mapping=None):
        """Keep a file; returns ``(file, whether it is new)``. The same content again only adds its name.

        Sudo: the caller checked who may; nobody writes files by hand.

        :param data: its bytes; an archive has to be unpacked before, see ``_receive_all``
        """
        name = plain_name(name) or _("Statement")
        digest = hashlib.sha256(data).hexdigest()
        known = self.sudo().search([("company_id", "=", company.id), ("sha256", "=", digest)], limit=1)
        if known:
            names = {known.name, *(known.other_names or "").splitlines()}
            if name not in names:
                known.other_names = "\n".join(filter(None, [known.other_names, name]))
            known._log("bank.file_repeated", note=name)
            if known.state == "failed":
                # It is read for whoever brings it now; its content may have been erased meanwhile.
                if not known.attachment_id:
                    known._store(data)
                known.mapping_id = mapping or known.mapping_id
                known.posts_by_rule = self._may_post_by_rule(source)
            elif not known.posts_by_rule and self._may_post_by_rule(source):
                known._stand_for()
            return known, False
        file = self.sudo().create(
            {
                "name": name,
                "company_id": company.id,
                "connection_id": (connection or self._connection(company)).id,
                "mapping_id": mapping.id if mapping else False,
                "sha256": digest,
                "size": len(data),
                "source": source,
                "posts_by_rule": self._may_post_by_rule(source),
                "received_by_id": self.env.uid,
            }
        )
        file._store(data)
        return file, True

    def _store(self, data):
        """Keep the content. Superuser only."""
        self.attachment_id = self._attach(self.name, data)
        self._check_stored()

    @api.model
    def _may_post_by_rule(self, source):
        """Whether what comes now may be posted by the rule of its account: nobody gets more rights by uploading."""
        if source != "upload":
            return True
        try:
            check_access(self.env["account.bank.statement.line"].with_user(self.env.uid), "create")
        except AccessError:
            return False
        return True

    def _stand_for(self):
        """Let follow from a file what did not while only somebody had brought it who may not post. Superuser only."""
        self.posts_by_rule = True
        self.window_ids.account_id._take_in()

    @api.model
    def _connection(self, company):
        """The connection for files that come without one; made with the first of them. Sudo: see ``_receive``."""
        connections = self.env["audit.bank.connection"].sudo()
        found = connections.search(
            [("company_id", "=", company.id), ("provider", "=", "bank_file")], order="id", limit=1
        )
        return found or connections.create(
            {"name": _("Bank Files"), "company_id": company.id, "provider": "bank_file", "user_id": self.env.uid}
        )

    def _check_stored(self):
        """Read the file back: Odoo swallows a full disk, and says of a file that is not there that it is empty."""
        if not self._is_as_received():
            raise UserError(_("The file “%s” could not be stored. Nothing was kept; try again later.", self.name))

    def _is_as_received(self):
        """Whether what lies there now is what came, by its hash."""
        hasher = hashlib.sha256()
        try:
            with self._opened() as stream:
                for piece in iter(lambda: stream.read(PIECE), b""):
                    hasher.update(piece)
        except OSError:
            return False
        return hasher.hexdigest() == self.sha256

    def _opened(self):
        """The content as a binary stream, read piece by piece where it lies in the file store."""
        self.ensure_one()
        attachment = self.attachment_id.sudo()
        attachment.flush_recordset()
        if attachment.store_fname:
            return open(attachment._full_path(attachment.store_fname), "rb")
        return io.BytesIO(attachment.raw or b"")

    def _import_by_job(self):
        """Read a large file, telling how far it is. Job method.

        READ COMMITTED: the file's row is written by those who tell of the progress, and by the one that reads.
        """
        self.ensure_one()
        with short_transaction(self.env.registry) as env:
            result = env[self._name].browse(self.id)._import(progress=True)
        self.invalidate_recordset()
        return result

    def _import(self, progress=False):
        """Read the file into the staging table, all of it or nothing, and report.

        :param progress: tell in a transaction of its own how far it is, see ``_import_by_job``
        """
        self.ensure_one()
        file = self.sudo()
        if file.state == "imported":
            return _("It was read already.")
        file.line_ids.unlink()
        if not file._is_as_received():
            text = _("The file is not there as it was received. Have the storage looked into.")
            file._fail([Problem("error", "file-changed", text)])
            return _("It cannot be read.")
        try:
            with sparing_the_collector(), self.env.cr.savepoint(), file._opened() as stream:
                file._refuse_archive(stream)
                mapping = file.mapping_id._core() if file.mapping_id else None
                reading = bank_file.open_file(stream, mapping=mapping)
                staging = file._staging(progress and (lambda count: file._tell_progress(reading)))
                staging.findings = reading.findings
                staging.run(reading)
                windows = settle(self.env(su=True), staging, reading)
        except Unreadable as error:
            file._fail(error.problems)
            return _("It cannot be read.")
        file._finish(reading, staging, windows)
        return _("%(new)s new, %(known)s known", new=file.new_count, known=file.known_count)

    def _staging(self, progress=None):
        """What takes the entries in; accounts that a journal names are linked on the way, others are errors."""
        known = list(self._known_accounts())
        staging = Staging(self.env(su=True), lambda page: self._account_of(page, known, staging), self, None, progress)
        return staging

    def _known_accounts(self):
        """Accounts that pages may be for: those followed, and archived ones of this way, which no other can replace."""
        accounts = self.env["audit.bank.account"].sudo().with_context(active_test=False)
        reached = ["|", ("active", "=", True), ("connection_id", "=", self.connection_id.id)]
        return accounts.search([("company_id", "=", self.company_id.id), *reached])

    def _account_of(self, page, known, staging):
        """The account among ``known`` (list) that a page is for, one that is linked now, or None with an error."""
        number, currency = page.account.number, page.account.currency
        same = [one for one in known if is_same_account(number, one.number)]
        fitting = [one for one in same if not currency or one.currency_id.name == currency]
        matching = [one for one in same if one.active]
        archived = fitting and not matching
        made = [one for one in fitting if one.active][:1] or (not (matching or archived) and self._linked(page))
        if made:
            known.extend(one for one in made if one not in known)
            return made[0]
        if archived:
            code = "account-archived"
            text = _("Account %s is archived here. Restore it under Bank ▸ Overview, then press Read Again.", number)
        elif matching:
            code, text = "account-currency", _(
                "Account %(number)s is kept in %(ours)s here, the file says %(theirs)s.",
                number=number,
                ours=", ".join(one.currency_id.name for one in matching),
                theirs=currency,
            )  # fmt: skip
        else:
            code = "account-unknown"
            text = _(
                "No bank journal has the account number %s. Enter it in the journal and press Read Again, or import "
                "the file once more and choose the journal in the preview.",
                number,
            )
        staging.findings.error(code, text, page.line)
        return None

    def _linked(self, page):
        """A new account for a page whose number is that of a journal's bank account, in a list; [] without such one."""
        accounts = self.env["audit.bank.account"].sudo()
        currency = accounts._currency(page.account.currency) or self.company_id.currency_id
        if not (currency.active or self.posts_by_rule):
            return []
        journal = accounts._journal_of(self.company_id, page.account.number, currency)
        return [self._link(page.account, currency, journal)] if journal else []

    def _link(self, said, currency, journal):
        """Make the ``audit.bank.account`` for an account that a file names (``statement.Account``).

        A currency that is not in use is taken into use for those who may post in it, and not for whoever has a file.
        """
        if not currency.active:
            if not self.sudo().posts_by_rule:
                raise UserError(_("The currency %s is not in use. Have it activated in Accounting.", currency.name))
            currency.sudo().active = True
        return self.env["audit.bank.account"].sudo().create(
            {
                "connection_id": (self.connection_id or self._connection(self.company_id)).id,
                "name": said.name or journal.name,
                "number": said.number,
                "currency_id": currency.id,
                "journal_id": journal.id,
                "owner_name": said.owner,
                "bank_code": said.bank,
            }
        )  # fmt: skip

    def _fail(self, problems):
        """Keep the file with what is wrong with it, and call the owner of its connection."""
        self.write({"state": "failed", "progress": 0})
        self._report(problems)
        errors = [str(problem) for problem in problems if problem.severity == "error"]
        self._log("bank.file_failed", note="\n".join(errors[:5]))
        self.env["audit.exception"]._raise_about_bank(
            "bank_file",
            self,
            _("Bank file %s cannot be read", self.name),
            "\n".join(errors[:20]),
            owner=self.connection_id.user_id if self.source != "upload" else None,
        )

    def _finish(self, reading, staging, windows):
        names = ("new_count", "known_count", "promoted_count", "doubt_count")
        counts = {name: sum(stretch.counts[name] for stretch in staging.stretches) for name in names}
        self.write(
            {
                "state": "imported",
                "format": reading.format,
                "read_count": sum(stretch.counts["entry_count"] for stretch in staging.stretches),
                "progress": 100,
                **counts,
            }
        )
        self._report([*reading.findings.list, *self._left_out(staging)])
        self._log("bank.file_imported")
        self.env["audit.exception"]._about_bank("bank_file", self)._close("superseded")
        self._hand_on(reading.report)
        windows.account_id._after_import(windows, staging)

    def _left_out(self, staging):
        """What was not taken in, and why, one sentence a statement."""
        for stretch in staging.stretches:
            known = stretch.counts["known_count"]
            if known:
                text = _(
                    "%(window)s: %(count)s entries were here already.", window=stretch.window.display_name, count=known
                )
                yield Problem("skipped", "known", text)

    def _hand_on(self, report):
        """Give a status report to what follows payments. Without it, nothing of the file is lost: it is kept."""
        if report is None:
            return
        if "audit.payment.status" in self.env:
            self.env["audit.payment.status"].sudo()._apply_report(self, report)

    def _report(self, problems):
        self.env["audit.bank.file.line"].sudo().create(
            [
                {
                    "file_id": self.id,
                    "severity": problem.severity,
                    "code": problem.code,
                    "message": problem.message,
                    "line": problem.line or 0,
                    "path": problem.path,
                }
                for problem in problems
            ]
        )
        self.problem_count = sum(1 for problem in problems if problem.severity in ("error", "warning"))

    def _tell_progress(self, reading):
        with short_transaction(self.env.registry, durable=False) as env:
            done = 100.0 * reading.size / max(self.size, 1)
            env["audit.bank.file"].browse(self.id).progress = min(done, 99.0)

    def _log(self, kind, note=""):
        for file in self.sudo():
            facts = {
                "name": file.name,
                "format": file.format or "",
                "sha256": file.sha256,
                "entries": file.read_count,
                "new": file.new_count,
                "known": file.known_count,
                "promoted": file.promoted_count,
                "doubt": file.doubt_count,
                "note": note,
                "by": self.env.user.sudo().name or "",
            }
            self.env["audit.log.entry"]._append_facts(kind, [(file.company_id, (file._name, file.id), facts)])


def plain_name(name):
    """A file name as it is shown: without folders and without characters that write nothing or turn the text around.

    Names come from archives and from other machines.
    """
    base = (name or "").replace("\\", "/").rpartition("/")[2]
    return "".join(char for char in base if char.isprintable()).strip()[-LONGEST_NAME:]
