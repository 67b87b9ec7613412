/** @odoo-module **/

import { registry } from "@web/core/registry";
import { openAudit } from "./tour_steps";

registry.category("web_tour.tours").add("audit_trail_of_an_invoice", {
    test: true,
    url: "/web",
    steps: () => [
        ...openAudit(),
        {
            content: "the trail says that the invoice was posted",
            trigger: ".o_list_view .o_data_row td[name='summary']:contains('Invoice posted')",
            run: "click",
        },
        {
            content: "the entry leads to its document",
            trigger: ".o_form_view button[name='action_open_document']",
            run: "click",
        },
        {
            content: "the invoice offers its own trail",
            trigger: "button[name='action_open_audit_trail']",
            run: "click",
        },
        {
            content: "which says that it was delivered",
            trigger: ".o_audit_trail_summary:contains('Delivered to Tax archive')",
            run: "click",
        },
        {
            content: "and leads to what was recorded",
            trigger: ".o_audit_trail_facts a",
            run: "click",
        },
        {
            content: "the attempt leads to its delivery",
            trigger: ".o_form_view button[name='action_open_delivery']",
            run: "click",
        },
        {
            content: "where the receiver's answer stands",
            trigger: ".o_form_view .o_field_widget[name='attempt_ids'] td[name='status']:contains('204')",
            run: () => {},
        },
    ],
});

registry.category("web_tour.tours").add("audit_connector_overview", {
    test: true,
    url: "/web",
    steps: () => [
        ...openAudit("audit_connector_menu"),
        {
            content: "the card tells how the connector is",
            trigger: ".o_kanban_record:contains('Tax archive'):contains('Working')",
            run: "click",
        },
        {
            content: "its form opens",
            trigger: ".o_form_view .o_field_widget[name='url']",
            run: () => {},
        },
    ],
});
