/** @odoo-module **/

import { registry } from "@web/core/registry";
import { openAudit } from "@audit_connector_base/../tests/tours/tour_steps";

const tours = registry.category("web_tour.tours");

/** Open one of the menus of Bank, named by its id in `views/menus.xml`. */
function openBank(menu) {
    return [
        ...openAudit(),
        ...["audit_bank_menu", menu].map((name) => ({
            content: `open ${name}`,
            trigger: `[data-menu-xmlid='audit_bank_sync.${name}']`,
            run: "click",
        })),
    ];
}

/** Choose a file in a dialog, as a person does; its content was put on the page by the test. */
function chooseFile(name, content) {
    return {
        content: `choose ${name}`,
        trigger: "div[name='content']",
        run: () => {
            const input = document.querySelector("div[name='content'] input.o_input_file");
            const chosen = new DataTransfer();
            chosen.items.add(new File([content], name, { type: "text/plain" }));
            input.files = chosen.files;
            input.dispatchEvent(new Event("change", { bubbles: true }));
        },
    };
}

const STATEMENT = [
    ":20:START",
    ":25:DE89370400440532013000",
    ":28C:12/1",
    ":60F:C260330USD100,00",
    ":61:2603310331C30,00NTRFNONREF//A1",
    ":86:Invoice 4711",
    ":61:2603310331D20,00NCHGNONREF//A2",
    ":86:Account fee",
    ":62F:C260331USD110,00",
    "-",
    "",
].join("\r\n");

tours.add("audit_bank_import", {
    test: true,
    url: "/web",
    steps: () => [
        ...openBank("audit_bank_file_menu"),
        {
            content: "the empty list says what can be imported",
            trigger: ".o_view_nocontent:contains('No bank file was imported yet')",
            run: () => {},
        },
        {
            content: "import",
            trigger: "button:contains('Import Statements')",
            run: "click",
        },
        chooseFile("march.sta", STATEMENT),
        {
            content: "the preview says what is in it, before anything is kept",
            trigger: ".modal-body h3:contains('entries: 2, statements: 1')",
            run: () => {},
        },
        {
            content: "the journal was recognised by the number of its account",
            trigger: ".modal-body .o_data_row:contains('Hausbank')",
            run: () => {},
        },
        {
            content: "the entries are shown",
            trigger: ".modal-body table:contains('Invoice 4711')",
            run: () => {},
        },
        {
            content: "import it",
            trigger: ".modal-footer button[name='action_import']",
            run: "click",
        },
        {
            content: "the report says what was read",
            trigger: ".o_form_view .alert-success:contains('read as a whole')",
            run: () => {},
        },
        {
            content: "post it",
            trigger: "button[name='action_confirm']",
            run: "click",
        },
        {
            content: "all of it is posted",
            trigger: ".o_form_view div[name='posted_count']:contains('2')",
            run: () => {},
        },
    ],
});

tours.add("audit_bank_bad_file", {
    test: true,
    url: "/web",
    steps: () => [
        ...openBank("audit_bank_import_menu"),
        chooseFile("cut.sta", STATEMENT.slice(0, 120)),
        {
            content: "it is said what is wrong",
            trigger: ".modal-body .alert-danger:contains('cannot be read')",
            run: () => {},
        },
        {
            content: "keep it with its report all the same",
            trigger: ".modal-footer button:contains('Keep the File')",
            run: "click",
        },
        {
            content: "nothing of it was taken in",
            trigger: ".o_form_view .alert-danger:contains('Nothing of this file was taken in')",
            run: () => {},
        },
    ],
});

tours.add("audit_bank_doubt", {
    test: true,
    url: "/web",
    steps: () => [
        ...openBank("audit_bank_overview_menu"),
        {
            content: "the overview shows bank and books, and what is to be decided",
            trigger: ".o_kanban_record:contains('Hausbank') a[name='action_open_doubt']:contains('1')",
            run: "click",
        },
        {
            content: "open it",
            trigger: ".o_data_row .o_data_cell:contains('10.00')",
            run: "click",
        },
        {
            content: "it says what it looks like, and why",
            trigger: ".o_form_view .alert-warning:contains('same amount')",
            run: () => {},
        },
        {
            content: "it is the same",
            trigger: "button[name='action_same']",
            run: "click",
        },
        {
            content: "so it is",
            trigger: ".o_form_view .o_statusbar_status:contains('Same as Another')",
            run: () => {},
        },
    ],
});
