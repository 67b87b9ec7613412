from contextlib import contextmanager

from odoo import api, models

from ...core import canonical
from ..abstract.company_bound import linked
from ..abstract.words import shortened

MODULES = "audit\\_%"  # those of the suite, as LIKE takes them
WATCHING = "audit_connector_base.role_changes"
WORDS = {True: "yes", False: "no"}

# Members of the groups of the suite, by whatever way: on 17.0 Odoo writes implied memberships down, on 19.0 it does
# not, so they are followed here.
MEMBERS = """
WITH RECURSIVE ours AS (
    SELECT DISTINCT res_id AS id FROM ir_model_data WHERE model = 'res.groups' AND module LIKE %s
), grants (group_id, ours_id) AS (
    SELECT id, id FROM ours
    UNION
    SELECT implied.gid, grants.ours_id FROM res_groups_implied_rel implied JOIN grants ON grants.group_id = implied.hid
)
SELECT DISTINCT member.uid, grants.ours_id
  FROM grants JOIN res_groups_users_rel member ON member.gid = grants.group_id
"""


@contextmanager
def recorded_roles(env):
    """Record who gained or lost a role of the suite within the block: one entry ``configuration.changed`` a person.

    Compares the members before and after, by whatever way a group is given: on the person, on the group, or through
    another group that implies it. Blocks within the block do nothing.
    """
    data = env.cr.postcommit.data
    if data.get(WATCHING):
        yield
        return
    data[WATCHING] = True
    before = _roles(env)
    try:
        yield
    finally:
        data.pop(WATCHING, None)
    after = _roles(env)
    changed = {uid for uid in before.keys() | after.keys() if before.get(uid) != after.get(uid)}
    _record(env, changed, before, after)


def _roles(env):
    """Return ``{user id: {ids of the groups of the suite}}``."""
    env.cr.execute(MEMBERS, [MODULES])
    roles = {}
    for uid, group_id in env.cr.fetchall():
        roles.setdefault(uid, set()).add(group_id)
    return roles


def _record(env, user_ids, before, after):
    users = env["res.users"].sudo().with_context(active_test=False)
    groups = env["res.groups"].sudo().with_context(lang=None)
    existing = {user.id: user for user in users.browse(sorted(user_ids)).exists()}
    names = {
        group.id: group.full_name for group in groups.browse(set().union(*before.values(), *after.values())).exists()
    }
    changes = []
    for uid in sorted(user_ids):
        old, new = (
            ", ".join(sorted(names.get(group, str(group)) for group in roles.get(uid, ()))) for roles in (before, after)
        )
        said = [{"field": "roles", "label": "Roles", "old": shortened(old), "new": shortened(new)}]
        changes.append(_change(env, uid, existing[uid].name if uid in existing else "", said))
    env["audit.configuration"]._append_changes(changes)


def _change(env, uid, name, said):
    return {
        "company_id": 0,
        "res_model": "res.users",
        "res_id": uid,
        "payload": canonical.dumps(
            {
                "change": "changed",
                "model": "res.users",
                "name": name,
                "by": env.user.sudo().name or "",
                "fields": said,
            }
        ),
    }


class ResUsers(models.Model):
    """People: their roles, whether they may sign in, and which companies they see, where they hold a role of ours."""

    _inherit = "res.users"

    @api.model_create_multi
    def create(self, vals_list):
        with recorded_roles(self.env):
            return super().create(vals_list)

    def write(self, vals):
        names = [name for name in ("active", "company_ids") if name in vals]
        if not names and not any(_is_group_field(name) for name in vals):
            return super().write(vals)
        before = {user.id: user._access_in_words(names) for user in self}
        with recorded_roles(self.env):
            result = super().write(vals)
        self._record_access(names, before)
        return result

    def unlink(self):
        with recorded_roles(self.env):
            return super().unlink()

    def _access_in_words(self, names):
        user = self.sudo()
        words = {"active": lambda: WORDS[user.active], "company_ids": lambda: _joined(user.company_ids)}
        return {name: words[name]() for name in names}

    def _companies_by_person(self):
        return {user.id: user._access_in_words(["company_ids"]) for user in self}

    def _record_access(self, names, before):
        if names:
            self.invalidate_recordset(names)
        roles = _roles(self.env) if names else {}
        changes = []
        for user in self:
            after = user._access_in_words(names)
            said = [
                {"field": name, "label": self._fields[name].string, "old": before[user.id][name], "new": after[name]}
                for name in names
                if before[user.id][name] != after[name]
            ]
            if said and user.id in roles:
                changes.append(_change(self.env, user.id, user.sudo().name, said))
        self.env["audit.configuration"]._append_changes(changes)


class ResCompany(models.Model):
    """Companies: people are put into one on their own form, and on that of the company."""

    _inherit = "res.company"

    @api.model_create_multi
    def create(self, vals_list):
        users = self._people_given(vals_list)
        before = users._companies_by_person()
        companies = super().create(vals_list)
        users._record_access(["company_ids"], before)
        return companies

    def write(self, vals):
        if "user_ids" not in vals:
            return super().write(vals)
        users = self.sudo().with_context(active_test=False).user_ids | self._people_given([vals])
        before = users._companies_by_person()
        result = super().write(vals)
        users._record_access(["company_ids"], before)
        return result

    @api.model
    def _people_given(self, vals_list):
        """Those who are put into companies. Sudo: what is recorded does not depend on who acts."""
        ids = {user_id for vals in vals_list for user_id in linked(vals.get("user_ids"))}
        return self.env["res.users"].sudo().browse(sorted(ids)).exists()


class ResGroups(models.Model):
    """Groups: who is put into one, and what it implies."""

    _inherit = "res.groups"

    @api.model_create_multi
    def create(self, vals_list):
        with recorded_roles(self.env):
            return super().create(vals_list)

    def write(self, vals):
        if not any(_is_member_field(name) for name in vals):
            return super().write(vals)
        with recorded_roles(self.env):
            return super().write(vals)

    def unlink(self):
        with recorded_roles(self.env):
            return super().unlink()


def _joined(records):
    return shortened(", ".join(sorted(records.mapped("display_name"))))


def _is_group_field(name):
    """Also those in which the form of 17.0 offers the groups, such as ``sel_groups_1_9``."""
    return name == "groups_id" or name.startswith(("in_group_", "sel_groups_"))


def _is_member_field(name):
    """17.0 calls the members of a group ``users``, 19.0 ``user_ids``."""
    return name in ("implied_ids", "implied_by_ids", "user_ids", "users")
