/* Dialogs: data-dialog="ID" on a button or link opens that <dialog>; data-close inside closes it; a click on the
   backdrop closes unless data-stay; a <dialog data-open> opens with the page (a refused form coming back).
   Without script a link with href="#ID" shows it by :target. Also: [data-focus] takes the focus when the page opens,
   as an error summary does, and <form data-once> cannot be sent twice. */
(function () {
  'use strict';
  document.documentElement.classList.add('js');
  const show = d => { if (d && !d.open) { d.showModal(); const i = d.querySelector('[autofocus], [aria-invalid=true]'); if (i) i.focus(); } };
  document.addEventListener('click', e => {
    const opener = e.target.closest('[data-dialog]'), closer = e.target.closest('[data-close]');
    if (opener) { e.preventDefault(); show(document.getElementById(opener.dataset.dialog)); }
    else if (closer) { e.preventDefault(); closer.closest('dialog').close(); }
    else if (e.target.tagName === 'DIALOG' && !('stay' in e.target.dataset)) e.target.close();
    document.querySelectorAll('details.who[open]').forEach(d => { if (!d.contains(e.target)) d.open = false; });
  });
  document.addEventListener('submit', e => {
    const f = e.target;
    if (!('once' in f.dataset) || e.defaultPrevented) return;
    if (f.dataset.sent) e.preventDefault(); else f.dataset.sent = '1';
  });
  window.addEventListener('pageshow', () => document.querySelectorAll('form[data-sent]').forEach(f => { delete f.dataset.sent; }));
  document.querySelectorAll('dialog[data-open]').forEach(show);
  const first = document.querySelector('[data-focus]');
  if (first) first.focus();
})();
