"""Each rule for XML, on a snippet before and after."""

from pathlib import PurePosixPath
from xml.etree import ElementTree

import pytest

from porting.rule import Place, PortError
from porting.rules_xml import RULES
from porting.tree import ported_text

VIEWS = Place(PurePosixPath("audit_x/views/thing_views.xml"), frozenset({"audit_x", "audit_y"}))
BY_NAME = {rule.name: rule for rule in RULES}


def view(arch):
    return f'<record id="v" model="ir.ui.view"><field name="arch" type="xml">{arch}</field></record>'


def record(model, *fields):
    inner = "\n    ".join(fields)
    return f'<record id="r" model="{model}">\n    {inner}\n</record>'


CASES = {
    "list-tag": [
        (view('<tree editable="bottom"><field name="a"/></tree>'), view('<list editable="bottom"><field name="a"/></list>')),
        (view('<field name="line_ids"><tree\n  limit="3"/></field>'), view('<field name="line_ids"><list\n  limit="3"/></field>')),
    ],
    "list-view-mode": [
        ('<field name="view_mode">kanban,tree,form</field>', '<field name="view_mode">kanban,list,form</field>'),
        (record("ir.ui.view", '<field name="type">tree</field>'), record("ir.ui.view", '<field name="type">list</field>')),
    ],
    "list-view-ref": [
        (
            view("<form><field name=\"a\" context=\"{'tree_view_ref': 'x.y'}\"/></form>"),
            view("<form><field name=\"a\" context=\"{'list_view_ref': 'x.y'}\"/></form>"),
        ),
        ("<field name=\"context\">{'tree_view_ref': 'x'}</field>", "<field name=\"context\">{'list_view_ref': 'x'}</field>"),
    ],
    "list-xpath": [
        (
            view("<xpath expr=\"//field[@name='tree']/tree/field[@tree='1']\" position=\"after\"/>"),
            view("<xpath expr=\"//field[@name='tree']/list/field[@tree='1']\" position=\"after\"/>"),
        ),
        (view('<xpath expr="/tree" position="attributes"/>'), view('<xpath expr="/list" position="attributes"/>')),
    ],
    "kanban-template": [
        (
            view('<kanban><templates><t t-name="kanban-menu"/><t t-name="kanban-box"><div/></t></templates></kanban>'),
            view('<kanban><templates><t t-name="menu"/><t t-name="card"><div/></t></templates></kanban>'),
        ),
        (
            view("<xpath expr=\"//t[@t-name='kanban-box']/div\" position=\"inside\"/>"),
            view("<xpath expr=\"//t[@t-name='card']/div\" position=\"inside\"/>"),
        ),
    ],
    "chatter": [
        (
            view(
                '<form>\n  <div class="oe_chatter">\n    <field name="message_follower_ids" groups="base.group_user"/>\n'
                '    <!-- talk -->\n    <field name="message_ids"/>\n  </div>\n</form>'
            ),
            view("<form>\n  <chatter/>\n</form>"),
        ),
        (
            view("<xpath expr=\"//div[hasclass('oe_chatter')]\" position=\"before\"/>"),
            view('<xpath expr="//chatter" position="before"/>'),
        ),
    ],
    "search-group": [
        (
            view('<search><group expand="0" string="Group By"><filter name="a" string="A"/></group></search>'),
            view('<search><group><filter name="a" string="A"/></group></search>'),
        ),
        (
            view('<search><group name="by" string="Group > By" expand="1"/></search>'),
            view('<search><group name="by"/></search>'),
        ),
    ],
    "cron-fields": [
        (
            record("ir.cron", '<field name="a">1</field>', '<field name="numbercall">-1</field>', '<field name="doall" eval="0"/>'),
            record("ir.cron", '<field name="a">1</field>'),
        ),
    ],
    "inline-target": [
        ('<field name="target">inline</field>', '<field name="target">current</field>'),
    ],
    "groups-field": [
        ("<field name=\"groups_id\" eval=\"[(4, ref('a.b'))]\"/>", "<field name=\"group_ids\" eval=\"[(4, ref('a.b'))]\"/>"),
        (
            "<field name=\"domain_force\">[('user_id.groups_id', 'in', user.groups_id.ids)]</field>",
            "<field name=\"domain_force\">[('user_id.group_ids', 'in', user.group_ids.ids)]</field>",
        ),
        (
            view("<xpath expr=\"//field[@name='groups_id']\" position=\"after\"/>"),
            view("<xpath expr=\"//field[@name='group_ids']\" position=\"after\"/>"),
        ),
    ],
    "group-users": [
        (record("res.groups", '<field name="users" eval="[]"/>'), record("res.groups", '<field name="user_ids" eval="[]"/>')),
    ],
    "group-privilege": [
        (
            '<record id="cat" model="ir.module.category">\n    <field name="name">Audit</field>\n'
            '    <field name="sequence">5</field>\n    <field name="parent_id" ref="base.other"/>\n</record>',
            '<record id="cat" model="ir.module.category">\n    <field name="name">Audit</field>\n'
            '    <field name="sequence">5</field>\n    <field name="parent_id" ref="base.other"/>\n</record>\n'
            '<record id="cat_privilege" model="res.groups.privilege">\n    <field name="name">Audit</field>\n'
            '    <field name="sequence">5</field>\n    <field name="category_id" ref="cat"/>\n</record>',
        ),
        (
            record("res.groups", '<field name="category_id" ref="audit_y.cat"/>'),
            record("res.groups", '<field name="privilege_id" ref="audit_y.cat_privilege"/>'),
        ),
    ],
}

