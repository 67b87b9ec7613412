/** @odoo-module **/

import { stepUtils } from "@web_tour/tour_service/tour_utils";

/**
 * Steps that the tours of the Audit app share. Each function returns a list of steps, to be spread into the steps of a
 * tour: `steps: () => [...openAudit("audit_log_root_menu", "audit_log_menu"), …]`.
 */

/** Open the Audit app, and in it one menu after the other, named by their ids in `views/menus.xml`. */
export function openAudit(...menus) {
    return [
        stepUtils.showAppsMenuItem(),
        {
            content: "open the Audit app",
            trigger: ".o_app[data-menu-xmlid='audit_connector_base.audit_menu']",
            run: "click",
        },
        ...openMenu(...menus),
    ];
}

/** Open one menu after the other in the Audit app, which is open already. */
export function openMenu(...menus) {
    return menus.map((menu) => ({
        content: `open ${menu}`,
        trigger: `[data-menu-xmlid='audit_connector_base.${menu}']`,
        run: "click",
    }));
}

/** Read on an empty list what it is for (a part of its title), and begin its first record. */
export function beginTheFirst(title) {
    return [
        {
            content: "the empty list says what it is for",
            trigger: `.o_view_nocontent:contains('${title}')`,
            run: () => {},
        },
        {
            content: "make the first one",
            trigger: ".o_list_button_add",
            run: "click",
        },
    ];
}

/** Answer the question whether it is really you, which stands before every sensitive action. */
export function confirmWith(password) {
    return [
        {
            content: "say that it is you",
            trigger: "div[name='password'] input",
            run: `text ${password}`,
        },
        {
            content: "confirm",
            trigger: "button[name='run_check']",
            run: "click",
        },
    ];
}
