"""Keeps what people enter as secrets out of Odoo's log, which at the level DEBUG quotes the arguments of every call."""

import logging

# Where Odoo logs calls: on 17.0 and on 19.0.
LOGGERS = ("odoo.api", "odoo.service.model")
HIDDEN = "(hidden)"


class Redaction(logging.Filter):
    """Leaves the arguments out where a call is to a model that takes secrets (``_takes_secrets``)."""

    def filter(self, record):
        """Let every record pass, those about secrets without what they quote."""
        args = record.args if isinstance(record.args, tuple) else ()
        if any(getattr(arg, "_takes_secrets", False) for arg in args):
            record.args = tuple(arg if hasattr(arg, "_name") or isinstance(arg, str) else HIDDEN for arg in args)
        return True


def install():
    """Put the filter on Odoo's loggers, once."""
    for name in LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(one, Redaction) for one in logger.filters):
            logger.addFilter(Redaction())
