/** @odoo-module **/

import { registry } from "@web/core/registry";
import { confirmWith, openAudit } from "./tour_steps";

const tours = registry.category("web_tour.tours");

tours.add("audit_first_api_client", {
    test: true,
    url: "/web",
    steps: () => [
        ...openAudit("audit_configuration_menu", "audit_api_client_menu"),
        {
            content: "the empty list says what it is for",
            trigger: ".o_view_nocontent_smiling_face:contains('Let a program of somebody else read your books')",
            run: () => {},
        },
        {
            content: "enter one",
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            content: "name it",
            trigger: "div[name='name'] input",
            run: "text Analytics of Keller",
        },
        {
            content: "say what it is for",
            trigger: "div[name='purpose'] textarea",
            run: "text Sampling for the audit of the year",
        },
        {
            content: "save it",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "it was saved",
            trigger: ".o_form_saved button[name='action_request']",
            run: () => {},
        },
    ],
});

tours.add("audit_request_an_api_client", {
    test: true,
    url: "/web",
    steps: () => [
        ...openAudit("audit_configuration_menu", "audit_api_client_menu"),
        {
            content: "open the client",
            trigger: ".o_data_row:contains('Analytics') .o_data_cell[name='name']",
            run: "click",
        },
        {
            content: "request it",
            trigger: "button[name='action_request']",
            run: "click",
        },
        {
            content: "it waits for somebody else",
            trigger: ".alert:contains('who had no hand in it')",
            run: () => {},
        },
    ],
});

tours.add("audit_approve_an_api_client", {
    test: true,
    url: "/web",
    steps: () => [
        ...openAudit("audit_configuration_menu", "audit_api_client_menu"),
        {
            content: "open the request",
            trigger: ".o_data_row:contains('Analytics') .o_data_cell[name='name']",
            run: "click",
        },
        {
            content: "approve it",
            trigger: "button[name='action_approve']",
            run: "click",
        },
        ...confirmWith("audit_test_app"),
        {
            content: "it is active and says what comes next",
            trigger: ".alert:contains('It has no secret yet')",
            run: () => {},
        },
    ],
});

tours.add("audit_new_api_secret", {
    test: true,
    url: "/web",
    steps: () => [
        ...openAudit("audit_configuration_menu", "audit_api_client_menu"),
        {
            content: "open the client",
            trigger: ".o_data_row:contains('Analytics') .o_data_cell[name='name']",
            run: "click",
        },
        {
            content: "give it a secret",
            trigger: "button[name='action_new_key']",
            run: "click",
        },
        {
            content: "make it",
            trigger: ".modal-footer button[name='action_make']",
            run: "click",
        },
        ...confirmWith("audit_test_adm"),
        {
            content: "it is shown",
            trigger: ".modal-body div[name='secret']:contains('ads_')",
            run: () => {
                const kept = JSON.stringify({ ...window.sessionStorage, ...window.localStorage });
                if (kept.includes("ads_")) {
                    throw new Error("the browser keeps the secret");
                }
            },
        },
        {
            content: "it was copied",
            trigger: ".modal-footer .btn-primary:contains('I Have Copied It')",
            run: "click",
        },
        {
            content: "look at the secrets",
            trigger: "a[name='keys']",
            run: "click",
        },
        {
            content: "there it stands, without itself",
            trigger: "div[name='key_ids'] .o_data_row:contains('Secret'):not(:contains('ads_'))",
            run: () => {},
        },
    ],
});
