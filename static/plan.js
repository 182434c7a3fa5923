/* The entry page's glue between the grid, the list of allotments, autosave and the vouchers beside it. Needs money.js,
   formgrid.js, autosave.js and fragment.js before it. Everything here is comfort; the form works without.

   Vouchers: the fragment beside the grid carries <… data-line-id="12" data-paper-count="2" data-paper-missing="1"> for
   each line; the column 凭证 shows them. The row that has the focus is told to it: event plan:line {line, no} on the fragment. */
(function () {
  'use strict';
  const table = document.getElementById('lines'), form = document.getElementById('plan'), grid = table && table.fg;
  if (!grid) return;
  const money = window.yk.money, list = grid.lists.allotments || [], one = s => document.querySelector(s);
  const byKey = new Map(list.filter(o => !o.own).map(o => [o.k, o]));
  const lineOf = tr => tr.querySelector('[name=line_id]');

  /* ---- 选指标: tick many, each becomes a row ---- */
  const dialog = document.getElementById('pick');
  if (dialog) {
    const body = dialog.querySelector('[data-pick-rows]'), find = dialog.querySelector('[data-pick-find]'), all = dialog.querySelector('[data-pick-all]');
    const ticked = () => [...body.querySelectorAll('input:checked')];
    const cell = (tr, text, cls) => { const td = document.createElement('td'); td.textContent = text; td.className = cls || ''; tr.appendChild(td); return td; };
    const tell = () => { dialog.querySelector('[data-pick-count]').textContent = '已选 ' + ticked().length + ' 条，共 ' + byKey.size + ' 条'; };
    const build = () => {
      const used = new Set([...grid.rows].map(tr => grid.keyOf(tr)));
      body.textContent = ''; find.value = ''; all.checked = false;
      byKey.forEach(o => {
        const tr = document.createElement('tr'), tick = document.createElement('input');
        tick.type = 'checkbox'; tick.value = o.k; tick.setAttribute('aria-label', '选 ' + o.v);
        cell(tr, '', 'c').appendChild(tick);
        cell(tr, o.v + (used.has(o.k) ? '（已在明细中）' : ''), 'wrapped' + (used.has(o.k) ? ' mut' : '')); cell(tr, o.kind); cell(tr, o.fund); cell(tr, o.cells.guarantee); cell(tr, money.text(money.fen(o.balance)), 'num b');
        tr.dataset.words = [o.v, o.c, o.py, o.kind, o.fund].join(' ').toLowerCase();
        body.appendChild(tr);
      });
      tell();
    };
    document.addEventListener('click', e => { if (e.target.closest('[data-dialog=pick]')) build(); }, true);
    find.addEventListener('input', () => { const q = find.value.trim().toLowerCase(); [...body.rows].forEach(tr => { tr.hidden = tr.dataset.words.indexOf(q) < 0; }); });
    find.addEventListener('keydown', e => { if (e.key === 'Enter') e.preventDefault(); });
    body.addEventListener('click', e => { const tr = e.target.closest('tr'), tick = tr && tr.querySelector('input'); if (tick && e.target !== tick) { tick.checked = !tick.checked; tell(); } });
    body.addEventListener('change', tell);
    all.addEventListener('change', () => { [...body.rows].forEach(tr => { if (!tr.hidden) tr.querySelector('input').checked = all.checked; }); tell(); });
    dialog.querySelector('[data-pick-add]').addEventListener('click', () => { const items = ticked().map(t => byKey.get(t.value)); dialog.close(); addRows(items); });
  }
  /* Blank rows are used before new ones are added; all of it is one step to undo. */
  function addRows(items) {
    if (!items.length) return;
    const step = [], blank = () => [...grid.rows].filter(tr => !grid.filled(tr)), missing = items.length - blank().length;
    if (missing > 0) grid.grow(grid.rows.length + missing, step);
    const rows = blank();
    items.slice(0, rows.length).forEach((o, n) => grid.put(grid.control(grid.cell(rows[n], 'allotment')), o.v, step));
    grid.record(step); grid.queue();
    const first = grid.control(grid.cell(rows[0], 'applied'));
    first.focus();
    grid.say('已加入 ' + Math.min(items.length, rows.length) + ' 行', items.length > rows.length);
  }

  /* ---- 按月均填入: blank amounts of basic spending get the share that the server suggests ---- */
  const shares = one('[data-fill-shares]');
  if (shares) shares.addEventListener('click', () => {
    const step = [], used = new Map(), amount = tr => grid.control(grid.cell(tr, 'applied'));
    [...grid.rows].forEach(tr => { const n = money.fen(amount(tr).value) || 0, k = grid.keyOf(tr); used.set(k, (used.get(k) || 0) + n); });
    [...grid.rows].forEach(tr => {
      const k = grid.keyOf(tr), o = byKey.get(k), i = amount(tr);
      if (!o || !o.share || i.value.trim() || i.readOnly) return;
      const n = Math.min(money.fen(o.share), money.fen(o.balance) - used.get(k));
      if (n <= 0) return;
      grid.put(i, money.text(n), step);
      used.set(k, used.get(k) + n);
    });
    grid.record(step); grid.queue();
    grid.say(step.length ? '已按月均填入 ' + step.length + ' 行' : '没有可填的行：请先选好基本支出指标，金额留空', !step.length);
  });

  /* ---- the row that has the focus, beside the grid ---- */
  const facts = one('[data-row-facts]'), fragment = one('[data-papers-of]');
  let row = null;
  function show() {
    const o = row && row.isConnected ? byKey.get(grid.keyOf(row)) : null;
    facts.hidden = !o;
    if (!o) return;
    const words = Object.assign({}, o, o.cells, { available: money.text(money.fen(o.balance)) });
    facts.querySelectorAll('[data-fact]').forEach(x => { x.textContent = words[x.dataset.fact]; });
    facts.querySelector('[data-row-no]').textContent = row.sectionRowIndex + 1;
    const amount = tr => money.fen(grid.control(grid.cell(tr, 'applied')).value) || 0;
    const used = [...grid.rows].reduce((s, tr) => s + (grid.keyOf(tr) === o.k ? amount(tr) : 0), 0), left = money.fen(o.balance) - used;
    facts.querySelector('[data-row-used]').textContent = money.text(used);
    const rest = facts.querySelector('[data-row-left]'), cap = facts.querySelector('[data-row-cap]'), most = left + amount(row);
    rest.textContent = money.text(left); rest.className = left < 0 ? 'red b' : '';
    cap.hidden = left >= 0 || most <= 0 || grid.control(grid.cell(row, 'applied')).readOnly;
    cap.textContent = '按余额 ' + money.text(Math.max(0, most)) + ' 申报'; cap.dataset.amount = money.text(Math.max(0, most));
  }
  facts.querySelector('[data-row-cap]').addEventListener('click', e => {
    const step = [];
    grid.put(grid.control(grid.cell(row, 'applied')), e.target.dataset.amount, step);
    grid.record(step); grid.queue();
  });
  grid.queue(); // the grid's first figures were told before anybody here listened
  const tellLine = () => { if (fragment) fragment.dispatchEvent(new CustomEvent('plan:line', { bubbles: true, detail: { line: lineOf(row).value, no: row.sectionRowIndex + 1 } })); };
  table.addEventListener('fg:row', e => { row = e.detail.row; show(); tellLine(); });
  table.addEventListener('fg:total', e => {
    show();
    document.querySelectorAll('[data-fg-do=next-problem]').forEach(b => { b.hidden = !e.detail.problems; });
  });

  /* ---- ids of rows that the server has stored by now ---- */
  form.addEventListener('autosave:saved', e => {
    const ids = e.detail.ids || {};
    let fresh = false;
    [...grid.rows].forEach(tr => {
      const i = lineOf(tr), id = ids[i.value];
      if (id === undefined || String(id) === i.value) return;
      i.value = id; fresh = true;
    });
    if (!fresh) return;
    if (row && row.isConnected) tellLine();
    document.dispatchEvent(new CustomEvent('papers:changed'));
  });
  document.addEventListener('fragment:loaded', e => {
    if (e.target !== fragment) return;
    const found = {};
    e.target.querySelectorAll('[data-line-id][data-paper-count]').forEach(x => { found[x.dataset.lineId] = x.dataset; });
    [...grid.rows].forEach(tr => {
      const td = grid.cell(tr, 'papers'), said = found[lineOf(tr).value], missing = said ? +said.paperMissing || 0 : 0;
      td.textContent = missing ? '缺 ' + missing : said && +said.paperCount ? said.paperCount + ' 份' : '';
      td.classList.toggle('warnc', missing > 0);
    });
  });

  /* ---- fields of the form that stand outside it ---- */
  document.querySelectorAll('input[form=plan]').forEach(i => i.addEventListener('input', () => { if (form.autosave) form.autosave.changed(); }));

  /* ---- what was refused is not stored: it counts as a change; after a save the clerk goes on where he was ---- */
  if ('unsaved' in form.dataset && form.autosave) form.autosave.changed();
  const place = 'yk:place:' + form.getAttribute('action'), wrap = table.closest('.wrap');
  form.addEventListener('submit', () => {
    const i = grid.current, at = i && i.isConnected ? grid.place(i) : null;
    try { sessionStorage.setItem(place, JSON.stringify([at, wrap.scrollTop, wrap.scrollLeft])); } catch (e) { /* a private window may refuse */ }
  });
  try {
    const kept = JSON.parse(sessionStorage.getItem(place));
    sessionStorage.removeItem(place);
    if (kept && !one('[data-focus]')) {
      const i = kept[0] && grid.at(kept[0].r, kept[0].c);
      if (i) i.focus({ preventScroll: true });
      wrap.scrollTop = kept[1]; wrap.scrollLeft = kept[2];
    }
  } catch (e) { /* nothing kept */ }
})();
