"""What behaves differently on Odoo 17.0 and 19.0 and has no common form.

Everything else is written in the common subset, or rewritten by the rules of ``setup/port``.
"""

from configparser import ConfigParser
from functools import lru_cache
from pathlib import Path

from odoo import fields, release
from odoo.tools import config

SERIES = release.version_info[0]
AUTOMATIC = {"id", "display_name", "create_uid", "create_date", "write_uid", "write_date"}


def audit_options():
    """Return the ``[audit]`` section of the configuration file as a dict of strings.

    17.0 keeps sections it does not know in ``config.misc``; 19.0 drops them, so there the file is read again.
    """
    if SERIES < 19:
        return dict(config.misc.get("audit", {}))
    path = config["config"]
    if isinstance(path, (list, tuple)):
        path = path[-1] if path else None
    if not path or not Path(path).is_file():
        return {}
    return dict(_audit_section(path, Path(path).stat().st_mtime_ns))


@lru_cache(maxsize=1)
def _audit_section(path, _changed_at):
    """Requests ask for it, so the file is parsed again only when it changed."""
    parser = ConfigParser(interpolation=None)
    parser.read(path)
    return dict(parser["audit"]) if parser.has_section("audit") else {}


def fields_of_group_members():
    """Name of the field of ``res.groups`` that lists members by implication as well."""
    return "all_user_ids" if SERIES >= 19 else "users"


def with_implied(group):
    """A group and all that it implies, directly or through others."""
    return group.all_implied_ids if SERIES >= 19 else group | group.trans_implied_ids


def check_access(records, operation):
    """Raise ``AccessError`` unless the current user may do ``operation`` with all of the records."""
    if SERIES >= 19:
        records.check_access(operation)
    else:
        records.check_access_rights(operation)
        records.check_access_rule(operation)


def closed_field_given(records, vals_list):
    """Name of a field that nobody may read or write (``groups=NO_ACCESS``) and that is to be filled at creation.

    None where there is none. 19.0 refuses that by itself; 17.0 asks for the right on a field only when it is read or
    written later, and takes it from the context as well.
    """
    if SERIES >= 19 or records.env.su:
        return None
    closed = [name for name, field in records._fields.items() if field.groups == fields.NO_ACCESS]
    given = {name for vals in vals_list for name in vals}
    given |= {key.removeprefix("default_") for key in records.env.context}
    return next((name for name in closed if name in given), None)


def payment_field_of_moves():
    """Name of the field of ``account.move`` that leads from a payment's entry to the payment."""
    return "origin_payment_id" if SERIES >= 19 else "payment_id"


def memo_field_of_payments():
    """Name of the field of ``account.payment`` that says what it is for."""
    return "memo" if SERIES >= 19 else "ref"


def payments_have_a_state():
    """Whether a payment has a state of its own (19.0) or shares that of its journal entry (17.0)."""
    return SERIES >= 19


def lock_dates():
    """``{field of res.company: name of the lock in our messages}``, in the order of the contract."""
    if SERIES >= 19:
        return {
            "fiscalyear_lock_date": "fiscal_year",
            "tax_lock_date": "tax",
            "sale_lock_date": "sales",
            "purchase_lock_date": "purchases",
            "hard_lock_date": "hard",
        }
    return {"fiscalyear_lock_date": "fiscal_year", "period_lock_date": "non_advisers", "tax_lock_date": "tax"}


def companies_of_account(account):
    """The companies in whose charts an account stands: one on 17.0, any number on 19.0."""
    return account.company_ids if SERIES >= 19 else account.company_id


def account_is_in_use(account):
    """Whether an account may be posted to."""
    return account.active if SERIES >= 19 else not account.deprecated


def switch_of_accounts():
    """Name of the field of ``account.account`` that takes it out of use or back into it."""
    return "active" if SERIES >= 19 else "deprecated"


def ranks_grow_by_statement():
    """Whether Odoo counts a partner's documents by a statement of its own (17.0) or through ``write`` (19.0)."""
    return SERIES < 19


def is_automatic(field):
    """Whether Odoo gives the field to every model by itself. 17.0 says so of the field, 19.0 no longer does."""
    return field.name in AUTOMATIC
