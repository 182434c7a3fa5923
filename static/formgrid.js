/* formgrid: an ordinary <table> of <input>s in a <form> that behaves like a sheet. Needs money.js before it. Without
   script the table is still a plain form: names, values and buttons are the server's. An input always has the focus
   when the first key falls, which is what a Chinese input method needs.

   TABLE   <table class="t fg" data-fg data-template="ID of <template> holding one <tr>" data-prefix="lines"
             data-amount="amount" data-min-rows="1" data-max-rows="500">
           data-amount: the data-col whose money is totalled and compared with the balance (default "amount").
           data-parallel: names are the same in every row (applied=…&applied=…), the n-th value belongs to row n; then
           nothing below about N in names applies, but __n__ still makes ids and values of new rows differ.
           data-over="超过可调减": what is said of an amount above its balance. A hidden row is stepped over.
           Names are PREFIX-N-FIELD, as WTForms' FieldList makes them. In the template N is written __n__ and the row
           number in labels is __no__: <input name="lines-__n__-amount" aria-label="第 __no__ 行 本月申报">.
   HEAD    <th data-col="amount">本月申报</th>; its text is the column's name in messages and in pasted header rows.
   ROW     <tr data-balance="86500.00" data-group="basic fund-1" id="row-__n__">
           data-balance: what the allotment still allows, in yuan, without this plan's own lines; absent = not checked.
           data-group: words; the row's amount is added to the sum of each of them. Both are set again when the clerk picks.
   CELL    <td data-col="…"> with at most one <input> or <select>. No control, readonly or disabled = read-only.
           td data-no               row number, written by the grid
           td data-check            holds the checkbox that marks rows for removal
           td data-remaining        live: balance minus the OTHER rows of the same allotment
           td data-ratio            holds <progress max=100> and perhaps <span data-percent>: amount of remaining
   CONTROL data-type="money"        normalised to 1,234.50; data-sign="any" allows zero and negative amounts
           data-combo="LIST"        search-and-pick; text must equal an entry of the list, or it stays and turns red
           data-allotment-key       hidden input of the row that carries the picked entry's key
           required                 checked once the row holds anything
           data-error="sentence"    the server's finding on this cell; shown until the cell is changed
   LIST    <script type="application/json" data-list="LIST">[{"v": text put in the cell, "k": key, "t": text in the list,
             "c": code, "py": "pinyin initials", "b": "small grey text", "balance": "86500.00", "group": "basic fund-1",
             "cells": {"guarantee": "保工资", "payee": "fills an empty editable cell"}}, …]</script>  only v is needed
   TOTALS  <td data-sum="amount"> in <tfoot>. Anywhere in the page: data-fg-total (whole), data-fg-total="basic" (group),
           data-fg-rows (rows holding something), data-fg-problems (red cells), data-fg-note (finding on the current cell),
           id="fg-live" role="status" (spoken: pasted, removed).
   BUTTONS anywhere: data-fg-do="add | remove | undo | redo | fill | next-problem" (data-fg-for="TABLE ID" when there are two grids)
   KEYS    Enter/Shift+Enter down/up (Enter on the last row adds one), arrows, Tab, F2, Esc, Ctrl+D, Ctrl+Z / Ctrl+Y, Delete,
           Shift+arrows or dragging for a range, Ctrl+C/X/V with Excel and WPS, Alt+↓ list.
   PASTE   goes into the editable columns from the current one on; read-only ones are stepped over, except when the text was
           copied from this grid. A first line made of column names sorts the columns by name. Rows are added as needed.
   EVENTS  (bubble) fg:change {cells} · fg:total {total, groups, rows, problems} amounts in fen · fg:pick {input, row, item}
           · fg:row {row, key} another row has the focus
   SCRIPT  table.fg: add(), remove(rows), undo(), redo(), next(), restore([[name, value], …]) */
