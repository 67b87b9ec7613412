from dataclasses import dataclass

from odoo import api, models

PREFIX = "audit.bank.provider."


@dataclass(frozen=True)
class ProvidedAccount:
    """An account as a provider names it; ``outside_id``: what it is called in calls, ``bank``: BIC."""

    outside_id: str
    number: str
    currency: str = ""
    name: str = ""
    owner: str = ""
    bank: str = ""


class CannotFetch(Exception):
    """The bank could not be asked, or did not answer.

    ``reason``: what happened and what to do, for people; ``fault``: ``consent`` (a person has to consent anew),
    ``budget`` (no calls left today), or as of an ``Outcome`` (``login``, ``refused``, ``timeout`` …); ``retry_after``:
    seconds after which it makes sense to ask again, None to leave it to the schedule.
    """

    def __init__(self, reason, fault="", retry_after=None):
        super().__init__(reason)
        self.reason = reason
        self.fault = fault
        self.retry_after = retry_after


class AuditBankProvider(models.AbstractModel):
    """The family's contract. A way to a bank is one file in ``adapters/`` with a model ``audit.bank.provider.<name>``.

    ``audit.bank.connection`` finds providers by the prefix of their name and calls nothing but these methods. Settings
    of a provider are fields that its file adds to ``audit.bank.connection``, named ``<name>_…``; ``_form`` puts them on
    the form. Secrets, address and allow-list stand on the connector of the connection.

    A provider never writes transactions or windows: it hands over a ``core.fetched.Fetched``, and what is new, known
    or booked meanwhile is found out in one place for all of them.
    """

    _name = "audit.bank.provider"
    _description = "Bank Provider"

    # Days of one window at most; longer periods are fetched as several.
    _longest_window = 90
    # Hours after which an account is asked again on schedule; a call budget may make it less often.
    _hours_between_calls = 6

    @api.model
    def _label(self):
        """Name of the way to the bank, as the administrator chooses it."""
        raise NotImplementedError

    @api.model
    def _form(self):
        """Return ``[(title, [field, …]), …]`` of the connection's form, as ``audit.adapter._form``."""
        return []

    @api.model
    def _needs_connector(self):
        """Whether a connection of this kind goes over a connector, which holds address and secrets."""
        return True

    @api.model
    def _needs_consent(self):
        """Whether a person has to consent at the bank before it answers."""
        return False

    @api.model
    def _can_be_asked(self):
        """Whether accounts and windows can be fetched; False where the bank sends files by itself."""
        return True

    @api.model
    def _check_settings(self, connection):
        """Raise ``ValidationError`` with the reason and the remedy when the connection cannot work as configured."""

    @api.model
    def _accounts(self, connection):
        """Return the ``ProvidedAccount`` list of the accounts that the bank lets us see; raises ``CannotFetch``."""
        return []

    @api.model
    def _oldest_day(self, connection):
        """Return the first day that the bank tells of now, None where nothing is known to end it."""
        return None

    @api.model
    def _fetch(self, account, window):
        """Return the ``Fetched`` of one ``audit.bank.account`` for ``window.date_from`` to ``window.date_to``.

        All pages or nothing: where a later page does not come, raise ``CannotFetch``, and the window stays open. What
        the bank says about calls left goes to ``account._note_budget`` after each answer. Called without any lock, so
        it may take its time; it must not write otherwise.
        """
        raise NotImplementedError

    @api.model
    def _confirms(self):
        """Whether the bank can be asked for balances of a day, see ``_confirm``."""
        return False

    @api.model
    def _confirm(self, connection, accounts, day):
        """Return ``(bytes of the list of accounts, [ProvidedAccount], {audit.bank.account: core Told or None})``.

        What the bank says of its accounts, and of the closing balances of ``accounts`` at the end of ``day``. Raises
        ``CannotFetch``.
        """
        raise NotImplementedError

    @api.model
    def _begin_consent(self, consent):
        """Ask the bank for a consent: write its ``outside_id`` and return the address to send the person to.

        ``consent.redirect_token`` comes back with the person and says which consent it is. An empty text means that
        nobody has to go anywhere. Raises ``CannotFetch``.
        """
        raise NotImplementedError

    @api.model
    def _finish_consent(self, consent, answer):
        """Take in what the person brought back: ``answer`` is the dict of the parameters of the address.

        Ends with ``consent._grant(…)`` or ``consent._refuse(reason)``. Raises ``CannotFetch``.
        """
        raise NotImplementedError

    @api.model
    def _refresh_consent(self, consent):
        """Ask the bank whether a consent still holds; ends with ``_grant``, ``_refuse``, ``_expire`` or nothing."""

    @api.model
    def _revoke_consent(self, consent):
        """Tell the bank that a consent is no longer used; raises ``CannotFetch``."""

    @api.model
    def _accounts_noticed(self, consent, body, headers):
        """Return the accounts (``audit.bank.account``) that a call of the bank is about, none for the consent itself.

        It came to an address that only the bank was told for this consent. Where a bank signs its calls as well, the
        signature is checked here; None lets one go by that is not proven. Whatever ``body`` (bytes) says, it is no
        movement: the accounts are asked for what is new, as on schedule.

        :param headers: names in lower case → texts
        """
        return self.env["audit.bank.account"]

    @api.model
    def _renew(self, consent):
        """Return the address to renew ``consent``, which stays in use meanwhile; by default a new one is begun."""
        return consent.connection_id._new_consent(renews=consent)._begin()

    @api.model
    def _calls_per_day(self, account):
        """How often an account may be asked a day without a person, where the bank did not say; None: as often."""
        return None
