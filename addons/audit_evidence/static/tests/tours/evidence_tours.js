/** @odoo-module **/

import { registry } from "@web/core/registry";
import { confirmWith, openAudit } from "@audit_connector_base/../tests/tours/tour_steps";

const tours = registry.category("web_tour.tours");

/** Open the requests of auditors, from the apps. */
function openRequests() {
    return [
        ...openAudit(),
        {
            content: "open the requests",
            trigger: "[data-menu-xmlid='audit_evidence.audit_request_menu']",
            run: "click",
        },
    ];
}

/** Open a request by its card on the board, which hangs in the column of its state. */
function openCard(title, column) {
    return [
        {
            content: `the card hangs under ${column}`,
            trigger: `.o_kanban_group:contains('${column}') .o_kanban_record:contains('${title}')`,
            run: "click",
        },
    ];
}

tours.add("audit_evidence_provide_a_request", {
    test: true,
    url: "/web",
    steps: () => [
        ...openRequests(),
        ...openCard("Supplier statements", "Open"),
        {
            content: "begin",
            trigger: ".o_form_statusbar button[name='action_start']",
            run: "click",
        },
        {
            content: "the file is there with its hash",
            trigger: ".o_form_view .o_field_widget[name='evidence_ids'] .o_data_row:contains('list 0.txt'):contains('As added')",
            run: () => {},
        },
        {
            content: "provide it",
            trigger: ".o_form_statusbar button[name='action_provide'].btn-primary",
            run: "click",
        },
        {
            content: "yes",
            trigger: ".modal-footer .btn-primary",
            run: "click",
        },
        {
            content: "now it is the auditor's turn",
            trigger: ".o_form_view .alert-info:contains('the auditor looks at it')",
            run: () => {},
        },
        {
            content: "sign that it was prepared",
            trigger: ".o_form_statusbar button[name='action_sign_off']",
            run: "click",
        },
        {
            content: "sign",
            trigger: ".modal-footer button[name='action_sign']",
            run: "click",
        },
        ...confirmWith("audit_test_clerk"),
        {
            content: "open the sign-offs",
            trigger: ".o_form_view .nav-link[name='signoffs']",
            run: "click",
        },
        {
            content: "the signature stands",
            trigger: ".o_form_view .o_field_widget[name='signoff_ids'] .o_data_row:contains('Clerk'):contains('Valid')",
            run: () => {},
        },
    ],
});

tours.add("audit_evidence_complete_a_request", {
    test: true,
    url: "/web",
    steps: () => [
        ...openRequests(),
        ...openCard("Supplier statements", "Provided"),
        {
            content: "complete it",
            trigger: ".o_form_statusbar button[name='action_complete']",
            run: "click",
        },
        {
            content: "the dialog shows the file",
            trigger: ".modal-body:contains('list 0.txt')",
            run: () => {},
        },
        ...confirmWith("audit_test_appr"),
        {
            content: "it is completed",
            trigger: ".o_form_view .o_form_statusbar:not(:has(button[name='action_cancel']))",
            run: () => {},
        },
    ],
});