(function () {
  'use strict';
  const yk = window.yk = window.yk || {}, money = yk.money;
  const CONTROL = 'input:not([type=hidden]):not([type=checkbox]):not([type=radio]), select';

  /* Quoted cells may hold tabs and line ends, as Excel and WPS write them. */
  function parseTSV(text) {
    const rows = [];
    let row = [], cell = '', quoted = false;
    text = text.replace(/\r\n?/g, '\n').replace(/\n$/, '');
    for (let i = 0; i < text.length; i++) {
      const c = text[i];
      if (quoted) {
        if (c !== '"') cell += c;
        else if (text[i + 1] === '"') { cell += '"'; i++; } else quoted = false;
      } else if (c === '"' && cell === '') quoted = true;
      else if (c === '\t') { row.push(cell); cell = ''; }
      else if (c === '\n') { row.push(cell); rows.push(row); row = []; cell = ''; }
      else cell += c;
    }
    row.push(cell); rows.push(row);
    return rows;
  }
  const quote = s => /["\t\n]/.test(s) ? '"' + s.replace(/"/g, '""') + '"' : s;
  const writable = i => i && !i.readOnly && !i.disabled && !i.closest('tr').hidden;
  const write = (node, text) => { if (node && node.textContent !== text) node.textContent = text; };
  const composing = e => e.isComposing || e.keyCode === 229;

  class FormGrid {
    constructor(table) {
      const d = table.dataset;
      Object.assign(this, { table: table, body: table.tBodies[0], done: [], undone: [], sel: null, editing: false, lists: {}, notice: '',
        template: document.getElementById(d.template), prefix: d.prefix || 'lines', amount: d.amount || 'amount',
        min: +d.minRows || 1, max: +d.maxRows || 500 });
      document.querySelectorAll('script[data-list]').forEach(s => { this.lists[s.dataset.list] = JSON.parse(s.textContent); });
      this.next_n = 1 + Math.max(-1, ...[...this.body.querySelectorAll('[name]')].map(x => this.index(x.name)));
      for (const tr of this.rows) this.adopt(tr);
      this.popup();
      this.listen();
      this.renumber();
      this.queue();
    }

    /* ---- looking things up: columns by data-col, never by number ---- */
    get rows() { return this.body.rows; }
    get cols() { return [...this.table.tHead.rows[0].cells]; }
    place(el) { const td = el.closest('td, th'); return { r: td.parentNode.sectionRowIndex, c: td.cellIndex }; }
    control(td) { return td && !td.hidden ? td.querySelector(CONTROL) : null; }
    at(r, c) { const tr = this.rows[r]; return tr ? this.control(tr.cells[c]) : null; }
    cell(tr, col) { return tr.querySelector('[data-col="' + col + '"]'); }
    value(r, c) { const i = this.at(r, c), td = this.rows[r].cells[c]; return i ? i.tagName === 'SELECT' ? (i.selectedOptions[0] || i).text || '' : i.value : td.textContent.trim(); }
    title(td) { const th = this.cols[td.cellIndex]; return th ? th.textContent.trim() : ''; }
    index(name) { const m = name.indexOf(this.prefix + '-') ? null : /^\d+/.exec(name.slice(this.prefix.length + 1)); return m ? +m[0] : -1; }
    keyOf(tr) { const k = tr.querySelector('[data-allotment-key]'); return k ? k.value : ''; }
    filled(tr) { return [...tr.querySelectorAll('td input')].some(i => i.type !== 'hidden' && i.type !== 'checkbox' && i.type !== 'radio' && i.value.trim() && !('default' in i.dataset && i.value === i.dataset.default)); }
    find(i, text) {
      const list = this.lists[i.dataset.combo] || [], v = text.trim();
      if (!v) return null;
      const same = list.find(o => o.v === v) || list.find(o => o.t === v || o.c === v);
      if (same) return same;
      const begins = list.filter(o => !o.own && (o.v.indexOf(v) === 0 || (o.t || '').indexOf(v) === 0));
      return begins.length === 1 ? begins[0] : null;
    }

    /* A row may hold an allotment that is no longer offered; what the server sent stays valid as it stands. */
    adopt(tr) {
      tr.querySelectorAll('input[data-combo]').forEach(i => {
        i.autocomplete = 'off'; i.removeAttribute('list'); // the browser's own list is for pages without script
        const list = this.lists[i.dataset.combo] = this.lists[i.dataset.combo] || [], key = this.keyOf(tr);
        if (i.value && key && !list.some(o => o.v === i.value)) list.push({ v: i.value, k: key, balance: tr.dataset.balance, group: tr.dataset.group, own: true });
      });
      tr.querySelectorAll('input[data-type=money]').forEach(i => { const n = money.fen(i.value); if (n !== null && !Number.isNaN(n)) i.value = money.text(n); });
      tr.querySelectorAll('[data-error]').forEach(i => this.mark(i, i.dataset.error));
    }

    /* ---- events ---- */
    listen() {
      const on = (name, f) => this.table.addEventListener(name, f.bind(this));
      on('focusin', this.onFocus); on('focusout', this.onBlur); on('keydown', this.onKey); on('input', this.onInput);
      on('change', e => { if (e.target.matches('td select')) this.commit(e.target); });
      on('compositionend', e => { if (e.target.dataset.combo) this.open(e.target); });
      on('paste', this.onPaste); on('copy', this.onCopy); on('cut', this.onCopy);
      on('mousedown', this.onDown); on('mouseover', this.onOver);
      on('dblclick', e => { if (e.target.matches('td input')) this.edit(e.target); });
      document.addEventListener('mouseup', () => { this.from = null; this.dragging = false; });
      document.addEventListener('click', e => {
        const b = e.target.closest('[data-fg-do]');
        if (b && (!b.dataset.fgFor || b.dataset.fgFor === this.table.id)) { e.preventDefault(); this.act(b.dataset.fgDo); }
      });
      const scroller = this.table.closest('.wrap');
      if (scroller) scroller.addEventListener('scroll', () => { if (!this.box.hidden) this.hang(); });
    }
    act(what) {
      if (what === 'add') { this.focus(this.add()); }
      else if (what === 'remove') this.remove();
      else if (what === 'undo') this.undo();
      else if (what === 'redo') this.redo();
      else if (what === 'fill') this.fillDown();
      else if (what === 'next-problem') this.next();
    }
    grid(i) { return i.matches('td input, td select') && i.matches(CONTROL); }
    onFocus(e) {
      const i = e.target;
      if (!this.grid(i)) return;
      this.current = i; this.before = i.value; this.editing = false; this.notice = '';
      if (!this.dragging) this.select(this.place(i));
      if (i.select) i.select();
      this.enter(i.closest('tr'));
      this.tell(i);
    }
    enter(tr) {
      if (this.row === tr) return;
      if (this.row) this.row.classList.remove('on');
      this.row = tr; tr.classList.add('on');
      this.emit('fg:row', { row: tr, key: this.keyOf(tr) });
    }
    onBlur(e) { const i = e.target; if (!this.grid(i)) return; this.close(); this.commit(i); this.editing = false; }
    onInput(e) {
      const i = e.target;
      if (!this.grid(i)) return;
      this.editing = true; this.notice = ''; delete i.dataset.error;
      if (i.dataset.combo && !composing(e)) this.open(i);
      this.queue();
    }
    commit(i) {
      if (i.dataset.type === 'money') { const n = money.fen(i.value); if (n !== null && !Number.isNaN(n)) i.value = money.text(n); }
      if (this.current === i && this.before !== undefined && i.value !== this.before) {
        const was = this.before;
        this.before = i.value; delete i.dataset.error;
        const step = [{ i: i, a: was, b: i.value }];
        this.settle(i, step);
        step[0].b = this.before = i.value;
        this.record(step);
      }
      this.check(i); this.queue();
    }
    edit(i) { this.editing = true; if (i.setSelectionRange) { const n = i.value.length; i.setSelectionRange(n, n); } }
    onKey(e) {
      const i = e.target;
      if (!this.grid(i) || composing(e)) return;
      const p = this.place(i), ctrl = e.ctrlKey || e.metaKey, open = !this.box.hidden && this.owner === i, k = e.key, list = i.tagName === 'SELECT';
      let used = true;
      if (ctrl && (k === 's' || k === 'Enter')) return; // the page's own
      if (open && (k === 'ArrowDown' || k === 'ArrowUp')) this.move(k === 'ArrowDown' ? 1 : -1);
      else if (open && k === 'Enter') { this.pick(); this.go(p.r, p.c, 1, 0); }
      else if (open && k === 'Tab') { this.pick(); used = !!this.go(p.r, p.c, 0, e.shiftKey ? -1 : 1); }
      else if (k === 'Escape') { if (open) this.close(); else if (!list) { i.value = this.before; this.editing = false; i.select(); this.check(i); this.queue(); } else used = false; }
      else if (e.altKey) { used = k === 'ArrowDown' && !!i.dataset.combo; if (used) this.open(i, true); }
      else if (k === 'Enter') this.go(p.r, p.c, e.shiftKey ? -1 : 1, 0, !e.shiftKey);
      else if (list) used = false;
      else if (k === 'ArrowDown' || k === 'ArrowUp') { const d = k === 'ArrowDown' ? 1 : -1; if (e.shiftKey) this.extend(d, 0); else this.go(p.r, p.c, d, 0); }
      else if ((k === 'ArrowLeft' || k === 'ArrowRight') && !this.editing && !ctrl) { const d = k === 'ArrowRight' ? 1 : -1; if (e.shiftKey) this.extend(0, d); else this.go(p.r, p.c, 0, d); }
      else if (k === 'F2') this.edit(i);
      else if (ctrl && k.toLowerCase() === 'z' && !this.editing) { if (e.shiftKey) this.redo(); else this.undo(); }
      else if (ctrl && k.toLowerCase() === 'y' && !this.editing) this.redo();
      else if (ctrl && k.toLowerCase() === 'd') this.fillDown();
      else if ((k === 'Delete' || k === 'Backspace') && !this.editing) this.each(() => '');
      else used = false;
      if (used) e.preventDefault();
    }
    /* The next editable cell in a direction; sideways it goes on in the next row. */
    go(r, c, dr, dc, grow) {
      const w = this.cols.length;
      for (let k = 0; k < w + this.rows.length + 2; k++) {
        r += dr; c += dc;
        if (c >= w) { c = 0; r++; } else if (c < 0) { c = w - 1; r--; }
        if (r < 0) return null;
        if (r >= this.rows.length && !(grow && this.add())) return null;
        const i = this.at(r, c);
        if (writable(i)) { i.focus(); return i; }
      }
      return null;
    }
    focus(tr) { const i = tr && [...tr.cells].map(td => this.control(td)).find(writable); if (i) { i.focus(); tr.scrollIntoView({ block: 'nearest' }); } }
    next() {
      const bad = [...this.body.querySelectorAll('[aria-invalid=true]')], here = bad.indexOf(this.current);
      const i = bad.find((x, n) => here >= 0 ? n > here : this.current && this.current.compareDocumentPosition(x) & 4) || bad[0];
      if (i) { i.closest('tr').scrollIntoView({ block: 'center' }); i.focus(); }
    }

    /* ---- the range ---- */
    select(p) { this.sel = { r0: p.r, c0: p.c, r1: p.r, c1: p.c }; this.paint(); }
    extend(dr, dc) {
      const s = this.sel;
      s.r1 = Math.max(0, Math.min(this.rows.length - 1, s.r1 + dr)); s.c1 = Math.max(0, Math.min(this.cols.length - 1, s.c1 + dc));
      this.paint();
    }
    range() { const s = this.sel, top = this.rows.length - 1; return s ? [Math.min(s.r0, s.r1), Math.min(top, Math.max(s.r0, s.r1)), Math.min(s.c0, s.c1), Math.max(s.c0, s.c1)] : [0, -1, 0, -1]; }
    paint() {
      (this.painted || []).forEach(x => x.classList.remove('in-range'));
      this.painted = [];
      const [a, b, c, d] = this.range();
      if (a === b && c === d) return;
      for (let r = a; r <= b; r++) for (let x = c; x <= d; x++) { const td = this.rows[r].cells[x]; if (td) { td.classList.add('in-range'); this.painted.push(td); } }
    }
    onDown(e) {
      const td = e.target.closest('tbody td');
      if (!td || e.button) return;
      if (e.shiftKey && this.sel) { e.preventDefault(); const p = this.place(td); this.sel.r1 = p.r; this.sel.c1 = p.c; this.paint(); return; }
      this.from = this.place(td);
    }
    onOver(e) {
      const td = this.from && e.buttons === 1 && e.target.closest('tbody td');
      if (!td) return;
      const p = this.place(td), f = this.from;
      if (!this.dragging && p.r === f.r && p.c === f.c) return;
      this.dragging = true; this.sel = { r0: f.r, c0: f.c, r1: p.r, c1: p.c }; this.paint();
    }

    /* ---- changing cells: every change is one step to undo ---- */
    put(i, text, step) {
      if (!writable(i)) return false;
      const v = this.norm(i, text);
      if (v !== i.value) {
        step.push({ i: i, a: i.value, b: v });
        i.value = v; delete i.dataset.error;
        if (i === this.current) this.before = v;
        this.settle(i, step);
      }
      this.check(i);
      return true;
    }
    norm(i, text) {
      const v = text.trim();
      if (i.tagName === 'SELECT') { const o = [...i.options].find(x => x.text.trim() === v || x.value === v); return o ? o.value : i.value; }
      if (i.dataset.type === 'money') { const n = money.fen(v); return n === null || Number.isNaN(n) ? v : money.text(n); }
      if (i.dataset.combo) { const o = this.find(i, v); return o ? o.v : v; }
      return v.replace(/\s*\n\s*/g, ' ');
    }
    /* What follows from a picked entry: key, balance, groups, and the cells it fills. An undone step fills nothing: it brings its own. */
    settle(i, step) {
      if (!i.dataset.combo) return;
      const item = this.find(i, i.value), tr = i.closest('tr'), key = tr.querySelector('[data-allotment-key]');
      if (item && item.v !== i.value) i.value = item.v;
      if (!key || (this.lists[i.dataset.combo] || []).every(o => o.k === undefined)) return;
      key.value = item ? item.k : '';
      ['balance', 'group'].forEach(n => { if (item && item[n] !== undefined) tr.dataset[n] = item[n]; else delete tr.dataset[n]; });
      if (item && item.own) return;
      const cells = (item || {}).cells || {}, all = new Set((this.lists[i.dataset.combo] || []).flatMap(o => Object.keys(o.cells || {})));
      all.forEach(col => {
        const td = this.cell(tr, col), c = this.control(td);
        if (!td) return;
        if (!c) { const tag = td.querySelector('[data-text]') || td; write(tag, cells[col] || ''); }
        else if (step && cells[col] && !c.value) { step.push({ i: c, a: '', b: cells[col] }); c.value = cells[col]; this.check(c); }
      });
      if (tr === this.row) this.emit('fg:row', { row: tr, key: key.value });
    }
    each(f) { const [a, b, c, d] = this.range(), step = []; for (let r = a; r <= b; r++) for (let x = c; x <= d; x++) { const i = this.at(r, x); if (i && i.tagName !== 'SELECT') this.put(i, f(r, x), step); } this.record(step); this.queue(); }
    fillDown() {
      const [a, b, c, d] = this.range(), step = [], top = a === b ? a - 1 : a;
      if (top < 0 || b < a) return;
      for (let r = top + 1; r <= b; r++) for (let x = c; x <= d; x++) { const i = this.at(r, x); if (i) this.put(i, this.value(top, x), step); }
      this.record(step); this.queue();
    }
    record(step) {
      if (!step.length) return;
      this.done.push(step);
      if (this.done.length > 200) this.done.shift();
      this.undone.length = 0;
      this.emit('fg:change', { cells: step.filter(s => s.i).length });
    }
    undo() { this.step(this.done, this.undone, false); }
    redo() { this.step(this.undone, this.done, true); }
    step(from, to, forward) {
      const step = from.pop();
      if (!step) { this.say(forward ? '没有可重做的操作' : '没有可撤销的操作'); return; }
      (forward ? step : step.slice().reverse()).forEach(s => {
        if (s.i) { s.i.value = forward ? s.b : s.a; this.settle(s.i); this.check(s.i); }
        else if (s.added === forward) this.body.insertBefore(s.row, this.rows[s.at] || null);
        else s.row.remove();
      });
      to.push(step);
      if (step.some(s => s.row)) this.renumber();
      if (this.current && this.current.isConnected) { this.before = this.current.value; if (this.current.select) this.current.select(); }
      this.emit('fg:change', { cells: step.length }); this.queue(); this.say(forward ? '已重做' : '已撤销');
    }

    /* ---- clipboard ---- */
    onPaste(e) {
      const text = e.clipboardData.getData('text/plain'), i = e.target;
      if (!text || !this.grid(i)) return;
      const many = /[\t\n]/.test(text.replace(/\r?\n$/, ''));
      if (!many && this.editing) return; // the browser's own paste, into the middle of what is being typed
      e.preventDefault();
      this.close();
      this.paste(parseTSV(text), text.replace(/\r\n?/g, '\n') === this.copied);
    }
    /* The columns the pasted ones go to, and whether the first line was a line of names. */
    targets(rows, first, own) {
      const cols = this.cols, all = cols.map((_, n) => n).filter(n => n >= first);
      if (own) return [all, false];
      const names = rows[0].map(t => cols.findIndex(th => th.textContent.trim() === t.trim() && t.trim()));
      if (rows.length > 1 && names.filter(n => n >= 0).length >= 2) return [names, true];
      const model = this.rows[Math.max(0, this.range()[0])];
      return [all.filter(n => writable(this.control(model.cells[n]))), false];
    }
    paste(rows, own) {
      const [r0, r1, c0, c1] = this.range(), step = [], [cols, named] = this.targets(rows, c0, own);
      if (named) rows.shift();
      if (rows.length === 1 && rows[0].length === 1 && (r0 !== r1 || c0 !== c1)) { this.each(() => rows[0][0]); return; }
      const wide = Math.max.apply(null, rows.map(r => r.length)), limit = this.template ? this.max : this.rows.length, lost = Math.max(0, rows.length + r0 - limit);
      const kept = rows.slice(0, rows.length - lost);
      this.grow(r0 + kept.length, step);
      kept.forEach((row, r) => row.forEach((text, c) => {
        const i = cols[c] >= 0 ? this.at(r0 + r, cols[c]) : null;
        if (i) this.put(i, text, step);
      }));
      const hit = cols.slice(0, wide).filter(c => c >= 0);
      this.sel = { r0: r0, c0: Math.min.apply(null, hit), r1: r0 + kept.length - 1, c1: Math.max.apply(null, hit) };
      this.record(step); this.paint(); this.queue();
      this.say('已粘贴 ' + kept.length + ' 行，' + step.filter(s => s.i).length + ' 个单元格。' +
        (lost ? '超过 ' + limit + ' 行的 ' + lost + ' 行没有粘贴。' : '') + (!named && wide > cols.length ? '右边多出的 ' + (wide - cols.length) + ' 列没有粘贴。' : ''), lost > 0 || !named && wide > cols.length);
    }
    onCopy(e) {
      const i = e.target, [a, b, c, d] = this.range();
      if (!this.grid(i) || (a === b && c === d && (this.editing || i.selectionStart !== 0 || i.selectionEnd !== i.value.length))) return;
      const lines = [];
      for (let r = a; r <= b; r++) { const line = []; for (let k = c; k <= d; k++) line.push(this.plain(r, k)); lines.push(line.map(quote).join('\t')); }
      this.copied = a === b && c === d ? null : lines.join('\n');
      e.clipboardData.setData('text/plain', lines.join('\n'));
      e.preventDefault();
      if (e.type === 'cut') this.each(() => '');
    }
    plain(r, c) { const v = this.value(r, c), n = /^-?[\d,]+\.\d\d$/.test(v) ? money.fen(v) : NaN; return Number.isNaN(n) ? v : v.replace(/,/g, ''); }

    /* ---- rows ---- */
    make(n) {
      const tr = this.template.content.querySelector('tr').cloneNode(true);
      for (const x of [tr, ...tr.querySelectorAll('*')]) for (const a of [...x.attributes]) if (a.value.indexOf('__n') >= 0) x.setAttribute(a.name, a.value.replace(/__n__/g, n).replace(/__no__/g, this.rows.length + 1));
      this.adopt(tr);
      return tr;
    }
    grow(count, step) {
      if (!this.template) return;
      while (this.rows.length < Math.min(count, this.max)) { const tr = this.make(this.next_n++); this.body.appendChild(tr); step.push({ row: tr, at: this.rows.length - 1, added: true }); }
      this.renumber();
    }
    add() {
      if (this.rows.length >= this.max) { this.say('最多 ' + this.max + ' 行', true); return null; }
      const step = [];
      this.grow(this.rows.length + 1, step);
      this.record(step); this.queue();
      return step.length ? step[0].row : null;
    }
    remove(rows) {
      const ticked = [...this.body.querySelectorAll('[data-check] input:checked')].map(x => x.closest('tr'));
      rows = rows || (ticked.length ? ticked : this.row && this.row.isConnected ? [this.row] : []);
      if (!rows.length) { this.say('请先选中要删除的行', true); return; }
      const step = rows.map(tr => ({ row: tr, at: tr.sectionRowIndex, added: false })), at = rows[0].sectionRowIndex;
      step.reverse().forEach(s => { s.row.remove(); s.row.querySelectorAll('[data-check] input').forEach(x => { x.checked = false; }); });
      if (this.rows.length < this.min) this.grow(this.min, step);
      this.renumber(); this.record(step); this.queue();
      this.focus(this.rows[Math.min(at, this.rows.length - 1)]);
      this.say('已删除 ' + rows.length + ' 行，按 Ctrl+Z 可恢复');
    }
    renumber() {
      [...this.rows].forEach((tr, n) => {
        const no = String(n + 1);
        write(tr.querySelector('[data-no]'), no);
        tr.querySelectorAll('[aria-label^="第 "]').forEach(x => { const v = x.getAttribute('aria-label').replace(/^第 \S+ 行/, '第 ' + no + ' 行'); if (v !== x.getAttribute('aria-label')) x.setAttribute('aria-label', v); });
      });
    }
    /* Puts back a copy of the form kept on this computer: rows by their number in the names, then every value. */
    restore(entries) {
      if ('parallel' in this.table.dataset) { this.restoreColumns(entries); return; }
      const mine = entries.filter(x => this.index(x[0]) >= 0), wanted = [...new Set(mine.map(x => this.index(x[0])))], step = [];
      const have = new Map([...this.rows].map(tr => [this.index((tr.querySelector('[name]') || {}).name || ''), tr]));
      have.forEach((tr, n) => { if (wanted.indexOf(n) < 0) { step.push({ row: tr, at: tr.sectionRowIndex, added: false }); tr.remove(); } });
      wanted.forEach(n => { if (!have.has(n) && this.template) { const tr = this.make(n); this.body.appendChild(tr); step.push({ row: tr, at: this.rows.length - 1, added: true }); } });
      this.next_n = Math.max(this.next_n, ...wanted.map(n => n + 1));
      this.renumber();
      mine.forEach(([name, value]) => {
        const i = this.body.querySelector('[name="' + CSS.escape(name) + '"]');
        if (i && i.type !== 'hidden' && i.matches(CONTROL)) this.put(i, value, step);
      });
      this.record(step); this.queue();
    }

    /* The same for names without numbers: the n-th value of a name is row n's, hidden ones (a line's id) included. */
    restoreColumns(entries) {
      const names = new Set([...this.table.querySelectorAll('tbody [name]'), ...(this.template ? this.template.content.querySelectorAll('[name]') : [])].map(x => x.name)), columns = {}, step = [];
      entries.forEach(([name, value]) => { if (names.has(name)) (columns[name] = columns[name] || []).push(value); });
      const count = Math.max(0, ...Object.values(columns).map(c => c.length));
      this.grow(count, step);
      for (let at = this.rows.length - 1; this.template && at >= Math.max(count, this.min); at--) { step.push({ row: this.rows[at], at: at, added: false }); this.rows[at].remove(); }
      this.renumber();
      [...this.rows].forEach((tr, n) => tr.querySelectorAll('[name]').forEach(i => {
        const value = (columns[i.name] || [])[n];
        if (value === undefined) return;
        if (i.type === 'hidden') { if (i.value !== value) step.push({ i: i, a: i.value, b: value }); i.value = value; } else this.put(i, value, step);
      }));
      this.record(step); this.queue();
    }

    /* ---- totals and findings, at most once a frame ---- */
    queue() { if (!this.asked) this.asked = requestAnimationFrame(() => { this.asked = 0; this.refresh(); }); }
    refresh() {
      const rows = [...this.rows], used = new Map(), groups = {};
      const outs = this.table.querySelectorAll('tfoot [data-sum]');
      let total = 0, held = 0;
      const facts = rows.map(tr => {
        const i = this.control(this.cell(tr, this.amount)), n = i ? money.fen(i.value) : null, fen = n || 0, key = this.keyOf(tr);
        if (key) used.set(key, (used.get(key) || 0) + fen);
        total += fen;
        if (this.filled(tr)) held++;
        if (fen && tr.dataset.group) tr.dataset.group.split(/\s+/).forEach(g => { groups[g] = (groups[g] || 0) + fen; });
        return { tr: tr, i: i, n: n, fen: fen, key: key };
      });
      facts.forEach(f => this.weigh(f, used));
      outs.forEach(o => {
        const col = o.dataset.sum;
        let s = 0;
        if (col === this.amount) s = total;
        else rows.forEach(tr => { const td = this.cell(tr, col), c = this.control(td); s += (td && money.fen(c ? c.value : td.textContent)) || 0; });
        write(o, this.show(s));
      });
      const problems = this.body.querySelectorAll('[aria-invalid=true]').length, all = s => document.querySelectorAll(s);
      all('[data-fg-total]').forEach(o => write(o, this.show(o.dataset.fgTotal ? groups[o.dataset.fgTotal] || 0 : total)));
      all('[data-fg-rows]').forEach(o => write(o, String(held)));
      all('[data-fg-problems]').forEach(o => write(o, String(problems)));
      all('[data-fg-do=undo]').forEach(b => { b.disabled = !this.done.length; });
      all('[data-fg-do=redo]').forEach(b => { b.disabled = !this.undone.length; });
      this.emit('fg:total', { total: total, groups: groups, rows: held, problems: problems });
      if (this.current) this.tell(this.current);
    }
    show(fen) { return Number.isSafeInteger(fen) ? money.text(fen) : '合计过大'; }
    /* What the other rows of the same allotment leave for this one. */
    weigh(f, used) {
      const balance = f.tr.dataset.balance === undefined ? null : money.fen(f.tr.dataset.balance);
      const left = balance === null || Number.isNaN(balance) ? null : balance - ((f.key ? used.get(f.key) : f.fen) - f.fen);
      const out = f.tr.querySelector('[data-remaining]'), ratio = f.tr.querySelector('[data-ratio]');
      if (out) { write(out, left === null ? '' : money.text(left)); out.classList.toggle('neg', left !== null && left < 0); }
      if (ratio) {
        const p = left > 0 ? Math.floor(f.fen / left * 100) : f.fen > 0 && left !== null ? 999 : 0, bar = ratio.querySelector('progress'), text = ratio.querySelector('[data-percent]');
        ratio.classList.toggle('blank', left === null);
        if (bar) { bar.value = Math.max(0, Math.min(100, p)); bar.className = p > 100 || f.fen > left && left !== null ? 'bad' : p >= 90 ? 'warn' : ''; }
        if (text) { write(text, left === null ? '' : left <= 0 && f.fen > 0 ? '超出' : p > 999 ? '>999%' : p + '%'); text.classList.toggle('red', left !== null && f.fen > left); }
      }
      if (f.i && !f.i.dataset.error && !(f.i === this.current && this.editing && Number.isNaN(f.n))) this.mark(f.i, this.amountFault(f.i, f.n, left));
    }
    amountFault(i, n, left) {
      if (n === null) return i.required && this.filled(i.closest('tr')) && i !== document.activeElement ? '请填写金额' : '';
      if (Number.isNaN(n)) return money.read(i.value).error;
      if (i.dataset.sign !== 'any' && n <= 0) return '金额须大于 0';
      return left !== null && n > left ? (this.table.dataset.over || '超过指标可用余额') + ' ' + money.text(left) : '';
    }
    check(i) {
      if (i.dataset.error) return;
      const v = i.value.trim(), td = i.closest('td');
      if (td.dataset.col === this.amount) { this.queue(); return; } // judged together with the rows that share its allotment
      let fault = '';
      if (v && i.dataset.type === 'money') { const n = money.fen(v); fault = Number.isNaN(n) ? money.read(v).error : i.dataset.sign !== 'any' && n < 0 ? '金额不能为负数' : ''; }
      else if (v && i.dataset.combo && !this.find(i, v)) fault = '没有这一项，请从列表选择';
      else if (!v && i.required && this.filled(i.closest('tr')) && i !== document.activeElement) fault = '请填写' + this.title(td).replace(/\s*\*$/, '');
      this.mark(i, fault);
    }
    mark(i, fault) {
      if (fault) { if (i.getAttribute('aria-invalid') !== 'true') i.setAttribute('aria-invalid', 'true'); if (i.title !== fault) i.title = fault; }
      else if (i.hasAttribute('aria-invalid')) { i.removeAttribute('aria-invalid'); i.removeAttribute('title'); }
    }
    tell(i) {
      const text = i.isConnected && i.getAttribute('aria-invalid') === 'true' ? '第 ' + (i.closest('tr').sectionRowIndex + 1) + ' 行 ' + this.title(i.closest('td')).replace(/\s*\*$/, '') + '：' + i.title : '';
      document.querySelectorAll('[data-fg-note]').forEach(o => write(o, text || this.notice));
    }
    say(text, bad) {
      const live = document.getElementById('fg-live');
      if (live) live.textContent = text;
      if (bad) { this.notice = text; document.querySelectorAll('[data-fg-note]').forEach(o => write(o, text)); }
    }
    emit(name, detail) { this.table.dispatchEvent(new CustomEvent(name, { bubbles: true, detail: detail })); }

    /* ---- search and pick: one list box for the whole grid ---- */
    popup() {
      const b = this.box = document.createElement('ul');
      b.className = 'fg-pop'; b.id = 'fg-pop-' + (this.table.id || this.prefix); b.hidden = true;
      b.setAttribute('role', 'listbox'); b.setAttribute('aria-label', '可选项');
      (document.querySelector('main') || document.body).appendChild(b);
      b.addEventListener('mousedown', e => {
        e.preventDefault();
        const li = e.target.closest('li[data-v]');
        if (li) { this.at_option = [...b.children].indexOf(li); this.pick(); }
      });
    }
    open(i, all) {
      if (!writable(i)) return;
      const q = all ? '' : i.value.trim().toLowerCase(), has = t => (t || '').toLowerCase().indexOf(q) >= 0;
      const hits = (this.lists[i.dataset.combo] || []).filter(o => !o.own && (!q || has(o.v) || has(o.t) || has(o.c) || has(o.py))).slice(0, 50);
      this.box.textContent = '';
      hits.forEach((o, n) => {
        const li = document.createElement('li'), t = document.createElement('span');
        li.id = this.box.id + '-' + n; li.setAttribute('role', 'option'); li.dataset.v = o.v; t.textContent = o.t || o.v; li.appendChild(t);
        if (o.b) { const s = document.createElement('small'); s.textContent = o.b; li.appendChild(s); }
        this.box.appendChild(li);
      });
      if (!hits.length) { const li = document.createElement('li'); li.className = 'none'; li.setAttribute('role', 'option'); li.setAttribute('aria-disabled', 'true'); li.textContent = '没有匹配的项'; this.box.appendChild(li); }
      this.box.hidden = false;
      this.owner = i; this.hang(); this.at_option = hits.length ? 0 : -1;
      i.setAttribute('role', 'combobox'); i.setAttribute('aria-autocomplete', 'list'); i.setAttribute('aria-expanded', 'true'); i.setAttribute('aria-controls', this.box.id);
      this.point();
    }
    /* Under its cell, or above it where there is no room below. */
    hang() {
      const r = this.owner.getBoundingClientRect(), h = this.box.offsetHeight, above = r.bottom + h > innerHeight && r.top > h;
      this.box.style.left = Math.max(4, Math.min(r.left, innerWidth - this.box.offsetWidth - 8)) + 'px';
      this.box.style.top = (above ? r.top - h : r.bottom) + 'px';
    }
    move(d) { const n = this.box.querySelectorAll('li[data-v]').length; if (n) { this.at_option = (this.at_option + d + n) % n; this.point(); } }
    point() {
      [...this.box.children].forEach((x, n) => {
        x.setAttribute('aria-selected', n === this.at_option);
        if (n === this.at_option) { this.owner.setAttribute('aria-activedescendant', x.id); x.scrollIntoView({ block: 'nearest' }); }
      });
    }
    pick() {
      const li = this.box.children[this.at_option], i = this.owner;
      if (li && li.dataset.v) {
        i.value = li.dataset.v; this.commit(i); this.editing = false;
        this.emit('fg:pick', { input: i, row: i.closest('tr'), item: this.find(i, i.value) });
      }
      this.close();
    }
    close() {
      if (this.box.hidden) return;
      this.box.hidden = true;
      if (this.owner) { this.owner.setAttribute('aria-expanded', 'false'); this.owner.removeAttribute('aria-activedescendant'); }
    }
  }

  yk.FormGrid = FormGrid;
  document.querySelectorAll('table[data-fg]').forEach(t => { t.fg = new FormGrid(t); });
})();
