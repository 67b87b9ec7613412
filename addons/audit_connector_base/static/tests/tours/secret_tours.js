/** @odoo-module **/

import { registry } from "@web/core/registry";
import { confirmWith, openAudit } from "./tour_steps";

const tours = registry.category("web_tour.tours");

tours.add("audit_replace_a_secret", {
    test: true,
    url: "/web",
    steps: () => [
        ...openAudit("audit_configuration_menu", "audit_credential_menu"),
        {
            content: "the list says what it is, and pick it",
            trigger: ".o_data_row:contains('Webhook Secret') button[name='action_replace']",
            run: "click",
        },
        {
            content: "a new one was generated and can be copied",
            trigger: "div[name='value'] textarea",
            run: () => {
                const shown = document.querySelector(".modal-body div[name='value'] textarea").value;
                if (!shown.startsWith("whsec_")) {
                    throw new Error("no secret was generated");
                }
            },
        },
        {
            content: "replace it",
            trigger: ".modal-footer button[name='action_replace']",
            run: "click",
        },
        ...confirmWith("audit_test_adm"),
        {
            content: "it says what happens to the former one",
            trigger: ".o_notification:contains('stays good for 24 hours')",
            run: () => {},
        },
        {
            content: "the dialog is gone",
            trigger: "body:not(.modal-open) .o_data_row",
            run: () => {},
        },
    ],
});

tours.add("audit_approve_a_destination", {
    test: true,
    url: "/web",
    steps: () => [
        ...openAudit("audit_connector_menu"),
        {
            content: "the connector waits, and says for whom",
            trigger: ".o_kanban_record:contains('Tax archive'):contains('Waits for Approval'):contains('Can be given by') strong",
            run: "click",
        },
        {
            content: "the form says why",
            trigger: ".alert-warning:contains('was approved for') button[name='action_approve_destination']",
            run: "click",
        },
        {
            content: "who changed it is named",
            trigger: "div[name='changed_by_id']:contains('Adm')",
            run: () => {},
        },
        {
            content: "approve it",
            trigger: "button[name='action_approve']",
            run: "click",
        },
        ...confirmWith("audit_test_approver"),
        {
            content: "nothing is to be approved any more",
            trigger: "body:not(.modal-open) .o_form_view:not(:contains('was approved for'))",
            run: () => {},
        },
    ],
});

tours.add("audit_first_secret", {
    test: true,
    url: "/web",
    steps: () => [
        ...openAudit("audit_configuration_menu", "audit_credential_menu"),
        {
            content: "without a secret the list says where they are entered",
            trigger: ".o_view_nocontent:contains('entered on the connector')",
            run: () => {},
        },
    ],
});
