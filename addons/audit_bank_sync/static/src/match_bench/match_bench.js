/** @odoo-module **/

import { Component, onMounted, onWillStart, onWillUnmount, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { deserializeDate, deserializeDateTime, formatDate, formatDateTime } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { formatMonetary } from "@web/views/fields/formatters";
import { isTyping, sameAmount } from "./helpers";

const MODEL = "audit.match.proposal";

/**
 * The work bench of matching: bank lines left, what each may pay right, made for the keyboard. What is decided is
 * decided by the server; this only shows and asks.
 */
export class MatchBench extends Component {
    static template = "audit_bank_sync.MatchBench";
    static components = { Layout };
    static props = ["*"];

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.display = { controlPanel: {} };
        this.root = useRef("root");
        this.input = useRef("input");
        this.reason = useRef("reason");
        this.state = useState({
            lines: [], total: 0, remaining: [], run: false, lineId: false, candidates: [], chosen: 0, split: null,
            panel: "", found: [], foundAt: 0, text: "", why: "", done: [], busy: false,
        });
        this.onKey = this.onKey.bind(this);
        onWillStart(() => this.load());
        onMounted(() => document.addEventListener("keydown", this.onKey));
        onWillUnmount(() => document.removeEventListener("keydown", this.onKey));
    }

    get line() {
        return this.state.lines.find((line) => line.id === this.state.lineId);
    }

    get candidate() {
        return this.state.candidates[this.state.chosen];
    }

    /** What stays of the line after what is chosen; the split where one is put together, else the candidate. */
    get difference() {
        if (this.state.split) {
            return this.line.open - this.state.split.reduce((sum, part) => sum + part.amount, 0);
        }
        return this.candidate ? this.candidate.difference : this.line ? this.line.open : 0;
    }

    get isSettled() {
        return sameAmount(this.difference, 0);
    }

    get keys() {
        return [
            ["a", _t("Accept what is chosen")],
            ["n", _t("Next line")],
            ["p", _t("Previous line")],
            ["↑ ↓", _t("Choose among the proposals")],
            ["s", _t("Split: put it together yourself")],
            ["/", _t("Search for an open item")],
            ["f", _t("The difference is a bank fee")],
            ["w", _t("Write the difference off")],
            ["r", _t("Refuse the proposal, with a reason")],
            ["u", _t("Undo the last match")],
            ["Esc", _t("Close, or give the split up")],
            ["?", _t("These keys")],
        ];
    }

    /** Read the lines anew and go to `wanted`; where that is not there, to the one that took the current one's place. */
    async load(wanted = this.state.lineId) {
        const found = await this.orm.call(MODEL, "bench_lines", []);
        const place = this.state.lines.findIndex((line) => line.id === this.state.lineId);
        const isThere = found.lines.some((line) => line.id === wanted);
        const next = found.lines[Math.max(0, Math.min(place, found.lines.length - 1))];
        await this.choose(isThere ? wanted : next ? next.id : false, found);
    }

    /** Go to a line; `further` is shown together with its proposals. */
    async choose(lineId, further = {}) {
        const candidates = lineId ? await this.orm.call(MODEL, "bench_candidates", [lineId]) : [];
        const nothing = { chosen: 0, split: null, panel: "", found: [], text: "", why: "" };
        Object.assign(this.state, further, nothing, { lineId, candidates });
        const row = this.root.el && this.root.el.querySelector(`[data-line='${lineId}']`);
        if (row) {
            row.scrollIntoView({ block: "nearest" });
        }
    }

    /** Do one thing after the other: keys that are pressed meanwhile wait for nothing and are dropped. */
    async once(work) {
        if (this.state.busy) {
            return;
        }
        this.state.busy = true;
        try {
            return await work();
        } finally {
            this.state.busy = false;
        }
    }

    onKey(event) {
        if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector(".modal.show, .o_dialog")) {
            return;
        }
        if (event.key === "Escape") {
            this.close();
            return;
        }
        if (isTyping(event.target)) {
            return;
        }
        const act = {
            a: () => this.accept(),
            Enter: () => this.accept(),
            n: () => this.step(1),
            p: () => this.step(-1),
            ArrowDown: () => this.point(1),
            ArrowUp: () => this.point(-1),
            s: () => this.startSplit(),
            f: () => this.put("fee"),
            w: () => this.put("write_off"),
            r: () => this.open("refuse"),
            u: () => this.undo(),
            "/": () => this.open("search"),
            "?": () => this.open("help"),
        }[event.key];
        if (act && !(event.key === "Enter" && event.target.closest("button, a"))) {
            event.preventDefault();
            act();
        }
    }

    step(by) {
        const place = this.state.lines.findIndex((line) => line.id === this.state.lineId) + by;
        const next = this.state.lines[place];
        return next && this.once(() => this.choose(next.id));
    }

    point(by) {
        const last = this.state.candidates.length - 1;
        this.state.chosen = Math.max(0, Math.min(this.state.chosen + by, last));
    }

    pick(place) {
        this.state.chosen = place;
    }

    async open(panel) {
        if (panel === "refuse" && !this.candidate) {
            return this.tell(_t("There is no proposal to refuse for this line."));
        }
        if (panel === "search" && !this.line) {
            return;
        }
        this.state.panel = panel;
        if (panel === "search") {
            await this.search();
        }
        requestAnimationFrame(() => {
            const field = this.input.el || this.reason.el;
            if (field) {
                field.focus();
            }
        });
    }

    close() {
        if (this.state.panel) {
            this.state.panel = "";
        } else {
            this.state.split = null;
        }
    }

    /** Begin a split with the open items of the candidate, or with nothing where there is none. */
    async startSplit() {
        if (!this.line) {
            return;
        }
        this.beginSplit();
        await this.open("search");
    }

    /** Of a proposal for several bank lines, only what is meant for this one: the split is of this line alone. */
    beginSplit() {
        if (!this.state.split) {
            const parts = this.candidate ? this.candidate.parts : [];
            const own = parts.filter((part) => part.use === "item" && part.line_id === this.line.id);
            this.state.split = own.map((part) => this.asPart(part));
        }
    }

    asPart(part) {
        return { use: "item", item_id: part.item_id, title: part.title, partner: part.partner, amount: part.amount };
    }

    async search() {
        this.state.found = await this.orm.call(MODEL, "bench_find", [this.line.id, this.state.text]);
        this.state.foundAt = 0;
    }

    onSearchKey(event) {
        if (event.key === "ArrowDown" || event.key === "ArrowUp") {
            const by = event.key === "ArrowDown" ? 1 : -1;
            this.state.foundAt = Math.max(0, Math.min(this.state.foundAt + by, this.state.found.length - 1));
            event.preventDefault();
        } else if (event.key === "Enter" && this.state.found[this.state.foundAt]) {
            this.take(this.state.found[this.state.foundAt]);
            event.preventDefault();
        }
    }

    async onSearchInput(event) {
        this.state.text = event.target.value;
        await this.search();
    }

    /** Add an open item to the split, with no more than the line still has. */
    take(item) {
        const split = this.state.split || (this.state.split = []);
        const left = this.line.open - split.reduce((sum, part) => sum + part.amount, 0);
        if (split.some((part) => part.item_id === item.item_id)) {
            return this.tell(_t("%s is in the split already.", item.title));
        }
        const fits = Math.sign(left) === Math.sign(item.amount) && Math.abs(left) < Math.abs(item.amount);
        split.push({ ...this.asPart(item), amount: fits && !this.isNear(left, item.amount) ? left : item.amount });
        this.state.panel = "";
    }

    /** A difference that a fee may explain is left to be decided, not taken off the open item. */
    isNear(left, amount) {
        return Math.abs(amount - left) <= Math.min(5, Math.abs(amount) * 0.005);
    }

    drop(part) {
        this.state.split = this.state.split.filter((one) => one !== part);
    }

    /** Book the difference as a fee, or write it off. */
    put(use) {
        if (!this.line) {
            return;
        }
        this.beginSplit();
        if (sameAmount(this.difference, 0)) {
            return this.tell(_t("There is no difference left."));
        }
        const title = use === "fee" ? _t("Bank Fee") : _t("Write-off");
        this.state.split.push({ use, title, partner: "", amount: this.difference });
    }

    async accept() {
        if (!this.line) {
            return;
        }
        if (this.state.split) {
            return this.once(() => this.book());
        }
        if (!this.candidate) {
            return this.tell(_t("Nothing is proposed for this line. Press / to search for an open item."));
        }
        await this.once(async () => {
            const candidate = this.candidate;
            const answer = await this.orm.call(MODEL, "action_accept", [[candidate.id]]);
            if (answer === true) {
                this.state.done.push({ id: candidate.id, lineId: this.line.id });
            } else {
                this.tell(answer.params.message);
            }
            await this.load(false);
        });
    }

    async book() {
        const parts = this.state.split.map(({ use, item_id, amount }) => ({ use, item_id, amount }));
        const id = await this.orm.call(MODEL, "bench_book", [this.line.id, parts]);
        this.state.done.push({ id, lineId: this.line.id });
        await this.load(false);
    }

    onReasonKey(event) {
        if (event.key === "Enter") {
            event.preventDefault();
            this.refuse();
        }
    }

    async refuse() {
        const why = this.state.why.trim();
        if (!why) {
            return this.tell(_t("Say why it is wrong before you refuse it."));
        }
        await this.once(async () => {
            await this.orm.write(MODEL, [this.candidate.id], { refusal_reason: why });
            await this.orm.call(MODEL, "action_refuse", [[this.candidate.id]]);
            await this.load();
        });
    }

    async undo() {
        const last = this.state.done[this.state.done.length - 1];
        if (!last) {
            return this.tell(_t("Nothing was matched here yet. Older matches are undone under Proposed Matches."));
        }
        await this.once(async () => {
            await this.orm.call(MODEL, "action_undo", [[last.id]]);
            this.state.done.pop();
            await this.load(last.lineId);
            this.tell(_t("The last match was undone."), "info");
        });
    }

    async match() {
        await this.once(async () => {
            const found = await this.orm.call(MODEL, "bench_match", []);
            const text = found.queued ? _t("The search was started. Look again in a moment.") : _t("The search is done.");
            this.tell(text, "info");
            await this.load();
        });
    }

    openProposals() {
        this.action.doAction("audit_bank_sync.audit_match_proposal_action");
    }

    tell(text, type = "warning") {
        this.notification.add(text, { type });
    }

    money(amount, currencyId) {
        return formatMonetary(amount, { currencyId });
    }

    day(text) {
        return text ? formatDate(deserializeDate(text)) : "";
    }

    moment(text) {
        return text ? formatDateTime(deserializeDateTime(text)) : "";
    }

    tone(candidate) {
        return candidate.level === "automatic" ? "success" : candidate.score >= 70 ? "primary" : "secondary";
    }
}

registry.category("actions").add("audit_bank_sync.match_bench", MatchBench);
