/* The editor of chains, comfort only: fields that another choice makes useless are hidden (data-when="mode=some"), and a
   page with unsaved changes says so and asks before it is left. The form works without. */
(function () {
  'use strict';
  const form = document.querySelector('form[data-chain]');
  if (!form) return;
  const told = document.querySelector('[data-unsaved]');
  let changed = 'changed' in form.dataset, sending = false;
  const show = () => {
    form.querySelectorAll('[data-when]').forEach(box => {
      const [name, wanted] = box.dataset.when.split('='), step = box.closest('li');
      const choice = step.querySelector('[name$="-' + name + '"]');
      box.hidden = choice.value !== wanted && !box.querySelector('[aria-invalid=true]');
    });
    if (told) told.hidden = !changed;
  };
  form.addEventListener('input', () => { changed = true; show(); });
  form.addEventListener('change', () => { changed = true; show(); });
  document.addEventListener('submit', () => { sending = true; });
  window.addEventListener('pageshow', () => { sending = false; });
  window.addEventListener('beforeunload', e => { if (changed && !sending) { e.preventDefault(); e.returnValue = ''; } });
  show();
})();
