/* 审核台: a plan is worked line by line from the keyboard; and 待办: count and sum of the ticked plans.

   <form data-desk>  rows <tr data-line="17" data-fen="on the table" data-applied="申报数 in fen" data-papers="address of its vouchers"
                     data-history="address of its allotment's history"> with radios verdict-17 (agree, cut, return, aside) and amount-17,
                     each with a <tr class="more"> behind it for code-17 and reason-17; [data-sum=amount|cut], [data-seen] follow. [data-agree-all] agrees with every line shown
                     that has no opinion yet; [data-seek] and [data-only-mine] narrow what is shown.
   <… data-usual>    [data-say] puts its text into the comment, [data-reason][data-code] into the chosen line; which of the two groups
                     ([data-usual-for=plan|line]) is shown depends on the chosen line. [data-number="3"] is said by the key 3.
   <… data-panels>   buttons [aria-controls] open one [data-panel] at a time; [data-line-history] gets the chosen line's history.
   Keys outside inputs: J K ↓ ↑ line, A agree and on, C (E) cut, R (X) return, M set aside, 1–9 usual opinions, V vouchers, N next
   voucher, Esc back to the line. In an empty reason 1–9 put the usual reasons. ([ ] / H O W and Ctrl+Enter: keys.js).
   <… data-papers-pane>  gets the vouchers of the chosen line, fetched with X-Fragment: 1.
   <form data-batch>  checkboxes name=task data-fen, [data-tick-all], [data-ticked] says how many and how much. */
