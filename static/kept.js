/* What was typed at a desk stays while another of its pages is open: <a data-keep-typed> or <form data-keep-typed>, and
   the page that asks for the password again, from which somebody may go back.

   Opinions, amounts, reasons and the comment of <form data-desk> are kept in this tab until the same desk, with the same
   content of the plan, is opened again; then they stand in their boxes as they stood, and the copy is gone. */
(function () {
  'use strict';
  const desk = document.querySelector('form[data-desk]');
  if (!desk) return;
  const digest = desk.querySelector('[name=digest]').value, person = document.body.dataset.person || '';
  const place = 'yk:typed:' + person + ':' + desk.getAttribute('action') + ':' + digest;
  const own = /^(verdict|amount|reason|code)-|^comment$/;
  const boxes = () => [...desk.elements].filter(el => own.test(el.name));
  const ticks = el => el.type === 'radio' || el.type === 'checkbox';
  function keep() {
    const typed = boxes().filter(el => !ticks(el) || el.checked).map(el => [el.name, el.value]);
    try { sessionStorage.setItem(place, JSON.stringify(typed)); } catch (e) { /* a private window may refuse */ }
  }
  function put(name, value) {
    boxes().filter(el => el.name === name).forEach(el => {
      if (ticks(el)) { if (el.value === value && !el.checked) { el.checked = true; el.dispatchEvent(new Event('change', { bubbles: true })); } }
      else if (el.value !== value) { el.value = value; el.dispatchEvent(new Event('input', { bubbles: true })); el.dispatchEvent(new Event('change', { bubbles: true })); }
    });
  }
  document.addEventListener('click', e => { if (e.target.closest('a[data-keep-typed]')) keep(); });
  document.addEventListener('submit', e => { if (e.target === desk || e.target.closest('form[data-keep-typed]')) keep(); });
  window.addEventListener('load', () => {
    let kept = null;
    try { kept = JSON.parse(sessionStorage.getItem(place)); sessionStorage.removeItem(place); } catch (e) { /* nothing kept */ }
    const refused = document.querySelector('.errs'); // a page that came back has what was sent in its boxes already
    if (kept && !refused) kept.forEach(([name, value]) => put(name, value));
  });
})();
