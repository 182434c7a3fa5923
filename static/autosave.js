/* Autosave: two seconds after the last change the form is posted; until the server has it, a copy stays on this computer.

   <form id="plan" method="post" data-autosave data-autosave-url="…" data-autosave-key="plan-137" data-version="7">
     <input type="hidden" name="version" value="7"> …
   <span class="saved" role="status" data-autosave-note></span>      "15:42 已自动保存"
   <div data-autosave-offer></div>                                    where the offer to restore appears
   data-autosave-url   gets the form's texts as an ordinary POST with X-CSRFToken and Accept: application/json, and answers
                       200 {"version": 8, "saved_at": "15:42"}  the new version goes into the form
                       409 {"error": "…", "url": "…"}           somebody else saved; saving stops, the sentence has a link
                       422 {"error": "…"}                       not savable as it stands; the next change tries again
                       401, 403 or a redirect                   the session has ended; the copy stays for after signing in
   data-autosave-key   with the person (body data-person) and the version names the copy in localStorage.
   data-unsaved        the page is a refused form coming back: it shows what was submitted, so that copy is not offered
   A copy that a save or a submit has brought to the server is removed; signing out removes all. Only fields with a name
   are kept, never files, the token or the form key. Leaving with unsaved changes asks first. */
(function () {
  'use strict';
  const PREFIX = 'yk:draft:', DAYS = 14;
  const token = () => (document.querySelector('meta[name=csrf-token]') || {}).content || '';
  const person = document.body.dataset.person || '';
  const clock = () => new Date().toTimeString().slice(0, 5);
  const store = { // a private window may refuse; then there is simply no copy
    get: k => { try { return JSON.parse(localStorage.getItem(k)); } catch (e) { return null; } },
    set: (k, v) => { try { localStorage.setItem(k, JSON.stringify(v)); return true; } catch (e) { return false; } },
    drop: k => { try { localStorage.removeItem(k); } catch (e) { /* nothing to drop */ } },
    keys: p => { try { return Object.keys(localStorage).filter(k => k.indexOf(p) === 0); } catch (e) { return []; } }
  };

  class Autosave {
    constructor(form) {
      this.form = form; this.url = form.dataset.autosaveUrl; this.version = +form.dataset.version || 0;
      this.prefix = PREFIX + person + ':' + form.dataset.autosaveKey + ':';
      this.note = document.querySelector('[data-autosave-note]'); this.offer = document.querySelector('[data-autosave-offer]');
      this.dirty = false; this.busy = null; this.stopped = false; this.timer = 0; this.edits = 0;
      const changed = e => { if (e.type === 'fg:change' || e.target.name) this.changed(); }; // a tick that only marks a row is no change
      ['input', 'change', 'fg:change'].forEach(n => form.addEventListener(n, changed));
      form.addEventListener('submit', e => this.onSubmit(e));
      window.addEventListener('beforeunload', e => { if (this.dirty && !this.leaving) { e.preventDefault(); e.returnValue = ''; } });
      window.addEventListener('pageshow', () => { this.leaving = false; });
      window.addEventListener('online', () => { if (this.dirty) this.save(); });
      this.look();
    }
    key() { return this.prefix + this.version; }
    fields() { return [...new FormData(this.form)].filter(x => typeof x[1] === 'string' && ['csrf_token', 'form_key', 'version'].indexOf(x[0]) < 0); }
    body() { const b = new URLSearchParams([...new FormData(this.form)].filter(x => typeof x[1] === 'string')); b.set('form_key', formKey.fresh()); return b; } // the form keeps its own key for the submit

    changed() {
      this.dirty = true; this.edits++;
      clearTimeout(this.copying); this.copying = setTimeout(() => this.copy(), 300);
      if (this.stopped) return;
      clearTimeout(this.timer); this.timer = setTimeout(() => this.save(), 2000);
      this.say('有未保存的修改', 'busy');
    }
    copy(submitted) { return store.set(this.key(), { at: clock(), day: Date.now(), fields: this.fields(), submitted: !!submitted }); }

    save() {
      if (this.busy || this.stopped || !this.dirty) return this.busy;
      const edits = this.edits, old = this.key();
      clearTimeout(this.timer); this.copy();
      this.say('正在保存…', 'busy');
      this.busy = fetch(this.url, { method: 'POST', body: this.body(), redirect: 'manual', credentials: 'same-origin', headers: { 'X-CSRFToken': token(), Accept: 'application/json' } })
        .then(r => r.headers.get('Content-Type') === null || r.type === 'opaqueredirect' ? [r.type === 'opaqueredirect' ? 401 : r.status, {}] : r.json().then(j => [r.status, j], () => [r.status, {}]))
        .then(a => this.answer(a[0], a[1], edits, old), () => this.later('连不上服务器，内容已存在本机，稍后自动重试'))
        .then(() => { this.busy = null; });
      return this.busy;
    }
    answer(status, said, edits, old) {
      if (status === 200 && said.version !== undefined) this.saved(said, edits, old);
      else if (status === 409) { this.stopped = true; this.say(said.error || '这份计划已被他人修改，请刷新后再改。', 'bad', said.url || location.href, '打开最新内容'); }
      else if (status === 401 || status === 403) { this.stopped = true; this.say('登录已失效，您填的内容已存在本机。', 'bad', location.href, '重新登录后恢复'); }
      else if (status < 500 && said.error) this.say(said.error, 'bad');
      else this.later('没有保存成功，内容已存在本机，稍后自动重试');
    }
    saved(said, edits, old) {
      this.version = said.version; this.form.dataset.version = said.version;
      const v = this.form.querySelector('input[name=version]');
      if (v) v.value = said.version;
      store.drop(old);
      if (edits === this.edits) { this.dirty = false; clearTimeout(this.copying); this.say((said.saved_at || clock()) + ' 已自动保存', ''); }
      else { this.copy(); clearTimeout(this.timer); this.timer = setTimeout(() => this.save(), 2000); }
      this.form.dispatchEvent(new CustomEvent('autosave:saved', { bubbles: true, detail: said }));
    }
    later(sentence) { this.say(sentence, 'bad'); clearTimeout(this.timer); this.timer = setTimeout(() => this.save(), 15000); }
    say(text, kind, url, link) {
      const n = this.note;
      if (!n) return;
      n.className = 'saved ' + kind; n.textContent = text;
      if (url) { const a = document.createElement('a'); a.href = url; a.textContent = link; n.append(' ', a); }
    }

    /* A save under way would make the version of this submit stale, so the submit waits for it. */
    onSubmit(e) {
      if (e.defaultPrevented) return;
      clearTimeout(this.timer); clearTimeout(this.copying);
      if (this.busy) {
        const by = e.submitter;
        e.preventDefault();
        this.busy.then(() => this.form.requestSubmit(by));
        return;
      }
      if (this.dirty) this.copy(true);
      this.leaving = true;
    }

    /* Copies from before: what the server has is removed, anything else is offered. */
    look() {
      const now = JSON.stringify(this.fields()), old = Date.now() - DAYS * 864e5;
      store.keys(PREFIX).forEach(k => { const c = store.get(k); if (!c || c.day < old) store.drop(k); });
      const left = store.keys(this.prefix).filter(k => {
        const c = store.get(k), version = +k.slice(this.prefix.length);
        const known = JSON.stringify(c.fields) === now || c.submitted && (version < this.version || 'unsaved' in this.form.dataset);
        if (known) store.drop(k);
        return !known;
      });
      if (left.length) this.propose(left.sort((a, b) => store.get(b).day - store.get(a).day));
    }
    propose(keys) {
      const box = this.offer || this.form.parentNode.insertBefore(document.createElement('div'), this.form), kept = store.get(keys[0]);
      const newer = +keys[0].slice(this.prefix.length) !== this.version, day = new Date(kept.day);
      const line = document.createElement('div'), text = document.createElement('span');
      const button = (label, cls, f) => { const b = document.createElement('button'); b.type = 'button'; b.className = 'btn small ' + cls; b.textContent = label; b.addEventListener('click', () => { f(); line.remove(); }); return b; };
      line.className = 'note ' + (newer ? 'warn' : ''); line.setAttribute('role', 'status'); text.className = 'grow';
      text.textContent = '这台电脑上有 ' + (day.getMonth() + 1) + '月' + day.getDate() + '日 ' + kept.at + ' 没有保存到服务器的内容。' + (newer ? '之后这份计划又被保存过，恢复后请逐行核对。' : '');
      const clear = () => keys.forEach(store.drop);
      line.append(text, button('恢复', 'primary', () => { this.restore(kept.fields); clear(); }), button('丢弃', '', clear));
      box.appendChild(line);
    }
    restore(fields) {
      const grids = [...this.form.querySelectorAll('table[data-fg]')].map(t => t.fg).filter(Boolean);
      grids.forEach(g => g.restore(fields));
      const said = new Map();
      fields.forEach(x => said.set(x[0], (said.get(x[0]) || []).concat(x[1])));
      [...this.form.elements].forEach(i => {
        if (!i.name || i.type === 'file' || i.type === 'hidden' || i.name === 'csrf_token' || grids.some(g => g.table.contains(i))) return;
        const v = said.get(i.name);
        if (i.type === 'checkbox' || i.type === 'radio') i.checked = !!v && v.indexOf(i.value) >= 0;
        else if (v) i.value = v[0];
      });
      this.changed();
    }
  }

  document.querySelectorAll('form[data-autosave]').forEach(f => { f.autosave = new Autosave(f); });
  document.addEventListener('submit', e => { if (e.target.matches('[data-sign-out]')) store.keys(PREFIX).forEach(store.drop); });
})();
