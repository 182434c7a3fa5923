/* The sides of a reduction or an adjustment: the total taken, how far both sides are apart, and, on the page of
   approved lines, finding a row and taking all of it. Needs money.js and formgrid.js before it. All of it is comfort. */
(function () {
  'use strict';
  const table = document.getElementById('lines'), money = window.yk.money;
  if (!table || !table.fg) return;
  const grid = table.fg, one = s => document.querySelector(s);

  /* ---- totals; data-apart holds the other side's sum in fen ---- */
  const apart = one('[data-apart]'), taking = !!one('[data-minus-total]');
  table.addEventListener('fg:total', e => {
    const total = e.detail.total;
    document.querySelectorAll('[data-minus-total]').forEach(o => { o.textContent = money.text(-total); });
    if (!apart) return;
    const more = taking ? Number(apart.dataset.apart) - total : total - Number(apart.dataset.apart);
    const note = document.createElement('small');
    note.textContent = more === 0 ? '两边相等' : more > 0 ? '调增多，请补调减' : '调减多，请补调增';
    apart.textContent = money.text(Math.abs(more));
    apart.appendChild(note);
    apart.className = more ? 'red' : '';
  });
  grid.queue();

  /* ---- finding rows ---- */
  const box = one('[data-minus-find]');
  if (!box) return;
  const month = box.querySelector('[data-find-month]'), words = box.querySelector('[data-find-words]'), typed = box.querySelector('[data-find-typed]');
  const amount = tr => grid.control(grid.cell(tr, 'amount'));
  function find() {
    const wanted = words.value.trim().toLowerCase();
    let shown = 0;
    [...grid.rows].forEach(tr => {
      const fits = (!month.value || tr.dataset.month === month.value) && (!typed.checked || amount(tr).value.trim()) && (!wanted || tr.textContent.toLowerCase().includes(wanted));
      tr.hidden = !fits;
      if (fits) shown++;
    });
    box.querySelector('[data-find-count]').textContent = '显示 ' + shown + ' / ' + grid.rows.length + ' 行';
  }
  [month, words, typed].forEach(control => control.addEventListener('input', find));
  words.addEventListener('keydown', e => { if (e.key === 'Enter') e.preventDefault(); });
  find();

  /* ---- nothing typed is lost by a click on the other tab ---- */
  let dirty = document.querySelector('.errs') !== null;
  table.addEventListener('fg:change', () => { dirty = true; });
  document.getElementById('plan').addEventListener('submit', () => { dirty = false; });
  window.addEventListener('beforeunload', e => { if (dirty) e.preventDefault(); });

  /* ---- Alt+A: all that is left of this row ---- */
  table.addEventListener('keydown', e => {
    const tr = e.target.closest('tbody tr');
    if (!e.altKey || e.code !== 'KeyA' || !tr) return;
    e.preventDefault();
    const step = [];
    grid.put(amount(tr), tr.dataset.balance, step);
    grid.record(step); grid.queue();
  }, true);
})();
