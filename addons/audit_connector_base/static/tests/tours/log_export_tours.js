/** @odoo-module **/

import { registry } from "@web/core/registry";
import { beginTheFirst, confirmWith, enterText, openAudit, openHolder, openLog } from "./tour_steps";

const tours = registry.category("web_tour.tours");

tours.add("audit_export_a_log", {
    test: true,
    url: "/web",
    steps: () => [
        ...openLog("Hafenkontor Log"),
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
        ...enterText("name the note that the auditor holds", "held_sizes", "3"),
        ...enterText("say for whom", "reason", "Audit of the year"),
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
        ...beginTheFirst("Nobody holds the signed notes yet"),
        ...enterText("give a name", "name", "Our auditor"),
        ...enterText("give an address", "addresses", "auditor@example.com"),
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

tours.add("audit_ask_to_change_a_holder", {
    test: true,
    url: "/web",
    steps: () => [
        ...openHolder("Our auditor"),
        {
            content: "who has notes is not changed by one alone",
            trigger: ".o_form_view div[name='addresses']:not(:has(textarea)):contains('auditor@example.com')",
            run: () => {},
        },
        {
            content: "ask for a change",
            trigger: ".o_form_view button[name='action_change']:contains('Change…')",
            run: "click",
        },
        ...enterText("say what is to be different", "addresses", "firm@example.org"),
        ...enterText("say why", "reason", "Another firm from January on"),
        {
            content: "ask",
            trigger: ".o_form_view button:contains('Ask for It')",
            run: "click",
        },
        {
            content: "it says who decides",
            trigger: ".o_form_view .alert:contains('An approver who had no hand in it decides')",
            run: () => {},
        },
        {
            content: "and what changes",
            trigger: ".o_form_view div[name='difference']:contains('auditor@example.com → firm@example.org')",
            run: () => {},
        },
    ],
});

tours.add("audit_confirm_a_change_of_a_holder", {
    test: true,
    url: "/web",
    steps: () => [
        ...openHolder("Our auditor"),
        {
            content: "it leads to what is asked for",
            trigger: ".o_form_view .alert button[name='action_change']",
            run: "click",
        },
        {
            content: "read why",
            trigger: ".o_form_view div[name='reason']:contains('Another firm from January on')",
            run: () => {},
        },
        {
            content: "confirm it",
            trigger: ".o_form_view button[name='action_confirm']",
            run: "click",
        },
        ...confirmWith("audit_test_app"),
        {
            content: "it is changed, and stays to be read",
            trigger: "body:not(.modal-open) .o_form_view div[name='differed']:contains('firm@example.org')",
            run: () => {},
        },
    ],
});
