"""Field 25 of MT messages: an account in one of the ways in which banks write it."""

from .problems import Invalid
from .statement import Account
from .values import account_key, is_iban


def read_account(lines):
    """Return the ``Account`` of field 25 or 25P.

    Seen are an IBAN, an IBAN with its currency behind it, and a bank (BIC or clearing number) before a slash; 25P has
    the BIC on a line of its own.
    """
    text = lines[0].strip()
    if not text:
        raise Invalid("no-account", "the account is empty")
    bank = lines[1].strip() or None if len(lines) > 1 else None
    before, slash, after = text.partition("/")
    if slash and is_iban(after):
        bank, text = before, after
    key = account_key(text)
    if not is_iban(key) and key[-3:].isalpha() and is_iban(key[:-3]):
        return Account(number=key[:-3], currency=key[-3:], bank=bank, iban=True)
    if is_iban(key):
        return Account(number=key, bank=bank, iban=True)
    return Account(number=text, bank=bank or (before if slash else None))


def is_same_account(number, iban):
    """Return whether an account ``number`` of a file is that of ``iban``.

    German banks write BANKCODE/ACCOUNT; both stand in the IBAN, the account filled up with zeros to ten digits.
    """
    wanted = account_key(iban)
    if account_key(number) == wanted:
        return True
    bank, slash, account = (part.strip() for part in number.partition("/"))
    if not slash or not wanted.startswith("DE") or len(wanted) != 22:
        return False
    return bank == wanted[4:12] and account.isdigit() and account.zfill(10) == wanted[12:]
