/* 审核台: a plan is worked line by line from the keyboard; and 待办: count and sum of the ticked plans.

   <form data-desk>  rows <tr data-line="17" data-fen="on the table" data-applied="申报数 in fen" data-papers="address of its vouchers">
                     with radios verdict-17 (agree, cut, return), amount-17 and reason-17; [data-sum=amount|cut], [data-seen] follow.
                     [data-agree-all] agrees with every line that has no opinion yet; [data-say] puts its text into the comment.
   Keys outside inputs: ↑ ↓ line, A agree and on, X return, E amount, V vouchers, Esc back to the line (K, J and Ctrl+Enter: keys.js).
   <… data-papers-pane>  gets the vouchers of the chosen line, fetched with X-Fragment: 1.
   <form data-batch>  checkboxes name=task data-fen, [data-tick-all], [data-ticked] says how many and how much. */
(function () {
  'use strict';
  const money = window.yk.money;
  const lettersOff = () => { try { return localStorage.getItem('yk:keys-off') === '1'; } catch (e) { return false; } };

  class Desk {
    constructor(form) {
      this.form = form; this.rows = [...form.querySelectorAll('tr[data-line]')]; this.row = null; this.asked = 0;
      this.pane = document.querySelector('[data-papers-pane]');
      form.addEventListener('change', e => this.changed(e.target));
      form.addEventListener('input', e => { if (e.target.matches('.fin')) this.typed(e.target); });
      form.addEventListener('focusin', e => { const row = e.target.closest('tr[data-line]'); if (row) this.choose(row); });
      form.addEventListener('click', e => this.clicked(e));
      document.addEventListener('keydown', e => this.key(e));
      this.rows.forEach(row => this.show(row));
      this.sum();
      const low = form.querySelector('details.low');
      if (low && window.innerHeight < 700) low.open = false;
      if (this.rows.length) this.choose(this.rows.find(row => !this.verdict(row)) || this.rows[0]);
      if (!document.querySelector('[data-focus]')) this.focus();
    }

    radio(row, value) { return row.querySelector('input[type=radio][value=' + value + ']'); }
    verdict(row) { const r = row.querySelector('input[type=radio]:checked'); return r ? r.value : ''; }
    amount(row) { const box = row.querySelector('.fin'); return box ? money.fen(box.value) : +row.dataset.fen; }
    /* The focus of a row is its checked radio, or the first one, so that Tab goes on from there. */
    focus() { if (this.row) { const r = this.row.querySelector('input[type=radio]:checked') || this.row.querySelector('input[type=radio]'); r.focus({ preventScroll: true }); this.row.scrollIntoView({ block: 'nearest' }); } }

    choose(row) {
      if (row === this.row) return;
      if (this.row) { this.row.classList.remove('on'); this.row.removeAttribute('aria-current'); }
      this.row = row; row.classList.add('on'); row.setAttribute('aria-current', 'true');
      clearTimeout(this.timer); this.timer = setTimeout(() => this.load(row), 150); // not for every line that ↓ runs over
    }
    load(row) {
      const url = row.dataset.papers, mine = ++this.asked;
      if (!this.pane || !url) return;
      fetch(url, { headers: { 'X-Fragment': '1' }, credentials: 'same-origin', redirect: 'manual' })
        .then(r => r.ok ? r.text() : Promise.reject(r.status))
        .then(html => { if (mine === this.asked) this.fill(html); }, () => { if (mine === this.asked) this.fail(); });
    }
    fill(html) {
      this.pane.innerHTML = html;
      this.pane.dispatchEvent(new CustomEvent('fragment', { bubbles: true })); // viewer.js wakes the viewer in it
    }
    fail() { const p = document.createElement('p'); p.className = 'empty'; p.textContent = '附件没有取到，请按 ↑ ↓ 再选一次这一行，或刷新页面。'; this.pane.replaceChildren(p); }

    changed(el) {
      const row = el.closest('tr[data-line]');
      if (!row) return;
      const box = row.querySelector('.fin');
      if (el.type === 'radio' && box && el.value !== 'cut') box.value = money.text(+row.dataset.fen);
      if (el === box) { const fen = money.fen(box.value); if (fen !== null && !isNaN(fen)) box.value = money.text(fen); }
      this.show(row); this.sum();
    }
    /* Another amount is a cut; the old one again is an agreement. */
    typed(box) {
      const row = box.closest('tr[data-line]'), fen = money.fen(box.value), r = this.radio(row, fen === +row.dataset.fen ? 'agree' : 'cut');
      if (r && this.verdict(row) !== 'return') r.checked = true;
      this.show(row); this.sum();
    }
    show(row) {
      const box = row.querySelector('.fin'), v = this.verdict(row), fen = this.amount(row);
      row.classList.toggle('say', v === 'cut' || v === 'return' || !!row.querySelector('.reason input').value);
      if (!box) return;
      const bad = fen === null || isNaN(fen) || fen > +row.dataset.fen;
      box.classList.toggle('cut', bad || fen < +row.dataset.applied);
      if (bad && v !== 'return') box.setAttribute('aria-invalid', 'true'); else box.removeAttribute('aria-invalid');
    }
    sum() {
      let applied = 0, amount = 0, seen = 0;
      this.rows.forEach(row => { // what is no amount, or too high, counts as what is on the table
        const fen = this.amount(row), most = +row.dataset.fen;
        applied += +row.dataset.applied; amount += fen > 0 && fen < most ? fen : most; seen += this.verdict(row) ? 1 : 0;
      });
      const say = (what, text) => document.querySelectorAll('[data-sum=' + what + ']').forEach(el => { el.textContent = text; });
      say('amount', money.text(amount)); say('cut', money.text(applied - amount));
      const out = this.form.querySelector('[data-seen]');
      if (out) out.textContent = '已审 ' + seen + ' / ' + this.rows.length + ' 行';
    }

    clicked(e) {
      const say = e.target.closest('[data-say]'), show = e.target.closest('[data-show]'), row = e.target.closest('tr[data-line]');
      if (say) { const box = this.form.elements.comment; box.value = box.value && !box.value.endsWith('。') ? box.value + '；' + say.dataset.say : box.value + say.dataset.say; box.focus(); }
      else if (e.target.closest('[data-agree-all]')) this.agreeAll();
      else if (show) { e.preventDefault(); this.choose(row); clearTimeout(this.timer); this.load(row); }
      else if (row) this.choose(row);
    }
    agreeAll() {
      this.rows.forEach(row => { if (!this.verdict(row)) { this.radio(row, 'agree').checked = true; this.show(row); } });
      this.sum();
    }
    set(value) { const r = this.radio(this.row, value); if (r) { r.checked = true; this.changed(r); } return r; }
    move(by) { const to = this.rows[this.rows.indexOf(this.row) + by]; if (to) { this.choose(to); this.focus(); } }

    key(e) {
      if (e.defaultPrevented || e.isComposing || e.keyCode === 229 || e.ctrlKey || e.metaKey || e.altKey || !this.row) return;
      if (document.querySelector('dialog[open]')) return;
      const el = e.target, inText = el.matches('textarea, select, input:not([type=radio]):not([type=checkbox])'), inView = el.closest('.stage');
      const act = inText ? this.whileTyping(el, e.key) : inView && e.key !== 'Escape' ? null : this.command(e.key);
      if (act) { e.preventDefault(); act(); }
    }
    /* In an amount ↑ ↓ go to that of the next line and Enter returns to the line; nowhere does Enter send the form. */
    whileTyping(el, key) {
      if (!el.closest('tr[data-line]')) return key === 'Escape' && this.form.contains(el) ? () => this.focus() : null;
      const step = { ArrowDown: 1, ArrowUp: -1 }[key];
      if (step && el.matches('.fin')) return () => { this.move(step); const box = this.row.querySelector('.fin'); box.focus(); box.select(); };
      if (key === 'Escape') return () => this.focus();
      if (key !== 'Enter') return null;
      return () => { const reason = this.row.querySelector('.reason input'); if (el.matches('.fin') && this.row.classList.contains('say')) reason.focus(); else this.focus(); };
    }
    command(key) {
      const moves = { ArrowDown: 1, ArrowUp: -1 };
      if (moves[key]) return () => this.move(moves[key]);
      if (key === 'Escape') return () => this.focus();
      if (lettersOff()) return null;
      return {
        a: () => { this.set('agree'); this.move(1); },
        x: () => { this.set('return'); this.row.querySelector('.reason input').focus(); },
        e: () => { const box = this.row.querySelector('.fin'); if (box) { box.focus(); box.select(); } },
        v: () => { const stage = this.pane && this.pane.querySelector('.stage'); if (stage) stage.focus(); }
      }[key.toLowerCase()] || null;
    }
  }

  class Batch {
    constructor(form) {
      this.form = form; this.boxes = [...form.querySelectorAll('input[name=task]')]; this.all = form.querySelector('[data-tick-all]');
      form.addEventListener('change', e => { if (e.target === this.all) this.boxes.forEach(b => { b.checked = this.all.checked; }); this.say(); });
      this.say();
    }
    say() {
      const on = this.boxes.filter(b => b.checked), out = this.form.querySelector('[data-ticked]'), button = this.form.querySelector('[type=submit]');
      if (out && on.length) out.textContent = '已选 ' + on.length + ' 份，合计 ' + money.text(on.reduce((sum, b) => sum + +b.dataset.fen, 0)) + ' 元';
      else if (out) out.textContent = '勾选后批量同意';
      if (this.all) { this.all.checked = on.length > 0 && on.length === this.boxes.length; this.all.indeterminate = on.length > 0 && on.length < this.boxes.length; }
      if (button && out) button.disabled = !on.length;
    }
  }

  document.querySelectorAll('form[data-desk]').forEach(f => { f.desk = new Desk(f); });
  document.querySelectorAll('form[data-batch]').forEach(f => { f.batch = new Batch(f); });
})();
