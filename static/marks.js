/* The cells that a returned line was sent back for.

   The fragment [data-sent-back] names lines and columns: <li id data-line="17" data-col="papers"><span data-words>…
   The cell is marked, tells the words as its title and by aria-describedby, and the link in the list leads into it.
   The row's number is marked where the whole line is meant. The links of [data-hints] mark the heading of their column. */
(function () {
  'use strict';
  const table = document.querySelector('#lines');
  if (!table) return;

  function cellOf(item) {
    const input = [...table.querySelectorAll('input[name=line_id]')].find(i => i.value === item.dataset.line);
    const row = input && input.closest('tr');
    return row && (row.querySelector('[data-col="' + item.dataset.col + '"]') || row.querySelector('[data-no]'));
  }
  function mark(item) {
    const cell = cellOf(item);
    if (!cell) return;
    const words = item.querySelector('[data-words]').textContent, control = cell.querySelector('input:not([type=hidden])');
    cell.classList.add('asked');
    cell.title = '退回原因：' + (cell.dataset.asked ? cell.dataset.asked + '；' : '') + words;
    cell.dataset.asked = (cell.dataset.asked ? cell.dataset.asked + '；' : '') + words;
    if (control) control.setAttribute('aria-describedby', ((control.getAttribute('aria-describedby') || '') + ' ' + item.id).trim());
    item.querySelector('a').addEventListener('click', e => {
      e.preventDefault();
      cell.scrollIntoView({ block: 'nearest', inline: 'center' });
      if (control) control.focus();
    });
  }
  /* A hint leads to its column: the heading is shown and marked; the page itself does not move. */
  function point(link) {
    link.addEventListener('click', e => {
      const head = document.getElementById(link.hash.slice(1));
      if (!head) return;
      e.preventDefault();
      table.querySelectorAll('th.asked').forEach(th => th.classList.remove('asked'));
      head.classList.add('asked');
      head.scrollIntoView({ block: 'nearest', inline: 'center' });
    });
  }
  /* Who comes by a link of another page finds the row or column, and the page as high as it was. */
  function arrive() {
    const at = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (!at || !table.contains(at)) return;
    for (let box = table.closest('.wrap').parentElement; box; box = box.parentElement) box.scrollTop = 0;
    at.scrollIntoView({ block: 'nearest', inline: at.matches('th') ? 'center' : 'nearest' });
    const asked = at.querySelector('.asked input:not([type=hidden])');
    if (asked) asked.focus();
  }
  let arrived = false;
  document.addEventListener('fragment:loaded', e => {
    e.target.querySelectorAll('[data-hints] a[href*="#col-"]').forEach(point);
    const box = e.target.querySelector('[data-sent-back]');
    if (!arrived && e.target.querySelector('[data-sent-back],[data-hints]')) { arrived = true; setTimeout(arrive); }
    if (!box) return;
    table.querySelectorAll('tbody .asked').forEach(cell => { cell.classList.remove('asked'); delete cell.dataset.asked; });
    box.querySelectorAll('[data-line]').forEach(mark);
  });
})();
