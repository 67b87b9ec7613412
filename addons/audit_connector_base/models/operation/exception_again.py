from typing import Any, NamedTuple

from odoo import models

CARRIED = ("field_key", "field_group", "label", "value_odoo", "value_received")


class LaterWord(NamedTuple):
    """What a later message means for the exceptions that wait about the same.

    ``repeated``: it says the same as these, which stay; ``outdated``: it says something else; ``lines``: list of values
    of those that a new exception needs; ``brought_by``: the earlier messages that wait for that as well.
    """

    repeated: Any
    outdated: Any
    lines: list
    brought_by: Any


class AuditException(models.Model):
    """A platform speaks of the same record again, of all its facts or only of some, before anybody has decided."""

    _inherit = "audit.exception"

    def _compare(self, lines, speaks_of, together):
        """Hold what a later message says against these exceptions, which wait about the same record and kind.

        Those with facts that it does not mention stay as they are, so that a proposal is not lost, nor a difference
        hidden, by a message about something else.

        :param lines: list of dicts, one for each fact on which the message and Odoo differ
        :param speaks_of: function of a line of ours: whether the message speaks of that fact
        :param together: whether everything known is decided about at once, as what is to be made anew is
        :return: ``LaterWord``
        """
        none = self.browse()
        if not lines:
            return LaterWord(none, none, [], none.brought_by_ids)
        said = {_fact(line) for line in lines}
        repeated, outdated, known = none, none, set()
        for exception in self:
            facts = {_fact(line) for line in exception.line_ids}
            touched = {_fact(line) for line in exception.line_ids.filtered(speaks_of)}
            if touched and touched <= said and (not together or said <= facts):
                repeated |= exception
                known |= touched
            elif touched or together:
                outdated |= exception
        kept = outdated.line_ids.filtered(lambda line: not speaks_of(line))
        new = [line for line in lines if _fact(line) not in known]
        carried = [{name: line[name] for name in CARRIED} for line in kept]
        # To make something anew takes all that was ever said of it, also what stands in no line.
        still_said = outdated if together else kept.exception_id
        return LaterWord(repeated, outdated, new + carried, still_said.brought_by_ids)


def _fact(line):
    return line["field_key"], line["value_received"] or ""
