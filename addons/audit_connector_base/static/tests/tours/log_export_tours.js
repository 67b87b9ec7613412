/** @odoo-module **/

import { registry } from "@web/core/registry";
import { openAudit } from "./tour_steps";

const tours = registry.category("web_tour.tours");

tours.add("audit_export_a_log", {
    test: true,
    url: "/web",
    steps: () => [
        ...openAudit("audit_log_root_menu", "audit_log_menu"),
        {
            content: "open the log of the company",
            trigger: ".o_kanban_record:contains('Hafenkontor Log')",
            run: "click",
        },
        {
            content: "an outsider gets an export of it",
            trigger: ".o_form_view .o_form_statusbar button:contains('Export for an Outsider')",
            run: "click",
        },
        {
            content: "the log is filled in",
            trigger: ".o_form_view .o_field_widget[name='log_id'] input",
            run: () => {},
        },
        {
            content: "name the note that the auditor holds",
            trigger: ".o_form_view div[name='held_sizes'] input",
            run: "text 3",
        },
        {
            content: "say for whom",
            trigger: ".o_form_view div[name='reason'] input",
            run: "text Audit of the year",
        },
        {
            content: "write it",
            trigger: ".o_form_view button[name='action_export']",
            run: "click",
        },
        {
            content: "it can be downloaded",
            trigger: ".o_form_view button[name='action_download']",
            run: () => {},
        },
        {
            content: "and says how it is verified",
            trigger: ".o_form_view pre:contains('audit_verify.py')",
            run: () => {},
        },
    ],
});

tours.add("audit_prove_an_entry", {
    test: true,
    url: "/web",
    steps: () => [
        ...openAudit(),
        {
            content: "open the entry of the invoice",
            trigger: ".o_list_view .o_data_row td[name='summary']:contains('Invoice posted')",
            run: "click",
        },
        {
            content: "it is sealed and signed",
            trigger: ".o_form_view .o_field_widget[name='proof_state']:contains('Sealed and Signed')",
            run: () => {},
        },
        {
            content: "its proof can be downloaded",
            trigger: ".o_form_view button[name='action_download_proof']",
            run: () => {},
        },
    ],
});

tours.add("audit_first_holder_of_notes", {
    test: true,
    url: "/web",
    steps: () => [
        ...openAudit("audit_log_root_menu", "audit_log_anchor_target_menu"),
        {
            content: "it says what a holder is good for",
            trigger: ".o_view_nocontent:contains('Nobody holds the signed notes yet')",
            run: () => {},
        },
        {
            content: "make one",
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            content: "give a name",
            trigger: ".o_form_view div[name='name'] input",
            run: "text Our auditor",
        },
        {
            content: "give an address",
            trigger: ".o_form_view div[name='addresses'] textarea",
            run: "text auditor@example.com",
        },
        {
            content: "send the last note now",
            trigger: ".o_form_view button[name='action_hand_over']",
            run: "click",
        },
        {
            content: "which is told",
            trigger: ".o_notification:contains('was handed over')",
            run: () => {},
        },
        {
            content: "and stands there",
            trigger: ".o_form_view .o_field_widget[name='anchor_ids'] td[name='detail']:contains('auditor@example.com')",
            run: () => {},
        },
    ],
});