UNTOUCHED = [
    "<odoo><!-- <tree> with groups_id --></odoo>",
    '<odoo><record id="t" model="mail.template"><field name="body_html" type="html"><p>The Merkle tree</p></field></record></odoo>',
    '<odoo><record id="t" model="x"><field name="help"><![CDATA[<tree> t-name="kanban-box" view_mode tree]]></field></record></odoo>',
    '<odoo><template id="t"><div class="oe_chatter">a tree</div><group expand="1" string="x"/></template></odoo>',
    '<odoo><record id="t" model="x"><field name="users">3</field><field name="category_id" ref="base.c"/></record></odoo>',
    '<odoo><record id="t" model="audit.schedule"><field name="doall">1</field><field name="type">tree</field></record></odoo>',
    '<templates><t t-name="kanban-box"><tree/></t></templates>',
    "<odoo>" + view('<form><group string="Amounts"><field name="tree" string="view_mode tree"/></group></form>') + "</odoo>",
    "<odoo>" + view("<search><filter name=\"tree\" string=\"tree\" domain=\"[('kind', '=', 'tree')]\"/></search>") + "</odoo>",
]


@pytest.mark.parametrize(("rule", "before", "after"), [(name, *case) for name, cases in CASES.items() for case in cases])
def test_a_rule_rewrites_its_construct_and_nothing_the_second_time(rule, before, after):
    before, after = (f"<odoo>\n{text}\n</odoo>\n" for text in (before, after))
    assert BY_NAME[rule].apply(before, VIEWS) == after
    assert BY_NAME[rule].apply(after, VIEWS) == after
    assert ported_text(before, VIEWS) == after
    ElementTree.fromstring(after)


@pytest.mark.parametrize("text", UNTOUCHED)
def test_comments_prose_and_other_records_stay(text):
    assert ported_text(text, VIEWS) == text


def test_everything_around_a_change_keeps_its_look():
    before = (
        '<?xml version="1.0" encoding="utf-8"?>\n<odoo noupdate=\'1\'>\n    <!-- tree -->\n'
        "    <record id='v'\n            model=\"ir.ui.view\">\n        <field name=\"arch\" type=\"xml\">\n"
        "            <tree decoration-muted=\"amount &lt; 0 and note != '/>'\" string='Größe > 3'>\n"
        "                <field name=\"amount\"/>   \n            </tree>\n        </field>\n    </record>\n</odoo>"
    )
    assert ported_text(before, VIEWS) == before.replace("<tree ", "<list ").replace("</tree>", "</list>")


def test_a_chatter_with_options_is_refused():
    text = "<odoo>\n" + view('<div class="oe_chatter"><field name="message_ids" options="{}"/></div>') + "</odoo>"
    with pytest.raises(PortError, match=r"thing_views\.xml:2: 19\.0 draws the chatter itself"):
        ported_text(text, VIEWS)


@pytest.mark.parametrize("field", ['<field name="category_id" ref="base.cat"/>', "<field name=\"category_id\" eval=\"ref('cat')\"/>"])
def test_a_group_in_the_category_of_another_module_is_refused(field):
    with pytest.raises(PortError, match=r"thing_views\.xml:3: the groups of these addons"):
        ported_text(f"<odoo>\n{record('res.groups', field)}\n</odoo>", VIEWS)


def test_malformed_xml_is_refused_with_its_line():
    with pytest.raises(PortError, match=r"audit_x/views/thing_views\.xml:2: this is not well-formed XML"):
        ported_text("<odoo>\n<record></odoo>", VIEWS)


def test_every_rule_has_a_case():
    assert set(BY_NAME) == set(CASES)
