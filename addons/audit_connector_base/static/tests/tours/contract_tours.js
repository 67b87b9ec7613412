/** @odoo-module **/

import { registry } from "@web/core/registry";
import { openAudit } from "./tour_steps";

const tours = registry.category("web_tour.tours");

tours.add("audit_contract_is_changed", {
    test: true,
    url: "/web",
    steps: () => [
        ...openAudit("audit_configuration_menu", "audit_contract_menu"),
        {
            content: "open the contract",
            trigger: ".o_data_cell[name='name']:contains('Thing')",
            run: "click",
        },
        {
            content: "begin a compatible version",
            trigger: "button[name='action_draft_minor']",
            run: "click",
        },
        {
            content: "the draft says that nothing changes yet",
            trigger: ".o_form_view .lead:contains('Nothing changes for those who use 1.0')",
            run: () => {},
        },
        {
            content: "say why",
            trigger: "div[name='change_note'] textarea",
            run: "text Nothing but a better explanation",
        },
        {
            content: "put it before the approvers",
            trigger: "button[name='action_submit']",
            run: "click",
        },
        {
            content: "it waits for review: its author may take it back and not approve it",
            trigger: "body:not(:has(button[name='action_approve'])) button[name='action_return']",
            run: () => {},
        },
    ],
});

tours.add("audit_contract_is_approved", {
    test: true,
    url: "/web",
    steps: () => [
        ...openAudit("audit_configuration_menu", "audit_contract_version_menu"),
        {
            content: "open what waits for review",
            trigger: ".o_data_cell[name='contract_id']:contains('Thing')",
            run: "click",
        },
        {
            content: "read what changes",
            trigger: ".o_audit_contract_report:contains('Must be at most 9 characters now')",
            run: () => {},
        },
        {
            content: "read whom it concerns",
            trigger: ".o_notebook .nav-link:contains('Who Is Affected')",
            run: "click",
        },
        {
            content: "nobody relies on it yet",
            trigger: ".o_notebook .tab-pane.active:contains('Nobody relies on this contract now')",
            run: () => {},
        },
        {
            content: "approve it",
            trigger: "button[name='action_approve']",
            run: "click",
        },
        {
            content: "and mean it",
            trigger: ".modal-footer .btn-primary",
            run: "click",
        },
        {
            content: "it is in force, and its end could be announced",
            trigger: "button[name='action_deprecate']",
            run: () => {},
        },
        {
            content: "its fields stand in the dictionary",
            trigger: ".o_notebook .nav-link:contains('Fields')",
            run: () => {},
        },
    ],
});

tours.add("audit_dictionary_is_searched", {
    test: true,
    url: "/web",
    steps: () => [
        ...openAudit("audit_configuration_menu", "audit_contract_field_menu"),
        {
            content: "the dictionary has taken the place of what was open before",
            trigger: ".o_list_view .o_group_header:contains('Invoice')",
            run: () => {},
        },
        {
            content: "search for a word",
            trigger: ".o_searchview_input",
            run: "text Payment terms",
        },
        {
            content: "in fields and meanings",
            trigger: ".o_searchview_autocomplete .dropdown-item:first",
            run: "click",
        },
        {
            content: "what was found is about invoices, and not about what else there is",
            trigger: ".o_list_view:not(:has(.o_group_header:contains('Acknowledgement'))) .o_group_header:contains('Invoice')",
            run: "click",
        },
        {
            content: "the field says what it means",
            trigger: ".o_data_row:contains('Payment terms')",
            run: () => {},
        },
    ],
});
