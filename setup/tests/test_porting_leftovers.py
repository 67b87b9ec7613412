"""What no rule can port is named with its line and what to write instead."""

from pathlib import PurePosixPath

import pytest

from porting.leftovers import find_leftovers, leftovers_of
from porting.rule import Place


def constructs(name, text):
    return [leftover.construct for leftover in leftovers_of(text, Place(PurePosixPath("audit_x") / name))]


@pytest.mark.parametrize(
    ("text", "construct"),
    [
        ("record.toggle_active()", "toggle_active"),
        ('button["name"] = "toggle_active"', '"toggle_active"'),
        ("def name_get(self): ...", "def name_get"),
        ('self.user_has_groups("a.b")', "user_has_groups"),
        ("from odoo import registry", "odoo.registry"),
        ("odoo.registry(db)", "odoo.registry"),
        ("fields.first(records)", "fields.first"),
        ("self._cr.execute('')", "_cr"),
        ("self._uid", "_uid"),
        ("self._context.get('a')", "_context"),
        ("from odoo.tools import ustr", "odoo.tools.ustr"),
        ("from odoo.osv import expression", "odoo.osv.expression"),
        ("from odoo.osv.expression import AND", "odoo.osv.expression"),
        ("def read_group(self, *args): ...", "def read_group"),
        ("model.read_group([], ['a'], ['b'])", "read_group"),
        ("model._read_group([], ['partner_id.country_id'], ['__count'])", "dotted group-by"),
        ("from odoo.fields import Domain", "odoo.fields.Domain"),
        ("fields.Domain.AND([])", "fields.Domain"),
        ("@api.private\ndef f(self): ...", "api.private"),
        ("from odoo.exceptions import LockError", "odoo.exceptions.LockError"),
        ("self.env._('x')", "env._"),
        ("self.env.execute_query(sql)", "execute_query"),
        ("tax.price_include", "price_include"),
        ("partner.mobile", "mobile"),
        ('partner.write({"mobile": "1"})', '"mobile"'),
        ("record.check_access_rights('read')", "check_access_rights"),
        ("record.check_access('read')", "check_access"),
        ('arch = "<tree><field name=\'a\'/></tree>"', "a view inside Python"),
    ],
)
def test_python(text, construct):
    assert constructs("models/a.py", text + "\n") == [construct]


@pytest.mark.parametrize(
    "text",
    [
        '"""Neither name_get nor read_group, and no mobile."""\n',
        "model._read_group([], ['date:month'], ['__count'])\n",
        "cr = self.env.cr\nregistry = Registry(name)\n",
        "from odoo import _, fields\n_('x')\n",
        "context = self.env.context\n",
        "partner.mobile  # series: read only where the field exists\n",
    ],
)
def test_python_that_both_series_have(text):
    assert constructs("models/a.py", text) == []


@pytest.mark.parametrize(
    ("arch", "construct"),
    [
        ('<field name="a" attrs="{}"/>', "attrs="),
        ('<button name="a" states="draft"/>', "states="),
        ('<button name="toggle_active" type="object"/>', "toggle_active"),
        ('<field name="price_include"/>', "price_include"),
        ('<field name="mobile"/>', "mobile"),
        ("<![CDATA[<tree/>]]>", "a view inside CDATA"),
    ],
)
def test_xml(arch, construct):
    text = f'<odoo><record id="a" model="ir.ui.view"><field name="arch" type="xml">{arch}</field></record></odoo>'
    assert constructs("views/a.xml", text) == [construct]


def test_the_bus_service():
    assert constructs("static/src/a.js", 'this.bus = useService("bus_service");') == ['useService("bus_service")']
    assert constructs("static/src/a.js", "this.bus = this.env.services.bus_service;") == []


def test_tour_steps_without_run():
    text = """registry.category("web_tour.tours").add("t", { steps: () => [
        { trigger: ".a:contains('}')", run: "click" },
        { trigger: ".b", run() { return { a: 1 }; } },
        { content: "run: this", trigger: ".c" }, // run: nothing
        { trigger: ".d", run: () => {} },
    ] });"""
    found = leftovers_of(text, Place(PurePosixPath("audit_x/static/tests/tours/a.js")))
    assert [(leftover.line, leftover.construct) for leftover in found] == [(4, "a tour step without run")]


def test_a_folder_is_searched_but_for_its_compat_modules(tmp_path):
    for name in ("compat.py", "models/b.py", "models/a.py"):
        file = tmp_path / "audit_x" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\nself._cr\n")
    assert [str(leftover) for leftover in find_leftovers(tmp_path)] == [
        "audit_x/models/a.py:2: _cr: self.env.cr",
        "audit_x/models/b.py:2: _cr: self.env.cr",
    ]
