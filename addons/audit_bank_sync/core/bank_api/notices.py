"""What a bank's call says it is about. It is believed only so far as to ask the bank itself about fewer accounts."""

from odoo.addons.audit_connector_base.core import canonical

LARGEST = 16 * 1024  # bytes of a notice that are read
_MOST = 50  # accounts that one notice names
_LONGEST = 100  # characters of a name of an account
# As banks and aggregators call the account that a notice is about, alone or inside a member of that kind.
_NAMES = ("accountId", "account_id", "resourceId", "accountUid", "account_uid", "uid", "iban", "bban")
_INSIDE = ("account", "accountReference", "accounts", "resource", "data")


def accounts_named(body):
    """Return the numbers and ids of accounts that the bytes of a notice name, in a set; empty for any other content."""
    try:
        said = canonical.loads_strict(body, max_depth=8, floats="decimal")
    except ValueError:
        return set()
    found = set()
    for one in said if isinstance(said, list) else [said]:
        _collect(one, found, 2)
    return found if len(found) <= _MOST else set()


def _collect(said, found, levels):
    if isinstance(said, str) and 0 < len(said) <= _LONGEST:
        found.add(said)
    if not isinstance(said, dict):
        return
    found.update(said[name] for name in _NAMES if isinstance(said.get(name), str) and len(said[name]) <= _LONGEST)
    if levels:
        for name in _INSIDE:
            inside = said.get(name)
            for one in inside if isinstance(inside, list) else [inside]:
                _collect(one, found, levels - 1)
