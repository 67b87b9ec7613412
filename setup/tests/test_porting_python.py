"""Each rule for Python, on a snippet before and after."""

from pathlib import PurePosixPath
from textwrap import dedent

import pytest

from porting import sql_constraints
from porting.rule import Place, PortError
from porting.rules_python import RULES
from porting.tree import ported_text

MODEL = Place(PurePosixPath("audit_x/models/thing.py"))
MANIFEST = Place(PurePosixPath("audit_x/__manifest__.py"))
BY_NAME = {rule.name: rule for rule in RULES}

CASES = {
    "json-route": [
        ('@http.route("/a", type="json", auth="user")\ndef a(self): ...\n', '@http.route("/a", type="jsonrpc", auth="user")\ndef a(self): ...\n'),
        ("@route(['/a'], type='json')\ndef a(self): ...\n", "@route(['/a'], type='jsonrpc')\ndef a(self): ...\n"),
    ],
    "aggregator": [('x = fields.Float(group_operator="avg")\n', 'x = fields.Float(aggregator="avg")\n')],
    "list-view-mode-py": [
        ('a = {"view_mode": "kanban,tree,form"}\n', 'a = {"view_mode": "kanban,list,form"}\n'),
        ("act['view_mode'] = 'tree'\n", "act['view_mode'] = 'list'\n"),
        ('action(view_mode="tree,form", view_type="tree")\n', 'action(view_mode="list,form", view_type="list")\n'),
    ],
    "list-views-py": [
        ('a = [(False, "tree"), (False, "form")]\n', 'a = [(False, "list"), (False, "form")]\n'),
        ('a = [[view.id, "tree"]]\n', 'a = [[view.id, "list"]]\n'),
        ('m.get_view(view_id, "tree")\n', 'm.get_view(view_id, "list")\n'),
    ],
    "list-view-ref-py": [
        ('c = {"tree_view_ref": "a.b"}\n', 'c = {"list_view_ref": "a.b"}\n'),
        ('r.with_context(tree_view_ref="a.b")\n', 'r.with_context(list_view_ref="a.b")\n'),
    ],
    "inline-target-py": [('a = {"target": "inline"}\n', 'a = {"target": "current"}\n')],
    "groups-field-py": [
        ('user.write({"groups_id": [(4, g.id)]})\n', 'user.write({"group_ids": [(4, g.id)]})\n'),
        ("user.groups_id.groups_id\n", "user.group_ids.group_ids\n"),
        ('@api.depends("user_id.groups_id.name")\ndef f(self): ...\n', '@api.depends("user_id.group_ids.name")\ndef f(self): ...\n'),
        ('new_test_user(env, groups_id=[])\n', 'new_test_user(env, group_ids=[])\n'),
    ],
    "group-users-py": [
        ('self.env.ref("base.group_user").users.ids\n', 'self.env.ref("base.group_user").user_ids.ids\n'),
        ("record.approver_group_id.users\n", "record.approver_group_id.user_ids\n"),
    ],
}

UNTOUCHED = [
    '"""A tree of type="json", by groups_id."""\n',
    "# groups_id, view_mode tree, group_operator=\n",
    'kind = fields.Selection([("json", "JSON"), ("tree", "Tree")])\n',
    'pair = ("shape", "tree")\n',
    'note = "the tree is sealed"\n',
    'query = "SELECT groups_id FROM t WHERE kind = \'tree\'"\n',
    'payload = {"type": "json", "version": "17.0.1"}\n',
    'self.response(type="json")\n',
    'merkle = {"shape": "tree"}\n',
    "company.users\n",
    'self.env.ref("base.main_company").users\n',
]


@pytest.mark.parametrize(("rule", "before", "after"), [(name, *case) for name, cases in CASES.items() for case in cases])
def test_a_rule_rewrites_its_construct_and_nothing_the_second_time(rule, before, after):
    assert BY_NAME[rule].apply(before, MODEL) == after
    assert BY_NAME[rule].apply(after, MODEL) == after
    assert ported_text(before, MODEL) == after


@pytest.mark.parametrize("text", UNTOUCHED)
def test_prose_comments_and_other_meanings_stay(text):
    assert ported_text(text, MODEL) == text


def test_only_a_manifest_changes_its_version():
    text = '{\n    "name": "17.0.1",\n    "version": "17.0.1.2.3",  # 17.0.\n}\n'
    assert ported_text(text, MANIFEST) == text.replace('"17.0.1.2.3"', '"19.0.1.2.3"')
    assert ported_text(text, MODEL) == text


def test_positions_hold_after_characters_of_several_bytes():
    assert ported_text('a = ("ä€😀", {"view_mode": "tree"})\n', MODEL) == 'a = ("ä€😀", {"view_mode": "list"})\n'
    assert ported_text('s = "\u2028\x0c"\nb = user.groups_id\n', MODEL).endswith("b = user.group_ids\n")


def test_every_entry_of_sql_constraints_becomes_a_constraint():
    before = dedent(
        '''
        class Thing(models.Model):
            _name = "audit.thing"

            # what the database refuses
            _sql_constraints = [
                ("code_uniq", "unique(company_id, code)", "The code is taken."),
                # a refund has an entry of its own
                (
                    "amount_positive",
                    "CHECK(amount >= 0)",
                    _("The amount "
                      "must not be negative."),
                ),
            ]

            code = fields.Char()
        '''
    )
    after = dedent(
        '''
        class Thing(models.Model):
            _name = "audit.thing"

            # what the database refuses
            _code_uniq = models.Constraint(
                "unique(company_id, code)",
                "The code is taken.",
            )
            # a refund has an entry of its own
            _amount_positive = models.Constraint(
                "CHECK(amount >= 0)",
                _("The amount "
                      "must not be negative."),
            )

            code = fields.Char()
        '''
    )
    assert ported_text(before, MODEL) == after
    assert ported_text(after, MODEL) == after


@pytest.mark.parametrize("name", ["name", "order", "table", "rec_name", "inherit"])
def test_a_constraint_named_like_an_attribute_of_the_model_is_refused(name):
    text = f'class A(models.Model):\n    _sql_constraints = [\n        ("{name}", "unique(a)", "Taken")\n    ]\n'
    with pytest.raises(PortError, match=rf"audit_x/models/thing\.py:3: .*'{name}'.*_{name}"):
        sql_constraints.rewrite(text, MODEL)


def test_a_constraint_named_like_a_method_is_refused():
    text = (
        "class A(models.Model):\n"
        '    _sql_constraints = [("check_amount", "CHECK(a > 0)", "Positive")]\n'
        "    def _check_amount(self): ...\n"
    )
    with pytest.raises(PortError, match="already has an attribute _check_amount"):
        sql_constraints.rewrite(text, MODEL)


@pytest.mark.parametrize(
    "value", ["CONSTRAINTS", "[*Base, ('a', 'b', 'c')]", "[(name, 'b', 'c')]", "[('a b', 'c', 'd')]", "[('_a', 'b', 'c')]"]
)
def test_constraints_that_cannot_be_read_are_refused(value):
    with pytest.raises(PortError, match=r"thing\.py:2"):
        sql_constraints.rewrite(f"class A(models.Model):\n    _sql_constraints = {value}\n", MODEL)


def test_what_is_no_python_is_refused_with_its_line():
    with pytest.raises(PortError, match=r"audit_x/models/thing\.py:2: this is not Python"):
        ported_text("a = 1\nb = = 2\n", MODEL)


def test_every_rule_has_a_case():
    assert set(BY_NAME) == set(CASES) | {"sql-constraints", "manifest-version"}
