/* Shortcuts: data-key="j" on a link or button clicks it, on an input puts the focus there. "ctrl+s", "ctrl+enter" and
   "alt+n" are written so; "?" needs no shift. data-key-label (or the text) names it in the list that ? opens.
   Single letters are off inside inputs and can be switched off altogether; Ctrl+S and Ctrl+Enter always work.
   Extra lines for the list, such as the grid's keys: <template data-keys><dt>…</dt><dd>…</dd></template>. */
(function () {
  'use strict';
  const OFF = 'yk:keys-off', ALWAYS = ['ctrl+s', 'ctrl+enter'];
  const off = () => { try { return localStorage.getItem(OFF) === '1'; } catch (e) { return false; } };
  const typing = el => el.matches && (el.matches('textarea, select, [contenteditable]') || el.matches('input') && !/^(checkbox|radio|button|submit|file)$/.test(el.type));
  const name = e => (e.ctrlKey || e.metaKey ? 'ctrl+' : '') + (e.altKey ? 'alt+' : '') + e.key.toLowerCase();
  const shown = el => el.getClientRects().length > 0 && !el.disabled;

  document.addEventListener('keydown', e => {
    if (e.defaultPrevented || e.isComposing || e.keyCode === 229 || !e.key) return;
    const key = name(e), always = ALWAYS.indexOf(key) >= 0;
    if (!always && (typing(e.target) || off() && key.length === 1)) return;
    const dialog = document.querySelector('dialog[open]'), scope = dialog || document;
    const hits = [...scope.querySelectorAll('[data-key]')].filter(el => el.dataset.key.split(' ').indexOf(key) >= 0 && shown(el));
    const hit = hits.find(el => el.closest('main')) || hits[0]; // the page's own key comes before that of the frame
    if (!hit) { if (key === 'ctrl+s') e.preventDefault(); return; }
    e.preventDefault();
    if (typing(hit)) { hit.focus(); if (hit.select) hit.select(); } else hit.click();
  });

  const WORDS = { enter: 'Enter', arrowdown: '↓', arrowup: '↑', arrowleft: '←', arrowright: '→', escape: 'Esc' };
  const caps = part => WORDS[part] || part.charAt(0).toUpperCase() + part.slice(1);
  function list() {
    const dl = document.querySelector('[data-keylist]');
    if (!dl) return;
    dl.textContent = '';
    const taken = [...document.querySelectorAll('main [data-key]')].filter(shown).map(el => el.dataset.key);
    document.querySelectorAll('[data-key]').forEach(el => {
      if (el.closest('dialog') || !shown(el) || !el.closest('main') && taken.indexOf(el.dataset.key) >= 0) return;
      const dt = document.createElement('dt'), dd = document.createElement('dd');
      el.dataset.key.split(' ').forEach(k => k.split('+').filter(Boolean).concat(k === '+' ? ['+'] : []).forEach(part => { const kbd = document.createElement('kbd'); kbd.textContent = caps(part); dt.append(kbd, ' '); }));
      dd.textContent = el.dataset.keyLabel || el.getAttribute('aria-label') || el.textContent.trim();
      dl.append(dt, dd);
    });
    document.querySelectorAll('template[data-keys]').forEach(t => dl.append(t.content.cloneNode(true)));
  }
  const help = document.getElementById('keys-help'), box = document.querySelector('[data-keys-off]');
  if (help) document.addEventListener('click', e => { if (e.target.closest('[data-dialog="keys-help"]')) list(); }, true);
  if (box) {
    box.checked = off();
    box.addEventListener('change', () => { try { localStorage.setItem(OFF, box.checked ? '1' : '0'); } catch (e) { /* private window */ } });
  }
})();
