/** @odoo-module **/

import { Component, markup, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { deserializeDateTime, formatDate, formatDateTime } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";

const REMEMBERED = "audit_connector_base.trail";
const LIMIT = 200;
const FIELDS = ["time", "kind", "direction", "summary", "result", "result_text", "actor_name", "details", "company_id"];

/**
 * Everything that was recorded about one document, in the order of time: one page from the document through what was
 * sent, what was answered and what came back.
 */
export class AuditTrail extends Component {
    static template = "audit_connector_base.Trail";
    static components = { Layout };
    static props = ["*"];

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.document = this.findDocument();
        this.state = useState({ entries: [], targets: [], total: 0, newestFirst: false, shown: "all", open: {} });
        this.display = { controlPanel: {} };
        onWillStart(() => this.load());
    }

    /** What the action was opened for; after a reload of the page what it was opened for last. */
    findDocument() {
        const given = this.props.action.params || {};
        if (given.res_model && given.res_id) {
            sessionStorage.setItem(REMEMBERED, JSON.stringify(given));
            return given;
        }
        return JSON.parse(sessionStorage.getItem(REMEMBERED) || "{}");
    }

    async load() {
        const { domain, subjects } = this.document;
        if (!domain) {
            return;
        }
        const order = this.state.newestFirst ? "time desc, id desc" : "time, id";
        const [found, targets] = await Promise.all([
            this.orm.webSearchRead("audit.log.entry", domain, {
                specification: Object.fromEntries(FIELDS.map((name) => [name, {}])),
                limit: LIMIT,
                order,
            }),
            this.orm.searchRead(
                "audit.delivery",
                [["subject", "in", subjects]],
                ["connector_id", "event_name", "state", "waits_for", "reason", "due_at", "delivered_at"],
                { order: "id desc", limit: 40 }
            ),
        ]);
        this.state.total = found.length;
        this.state.entries = found.records.map((entry) => this.prepared(entry));
        this.state.targets = this.latestOfEach(targets);
    }

    prepared(entry) {
        const at = deserializeDateTime(entry.time);
        return {
            ...entry,
            day: formatDate(at),
            clock: at.toFormat("HH:mm:ss"),
            facts: entry.details ? markup(entry.details) : "",
        };
    }

    /** The newest delivery to each platform: where the document stands there. */
    latestOfEach(deliveries) {
        const seen = new Set();
        return deliveries.filter((one) => !seen.has(one.connector_id[0]) && seen.add(one.connector_id[0]));
    }

    get days() {
        const days = [];
        for (const entry of this.state.entries) {
            if (!this.isShown(entry)) {
                continue;
            }
            if (!days.length || days[days.length - 1].day !== entry.day) {
                days.push({ day: entry.day, entries: [] });
            }
            days[days.length - 1].entries.push(entry);
        }
        return days;
    }

    get choices() {
        return [
            ["all", _t("Everything")],
            ["out", _t("Sent")],
            ["in", _t("Received")],
            ["none", _t("Inside Odoo")],
            ["bad", _t("Problems")],
        ];
    }

    isShown(entry) {
        const shown = this.state.shown;
        if (shown === "bad") {
            return entry.result !== "good";
        }
        return shown === "all" || entry.direction === shown;
    }

    icon(entry) {
        return { out: "fa-arrow-up", in: "fa-arrow-down", none: "fa-circle-o" }[entry.direction];
    }

    tone(entry) {
        return { good: "success", waiting: "warning", bad: "danger" }[entry.result] || "muted";
    }

    stateOf(target) {
        return {
            pending: { text: _t("Waiting"), tone: "warning" },
            sending: { text: _t("Being sent"), tone: "info" },
            held: { text: _t("On hold"), tone: "secondary" },
            delivered: { text: _t("Delivered"), tone: "success" },
            dead: { text: _t("Failed"), tone: "danger" },
            cancelled: { text: _t("Cancelled"), tone: "secondary" },
        }[target.state];
    }

    whenOf(target) {
        if (target.delivered_at) {
            return formatDateTime(deserializeDateTime(target.delivered_at));
        }
        if (!target.waits_for) {
            return "";
        }
        const due = target.state === "pending" && target.due_at && deserializeDateTime(target.due_at);
        return due > Date.now()
            ? _t("Waits for: %s (not before %s)", target.waits_for, formatDateTime(due))
            : _t("Waits for: %s", target.waits_for);
    }

    toggle(entry) {
        this.state.open[entry.id] = !this.state.open[entry.id];
    }

    show(choice) {
        this.state.shown = choice;
    }

    async turn() {
        this.state.newestFirst = !this.state.newestFirst;
        await this.load();
    }

    openDocument() {
        this.openForm(this.document.res_model, this.document.res_id);
    }

    openDelivery(target) {
        this.openForm("audit.delivery", target.id);
    }

    openEntry(entry) {
        this.openForm("audit.log.entry", entry.id);
    }

    openForm(model, id) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: id,
            views: [[false, "form"]],
        });
    }

    async openList() {
        const action = await this.action.loadAction("audit_connector_base.audit_log_entry_trail_action");
        this.action.doAction({ ...action, domain: this.document.domain });
    }
}

registry.category("actions").add("audit_connector_base.trail", AuditTrail);