(function () {
  'use strict';
  const money = window.yk.money, SAYING = ['cut', 'return', 'aside'], PANEL = 'yk:desk-panel';
  const lettersOff = () => { try { return localStorage.getItem('yk:keys-off') === '1'; } catch (e) { return false; } };
  const get = url => fetch(url, { headers: { 'X-Fragment': '1' }, credentials: 'same-origin', redirect: 'manual' })
    .then(r => r.ok ? r.text() : Promise.reject(r.status));

  /* The line that an element belongs to: its row, or the row before that with more about it. */
  const rowOf = el => { const tr = el.closest('tr'); return !tr ? null : tr.classList.contains('more') ? rowOf(tr.previousElementSibling) : 'line' in tr.dataset ? tr : null; };
  const moreOf = row => { const next = row.nextElementSibling; return next && next.classList.contains('more') ? next : null; };

  /* One thing to look up at a time; which one is remembered for the next plan. */
  class Panels {
    constructor(root, turned) {
      this.buttons = [...root.querySelectorAll('[aria-controls]')]; this.turned = turned;
      root.addEventListener('click', e => { const b = e.target.closest('[aria-controls]'); if (b) this.open(b.getAttribute('aria-expanded') === 'true' ? '' : b.getAttribute('aria-controls'), true); });
      let wanted = 'panel-story';
      try { wanted = sessionStorage.getItem(PANEL) === null ? wanted : sessionStorage.getItem(PANEL); } catch (e) { /* private window */ }
      this.open(window.innerHeight < 700 ? '' : wanted);
    }
    open(id, keep) {
      this.buttons.forEach(b => { const on = b.getAttribute('aria-controls') === id; b.setAttribute('aria-expanded', on); document.getElementById(b.getAttribute('aria-controls')).hidden = !on; });
      if (keep) { try { sessionStorage.setItem(PANEL, id); } catch (e) { /* private window */ } this.turned(); }
    }
  }

  class Desk {
    constructor(form) {
      this.form = form; this.rows = [...form.querySelectorAll('tr[data-line]')]; this.row = null; this.asked = 0; this.paper = 0;
      this.pane = document.querySelector('[data-papers-pane]'); this.history = document.querySelector('[data-line-history]');
      this.usual = form.querySelector('[data-usual]'); this.seek = form.querySelector('[data-seek]');
      this.words = new Map([...form.querySelectorAll('[data-reason]')].map(b => [b.dataset.code, b.dataset.reason]));
      form.addEventListener('change', e => this.changed(e.target));
      form.addEventListener('input', e => { if (e.target.matches('.fin')) this.typed(e.target); else if (e.target === this.seek) this.sift(); else if (e.target.matches('.code')) this.coded(e.target); });
      form.addEventListener('focusin', e => { const row = rowOf(e.target); if (row) this.choose(row); });
      form.addEventListener('click', e => this.clicked(e));
      document.addEventListener('keydown', e => this.key(e));
      this.rows.forEach(row => this.show(row));
      this.sum();
      const panels = document.querySelector('[data-panels]');
      if (panels) this.panels = new Panels(panels, () => this.look_up());
      if (this.rows.length) this.choose(this.rows.find(row => !this.verdict(row)) || this.rows[0]);
      this.offer();
      if (!document.querySelector('[data-focus]')) this.focus();
    }

    radio(row, value) { return row.querySelector('input[type=radio][value=' + value + ']'); }
    verdict(row) { const r = row.querySelector('input[type=radio]:checked'); return r ? r.value : ''; }
    saying(row) { return SAYING.indexOf(this.verdict(row)) >= 0; }
    reason(row) { return moreOf(row).querySelector('.why'); }
    code(row) { return moreOf(row).querySelector('.code'); }
    amount(row) { const box = row.querySelector('.fin'); return box ? money.fen(box.value) : +row.dataset.fen; }
    /* The focus of a row is its checked radio, or the first one, so that Tab goes on from there. */
    focus() { if (this.row) { const r = this.row.querySelector('input[type=radio]:checked') || this.row.querySelector('input[type=radio]'); r.focus({ preventScroll: true }); this.row.scrollIntoView({ block: 'nearest' }); } }

    choose(row) {
      if (row === this.row) return;
      if (this.row) { this.row.classList.remove('on'); moreOf(this.row).classList.remove('lit'); this.row.removeAttribute('aria-current'); }
      this.row = row; row.classList.add('on'); moreOf(row).classList.add('lit'); row.setAttribute('aria-current', 'true');
      clearTimeout(this.timer); this.timer = setTimeout(() => this.load(row), 150); // not for every line that ↓ runs over
      this.offer();
    }
    load(row) {
      const mine = ++this.asked;
      this.look_up();
      if (!this.pane || !row.dataset.papers) return;
      get(row.dataset.papers).then(html => { if (mine === this.asked) this.fill(html); }, () => { if (mine === this.asked) this.fail(this.pane, '附件没有取到，请按 ↑ ↓ 再选一次这一行，或刷新页面。'); });
    }
    /* Who already looks at the vouchers (V was faster than the answer) goes on looking, at the new ones. */
    fill(html) {
      const looking = this.pane.contains(document.activeElement);
      this.pane.innerHTML = html; this.paper = 0;
      this.pane.dispatchEvent(new CustomEvent('fragment', { bubbles: true })); // viewer.js wakes the viewer in it
      if (looking) this.look();
    }
    look() { const stage = this.pane && this.pane.querySelector('.stage'); if (stage) stage.focus(); }
    fail(box, text) { const p = document.createElement('p'); p.className = 'empty'; p.textContent = text; box.replaceChildren(p); }
    /* The history of the chosen line's allotment, as long as somebody looks at it. */
    look_up() {
      const row = this.row, box = this.history;
      if (!row || !box || box.hidden || box.dataset.line === row.dataset.line) return;
      box.dataset.line = row.dataset.line;
      get(row.dataset.history).then(html => { if (box.dataset.line === row.dataset.line) { box.innerHTML = html; box.scrollTop = 0; } }, () => { box.dataset.line = ''; this.fail(box, '没有取到，请再按一次 H。'); });
    }
    next_paper() {
      const tabs = this.pane ? [...this.pane.querySelectorAll('[data-viewer-tab]')] : [], view = this.pane && this.pane.querySelector('[data-viewer]');
      if (!tabs.length || !view.viewer) return;
      this.paper = (this.paper + 1) % tabs.length;
      view.viewer.goto(tabs[this.paper].dataset.viewerTab);
    }

    changed(el) {
      if (el.matches('[data-only-mine]')) this.sift();
      const row = rowOf(el);
      if (!row) return;
      const box = row.querySelector('.fin');
      if (el.type === 'radio' && box && el.value !== 'cut') box.value = money.text(+row.dataset.fen);
      if (el === box) { const fen = money.fen(box.value); if (fen !== null && !isNaN(fen)) box.value = money.text(fen); }
      if (el === this.reason(row)) this.words.forEach((words, code) => { if (words === el.value.trim()) this.code(row).value = code; });
      this.show(row); this.sum(); this.offer();
    }
    /* Another amount is a cut; the old one again is an agreement. */
    typed(box) {
      const row = rowOf(box), fen = money.fen(box.value), r = this.radio(row, fen === +row.dataset.fen ? 'agree' : 'cut');
      if (r && ['return', 'aside'].indexOf(this.verdict(row)) < 0) r.checked = true;
      this.show(row); this.sum(); this.offer();
    }
    /* A code brings its words, unless others were written. */
    coded(box) {
      const reason = this.reason(rowOf(box)), words = this.words.get(box.value.trim().toUpperCase());
      if (words && (!reason.value.trim() || [...this.words.values()].indexOf(reason.value.trim()) >= 0)) reason.value = words;
    }
    show(row) {
      const box = row.querySelector('.fin'), v = this.verdict(row), fen = this.amount(row), moving = moreOf(row).querySelector('.moving');
      moreOf(row).classList.toggle('say', this.saying(row) || !!this.reason(row).value);
      row.classList.toggle('say-next', moreOf(row).matches('.say, .told'));
      if (moving) moving.hidden = v !== 'aside';
      if (!box) return;
      const bad = fen === null || isNaN(fen) || fen > +row.dataset.fen;
      box.classList.toggle('cut', bad || fen < +row.dataset.applied);
      if (bad && v !== 'return' && v !== 'aside') box.setAttribute('aria-invalid', 'true'); else box.removeAttribute('aria-invalid');
    }
    sum() {
      let applied = 0, amount = 0, seen = 0;
      this.rows.forEach(row => { // what is no amount, or too high, counts as what is on the table
        const fen = this.amount(row), most = +row.dataset.fen;
        applied += +row.dataset.applied; amount += fen > 0 && fen < most ? fen : most; seen += this.verdict(row) ? 1 : 0;
      });
      const say = (what, text) => document.querySelectorAll('[data-sum=' + what + ']').forEach(el => { el.textContent = text; });
      if (!this.rows.length) return; // nothing to decide: the sums are those of the plan
      say('amount', money.text(amount)); say('cut', money.text(applied - amount));
      const out = this.form.querySelector('[data-seen]');
      if (out) out.textContent = '已审 ' + seen + ' / ' + this.rows.length + ' 行';
    }
    /* Reasons where the chosen line wants one, else opinions on the plan. */
    offer() {
      if (!this.usual) return;
      const line = !!this.row && this.saying(this.row);
      this.usual.querySelectorAll('[data-usual-for]').forEach(el => { el.hidden = (el.dataset.usualFor === 'line') !== line; });
      this.usual.querySelector('[data-usual-title]').textContent = line ? '第 ' + this.row.cells[0].textContent.trim() + ' 行原因' : '常用意见';
    }
    sift() {
      const only = this.form.querySelector('[data-only-mine]'), words = this.seek.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      this.form.querySelectorAll('tbody tr:not(.more)').forEach(row => {
        const more = moreOf(row), text = (row.textContent + (more ? more.textContent : '')).toLowerCase();
        row.hidden = !words.every(word => text.indexOf(word) >= 0) || !!only && only.checked && row.classList.contains('other');
        if (more) more.hidden = row.hidden;
        shown += row.hidden ? 0 : 1;
      });
      this.form.querySelector('[data-found]').textContent = words.length ? '找到 ' + shown + ' 行' : '';
      const all = this.form.querySelector('[data-agree-all]');
      if (all) all.textContent = words.length ? '同意找到的行' : '全部同意';
    }

    clicked(e) {
      const say = e.target.closest('[data-say]'), reason = e.target.closest('[data-reason]'), show = e.target.closest('[data-show]'), row = rowOf(e.target);
      if (say) this.say(say, true);
      else if (reason) this.give(reason);
      else if (e.target.closest('[data-agree-all]')) this.agreeAll();
      else if (show) { e.preventDefault(); this.choose(row); clearTimeout(this.timer); this.load(row); }
      else if (row && this.panels && e.target.closest('[data-balance]') && !e.ctrlKey && !e.metaKey) { e.preventDefault(); this.choose(row); this.panels.open('panel-line', true); }
      else if (row) this.choose(row);
    }
    say(button, focus) {
      const box = this.form.elements.comment, text = button.dataset.say;
      box.value = box.value && !box.value.endsWith('。') ? box.value + '；' + text : box.value + text;
      if (focus) box.focus();
    }
    give(button) {
      if (!this.row) return;
      const reason = this.reason(this.row);
      reason.value = button.dataset.reason; this.code(this.row).value = button.dataset.code;
      this.show(this.row); reason.focus(); reason.select();
    }
    agreeAll() {
      this.rows.forEach(row => { if (!row.hidden && !this.verdict(row)) { this.radio(row, 'agree').checked = true; this.show(row); } });
      this.sum(); this.offer();
    }
    set(value) { const r = this.radio(this.row, value); if (r) { r.checked = true; this.changed(r); } return r; }
    move(by) {
      const shown = this.rows.filter(row => !row.hidden), at = shown.indexOf(this.row), to = at < 0 ? shown[0] : shown[at + by];
      if (to) { this.choose(to); this.focus(); }
    }

    key(e) {
      if (e.defaultPrevented || e.isComposing || e.keyCode === 229 || e.ctrlKey || e.metaKey || e.altKey) return;
      if (document.querySelector('dialog[open]')) return;
      const el = e.target, inText = el.matches('textarea, select, input:not([type=radio]):not([type=checkbox])'), inView = el.closest('.stage');
      const act = inText ? this.whileTyping(el, e.key) : inView && e.key !== 'Escape' && e.key !== 'n' ? null : this.command(e.key);
      if (act) { e.preventDefault(); act(); }
    }
    /* In an amount ↑ ↓ go to that of the next line and Enter returns to the line; nowhere does Enter send the form. */
    whileTyping(el, key) {
      if (el === this.seek) return this.whileSeeking(key);
      if (!rowOf(el)) return key === 'Escape' && this.form.contains(el) ? () => this.focus() : null;
      const step = { ArrowDown: 1, ArrowUp: -1 }[key], usual = el === this.reason(this.row) && !el.value && this.numbered(key);
      if (step && el.matches('.fin')) return () => { this.move(step); const box = this.row.querySelector('.fin'); box.focus(); box.select(); };
      if (usual) return () => this.give(usual);
      if (key === 'Escape') return () => this.focus();
      if (key !== 'Enter') return null;
      return () => { if (el.matches('.code') || el.matches('.fin') && moreOf(this.row).classList.contains('say')) this.reason(this.row).focus(); else this.focus(); };
    }
    whileSeeking(key) {
      if (key === 'Escape') return () => { this.seek.value = ''; this.sift(); this.focus(); };
      if (key !== 'Enter' && key !== 'ArrowDown') return null;
      return () => { const to = this.rows.find(row => !row.hidden); if (to) { this.choose(to); this.focus(); } };
    }
    /* The button that a number key stands for: a reason of the chosen line, or an opinion on the plan. */
    numbered(key) { return /^[1-9]$/.test(key) && this.usual ? [...this.usual.querySelectorAll('[data-number="' + key + '"]')].find(b => !b.parentElement.hidden) : null; }
    command(key) {
      const moves = { ArrowDown: 1, ArrowUp: -1 }, number = this.numbered(key);
      if (moves[key] && this.row) return () => this.move(moves[key]);
      if (key === 'Escape') return () => this.focus();
      if (number) return () => { if (number.dataset.say) this.say(number); else this.give(number); };
      if (lettersOff() || !this.row) return null;
      const letter = key.toLowerCase(), say = value => () => { if (this.set(value)) this.reason(this.row).focus(); };
      const cut = () => { const box = this.row.querySelector('.fin'); if (box) { box.focus(); box.select(); } };
      return {
        j: () => this.move(1), k: () => this.move(-1), a: () => { this.set('agree'); this.move(1); },
        c: cut, e: cut, r: say('return'), x: say('return'), m: say('aside'), v: () => this.look(), n: () => this.next_paper()
      }[letter] || null;
    }
  }

  class Batch {
    constructor(form) {
      this.form = form; this.boxes = [...form.querySelectorAll('input[name=task]')]; this.all = form.querySelector('[data-tick-all]');
      form.addEventListener('change', e => { if (e.target === this.all) this.boxes.forEach(b => { b.checked = this.all.checked; }); this.say(); });
      this.say();
    }
    say() {
      const on = this.boxes.filter(b => b.checked), out = this.form.querySelector('[data-ticked]'), buttons = [...this.form.elements].filter(b => b.type === 'submit' && !b.formNoValidate);
      if (out && on.length) out.textContent = '已选 ' + on.length + ' 份，合计 ' + money.text(on.reduce((sum, b) => sum + +b.dataset.fen, 0)) + ' 元';
      else if (out) out.textContent = '先勾选计划，再批量办理';
      if (this.all) { this.all.checked = on.length > 0 && on.length === this.boxes.length; this.all.indeterminate = on.length > 0 && on.length < this.boxes.length; }
      if (out) buttons.forEach(b => { b.disabled = !on.length; });
    }
  }

  document.querySelectorAll('form[data-desk]').forEach(f => { f.desk = new Desk(f); });
  document.querySelectorAll('form[data-batch]').forEach(f => { f.batch = new Batch(f); });
})();
