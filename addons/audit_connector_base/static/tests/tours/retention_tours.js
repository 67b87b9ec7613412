/** @odoo-module **/

import { registry } from "@web/core/registry";
import { beginTheFirst, confirmWith, openAudit, openMenu } from "./tour_steps";

const tours = registry.category("web_tour.tours");

const openTheRun = {
    content: "open the run",
    trigger: ".o_list_view .o_data_row td[name='name']",
    run: "click",
};

tours.add("audit_retention_dry_run", {
    test: true,
    url: "/web",
    steps: () => [
        ...openAudit("audit_configuration_menu", "audit_retention_policy_menu"),
        ...beginTheFirst("Everything is kept for ever"),
        {
            content: "say how long everything is kept",
            trigger: ".o_selected_row .o_field_widget[name='keep_days'] input",
            run: "text 90",
        },
        {
            content: "save it",
            trigger: ".o_list_button_save",
            run: "click",
        },
        {
            content: "it is told in months as well",
            trigger: ".o_data_row:not(.o_selected_row):contains('3 months')",
            run: () => {},
        },
        ...openMenu("audit_compliance_menu", "audit_retention_run_menu"),
        ...beginTheFirst("nothing is due"),
        {
            content: "saving counts and erases nothing",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "the report tells what would be erased",
            trigger: ".o_form_view .o_data_row:contains('Content of the audit trail')",
            run: () => {},
        },
        {
            content: "it could be asked for",
            trigger: ".o_form_statusbar button[name='action_ask']",
            run: () => {},
        },
        ...openMenu("audit_compliance_menu", "audit_retention_hold_menu"),
        ...beginTheFirst("Nothing is on hold"),
        {
            content: "say what for",
            trigger: ".o_field_widget[name='name'] input",
            run: "text Lawsuit in Hamburg",
        },
        {
            content: "save it",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "it keeps everything",
            trigger: ".o_form_view .o_field_widget[name='scope']:contains('Everything of the company')",
            run: () => {},
        },
        ...openMenu("audit_compliance_menu", "audit_retention_run_menu"),
        openTheRun,
        {
            content: "count once more",
            trigger: ".o_form_statusbar button[name='action_count']",
            run: "click",
        },
        {
            content: "nothing is to be erased any more",
            trigger: ".o_form_view .alert-info:contains('There is nothing to erase')",
            run: () => {},
        },
        {
            content: "and the report says what keeps it",
            trigger: ".o_form_view .o_data_row td[name='kept_by']:contains('Lawsuit in Hamburg')",
            run: () => {},
        },
    ],
});

tours.add("audit_retention_approval", {
    test: true,
    url: "/web",
    steps: () => [
        ...openAudit("audit_compliance_menu", "audit_retention_run_menu"),
        openTheRun,
        {
            content: "the form warns of what cannot be undone",
            trigger: ".o_form_view .alert-warning:contains('cannot be brought back')",
            run: () => {},
        },
        {
            content: "see each content that would go",
            trigger: ".o_form_statusbar button[name='action_open_list']",
            run: "click",
        },
        {
            content: "it tells of the invoice, and how large it is",
            trigger: ".o_list_view .o_data_row:contains('INV/') td[name='size_text']:contains('b')",
            run: () => {},
        },
        {
            content: "back to the run",
            trigger: ".o_back_button",
            run: "click",
        },
        {
            content: "approve it",
            trigger: ".o_form_statusbar button[name='action_approve']",
            run: "click",
        },
        ...confirmWith("audit_test_app"),
        {
            content: "the run is on its way",
            trigger: "body:not(.modal-open) .o_form_view .o_field_widget[name='progress']",
            run: () => {},
        },
    ],
});

tours.add("audit_retention_proof", {
    test: true,
    url: "/web",
    steps: () => [
        ...openAudit("audit_compliance_menu", "audit_retention_run_menu"),
        openTheRun,
        {
            content: "the run leads to the approval in the audit trail",
            trigger: ".o_form_view button[name='action_open_erased']",
            run: "click",
        },
        {
            content: "which says who let it go",
            trigger: ".o_form_view .o_field_widget[name='details']:contains('Approved by'):contains('App')",
            run: () => {},
        },
    ],
});
