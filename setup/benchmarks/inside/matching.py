"""Searches a database with generated bank lines and open items for matches. Runs inside Odoo (``env`` is given)."""

import gc
import resource
import sys
import time

from answering import answer
from ground import as_person, make_company, members, person
from matching_rows import Rows

from odoo import Command

from odoo.addons.audit_bank_sync.core.collector import sparing_the_collector
from odoo.addons.audit_bank_sync.core.matching.engine import match
from odoo.addons.audit_bank_sync.core.tests.matching_generator import world
from odoo.addons.audit_bank_sync.core.tests.matching_truth import OUR_NAME, measured
from odoo.addons.audit_bank_sync.models.matching.collecting import collected


class Desk:
    """A company whose lines and items are those of a generated world."""

    def __init__(self, env):
        self.env, self.registry = env, env.registry

    def prepare(self, size, seed):
        """Make the world in the database; returns how many lines and items it has."""
        made = world(size, seed)
        env = self.env
        self.person_id = person(env)
        env.ref("account.group_account_user").write({members(env): [Command.link(self.person_id)]})
        make_company(env)
        env.company.name = OUR_NAME
        rows = Rows(env)
        rows.write(made)
        self.lines, self.items = rows.lines, rows.items
        env.cr.commit()
        env.cr.execute("ANALYZE")
        env.cr.commit()
        self.labels = made.labels
        return {"lines": len(made.lines), "items": len(made.items)}

    def search(self):
        """Read what is open, match it and store what was found; seconds of each by the clock, and how right it is."""
        gc.collect()
        steps = [time.perf_counter()]
        with sparing_the_collector(), self.registry.cursor() as cr:
            env = as_person(cr, self.person_id)(su=True)
            company = env.company
            given = collected(env, company)
            steps.append(time.perf_counter())
            settings = env["audit.match.settings"]._of_company(company)._for_engine()._replace(automatic_at=0.85)
            result = match(
                given.lines, given.items, given.partners, settings=settings, learned=given.learned, rates=given.rates,
                own=given.own,
            )  # fmt: skip
            steps.append(time.perf_counter())
            proposals = env["audit.match.proposal"]
            proposals._store(company, given, proposals._left_to_people(company, result))
        steps.append(time.perf_counter())
        with self.registry.cursor() as cr:
            cr.execute("SELECT count(*) FROM audit_match_proposal")
            stored = cr.fetchone()[0]
        reading, matching, storing = (after - before for before, after in zip(steps, steps[1:]))
        found = measured(self._as_made(result), self.labels)
        return {
            "seconds": steps[-1] - steps[0], "reading": reading, "matching": matching, "storing": storing,
            "lines": len(given.lines), "items": len(given.items), "stored": stored,
            "precision": found.precision, "recall": found.recall,
            "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }  # fmt: skip

    def _as_made(self, result):
        """A result with the ids of the world in the place of those of the database."""
        lines, items = self.lines, self.items
        return {
            lines[line_id]: tuple(
                one._replace(
                    line_ids=tuple(map(lines.get, one.line_ids)),
                    allocations=tuple(
                        part._replace(line_id=lines[part.line_id], item_id=items.get(part.item_id))
                        for part in one.allocations
                    ),
                )
                for one in of_line
            )
            for line_id, of_line in result.items()
        }


desk = Desk(env)  # noqa: F821 - given by the shell that runs this
answer(sys.argv[1:], {"prepare": desk.prepare, "search": desk.search})
