"""What the bank said of a line beyond what Odoo keeps of it, where the line came through ``audit.bank.transaction``."""


def details_of(env, line_ids):
    """Return ``{statement line id: further values of BankLine}``; nothing for lines that somebody else imported."""
    return {}
