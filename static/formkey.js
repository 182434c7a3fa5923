/* Form keys: every <form method="post"> carries <input type="hidden" name="form_key">, and the server serves each key once.
   A double click sends the same key twice and has one effect. A change in the form is a new intention and gets a new key,
   so that going back, changing something and sending again is no repetition. Scripts that send for a form take a key of
   their own for each sending: body.set('form_key', formKey.fresh()). */
(function () {
  'use strict';
  const fresh = () => [...crypto.getRandomValues(new Uint8Array(16))].map(b => b.toString(16).padStart(2, '0')).join('');
  const changed = e => {
    const form = e.target.form || (e.target.closest && e.target.closest('form'));
    const key = form && form.elements.form_key;
    if (key) key.value = fresh();
  };
  ['input', 'change', 'fg:change'].forEach(name => document.addEventListener(name, changed, true));
  window.formKey = { fresh: fresh };
})();
