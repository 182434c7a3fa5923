/* Vouchers inside a page: the panel of a plan's papers and the viewer, however they came there.

   [data-papers-at="address"]  the panel or the viewer; while it holds a [data-papers-pending] (a page not drawn yet), its
                               address is asked again and what has changed is exchanged
   [data-papers]               the panel: forms with data-papers-form are sent by script and the list is exchanged; after
                               one with data-papers-confirm the button of the next such form has the focus;
                               [data-papers-edit] brings the forms of its paper;
                               [data-papers-kind="13"] chooses the kind and opens the file chooser; links with
                               data-papers-open show the viewer in the panel's <dialog data-papers-dialog>, links with
                               data-papers-line another line in the same fragment
   Works on what is in the page and on what the events "fragment" and "fragment:loaded" announce. After a change it
   announces "fragment:loaded" itself, so that a grid can read [data-line-id][data-paper-count] anew.
   Listens to "plan:line" {line} on a [data-fragment] element: the panel of that line is shown. Needs upload.js, viewer.js.
   Without script the panel is a page of its own, and links and forms lead there. */
(function () {
  'use strict';
  const MOST = 60;
  const parse = html => new DOMParser().parseFromString(html, 'text/html').body;
  const announce = (el, name) => el.dispatchEvent(new CustomEvent(name, { bubbles: true }));
  const get = url => fetch(url, { headers: { 'X-Fragment': '1' }, credentials: 'same-origin', redirect: 'manual' })
    .then(r => r.ok ? r.text() : Promise.reject(r.status)).then(parse);

  /* Pages not drawn yet: ask again, at first every second, later every five. */
  function watch(el) {
    clearTimeout(el.papersTimer);
    el.papersAsked = el.papersAsked || 0;
    if (!el.querySelector('[data-papers-pending]') || el.papersAsked >= MOST) return;
    el.papersTimer = setTimeout(() => {
      if (!el.isConnected) return;
      el.papersAsked += 1;
      get(el.dataset.papersAt).then(fresh => renew(el, fresh), () => {}).then(() => watch(el));
    }, el.papersAsked < 10 ? 1000 : 5000);
  }
  function renew(el, fresh) {
    const next = fresh.querySelector('[data-papers-at]');
    if (!el.isConnected || !next || next.dataset.papersAt !== el.dataset.papersAt) return;
    if (el.viewer) exchange(el, next);
    const list = el.querySelector('[data-papers-list]');
    // Somebody is choosing lines or confirming in the list: do not pull it away under the hand.
    if (list && !list.querySelector('details.edit[open], [data-papers-confirm]:focus-within')) list.replaceChildren(...next.querySelector('[data-papers-list]').childNodes);
  }
  /* The viewer stays, with its zoom and its focus; only tabs and pages are exchanged. */
  function exchange(el, next) {
    ['aria-label', 'data-papers-at'].forEach(name => el.setAttribute(name, next.getAttribute(name)));
    ['.tabs', '.stage', '[data-viewer-side]', '[data-viewer-facts]'].forEach(part => { el.querySelector(part).replaceChildren(...next.querySelector(part).childNodes); });
    el.viewer.reload();
  }

  function changed(panel, said) {
    const kind = panel.querySelector('form[data-upload] select[name=kind]');
    if (kind && said.next) kind.value = said.next;
    panel.papersAsked = 0;
    announce(panel.parentElement, 'fragment:loaded');
  }
  function send(form, panel) {
    const note = panel.querySelector('[data-papers-note]');
    const body = new FormData(form);
    body.set('form_key', formKey.fresh());
    fetch(form.action, { method: 'POST', body: body, credentials: 'same-origin', headers: { Accept: 'application/json' } })
      .then(r => r.json().then(said => ({ ok: r.ok, said: said })))
      .then(got => {
        note.textContent = got.ok ? (got.said.errors || []).join('\n') : got.said.error;
        if (got.said.version) form.elements.seen.value = got.said.version; // the differences were shown: once more confirms
        if (!got.ok) return;
        panel.querySelector('[data-papers-list]').replaceChildren(...parse(got.said.html).childNodes);
        changed(panel, got.said);
        const next = 'papersConfirm' in form.dataset && panel.querySelector('[data-papers-confirm] button');
        if (next) { next.focus(); next.closest('li').scrollIntoView({ block: 'nearest' }); } // one key for each paper
      })
      .catch(() => { note.textContent = '网络中断，修改没有保存，请重试。'; });
  }
  function open(panel, url) {
    const dialog = panel.querySelector('dialog[data-papers-dialog]'), box = dialog && dialog.querySelector('[data-papers-view]');
    if (!box) return false;
    if (!dialog.open) dialog.showModal();
    box.papersUrl = url; // the last one asked for wins, however slowly the others answer
    get(url).then(fresh => {
      const old = box.querySelector('[data-viewer]'), next = fresh.querySelector('[data-viewer]');
      if (box.papersUrl !== url) return;
      if (old) { exchange(old, next); old.papersAsked = 0; old.viewer.act('fit'); }
      else box.replaceChildren(next);
      announce(box, 'fragment');
      box.querySelector('.stage').scrollTop = 0;
      box.querySelector('.stage').focus();
    }, () => { if (box.papersUrl === url) location.assign(url); });
    return true;
  }
  function choose(panel, kind) {
    panel.querySelector('form[data-upload] select[name=kind]').value = kind;
    panel.querySelector('form[data-upload] input[type=file]').click();
  }
  /* The forms of one paper, which the list comes without. */
  function edit(link) {
    const item = link.closest('li');
    get(link.href).then(fresh => {
      const forms = fresh.querySelector('#' + item.id + ' details.edit');
      if (!link.isConnected) return;
      if (!forms) { location.assign(link.href); return; }
      link.replaceWith(forms);
      forms.querySelector('summary').focus();
    }, () => location.assign(link.href));
  }
  /* Another line in the same fragment (fragment.js): it waits while files are on their way. */
  function turn(box, url) { box.dataset.fragment = url; box.fragment.load(); }

  document.addEventListener('submit', e => {
    const panel = e.target.closest('[data-papers]');
    if (!panel || !('papersForm' in e.target.dataset) || e.defaultPrevented) return;
    e.preventDefault();
    send(e.target, panel);
  });
  document.addEventListener('keydown', e => {
    const editor = e.key === ' ' && e.target.closest('[data-papers-edit]'); // a button by its role
    if (editor) { e.preventDefault(); editor.click(); }
  });
  document.addEventListener('click', e => {
    const panel = e.target.closest('[data-papers]');
    if (!panel || e.ctrlKey || e.metaKey || e.shiftKey) return;
    const editor = e.target.closest('[data-papers-edit]');
    if (editor) { e.preventDefault(); edit(editor); return; }
    const opener = e.target.closest('[data-papers-open]'), line = e.target.closest('[data-papers-line]'), kind = e.target.closest('[data-papers-kind]');
    const box = panel.closest('[data-fragment]');
    if (opener && open(panel, opener.href)) e.preventDefault();
    if (line && box && box.fragment) { e.preventDefault(); turn(box, line.href); }
    if (kind) choose(panel, kind.dataset.papersKind);
  });
  /* Of many files only the last brings the list, and when that one fails nobody has brought it. */
  document.addEventListener('up:stale', e => {
    const panel = e.target.closest('[data-papers]');
    if (!panel) return;
    get(panel.dataset.papersAt).then(fresh => { renew(panel, fresh); changed(panel, {}); }, () => {});
  });
  document.addEventListener('up:done', e => { const panel = e.target.closest('[data-papers]'); if (panel) changed(panel, e.detail); });
  document.addEventListener('plan:line', e => {
    const box = e.target, line = e.detail.line;
    if (!box.fragment) return;
    const url = new URL(box.dataset.fragment, location.href), asked = /^\d+$/.test(line) ? line : '';
    if ((url.searchParams.get('line') || '') === asked) return;
    if (asked) url.searchParams.set('line', asked); else url.searchParams.delete('line');
    box.dataset.fragment = url.pathname + url.search;
    clearTimeout(box.papersTimer);
    box.papersTimer = setTimeout(() => box.fragment.load(), 200); // not for every line that ↓ runs over
  });

  const start = root => root.querySelectorAll('[data-papers-at]').forEach(watch);
  ['fragment', 'fragment:loaded'].forEach(name => document.addEventListener(name, e => start(e.target)));
  start(document);
})();
