/* Upload of vouchers: choose, drop, or paste a screenshot; one request a file, three files at a time, with progress.

   <form class="drop" data-upload data-url="…" data-target="#files" method="post" enctype="multipart/form-data" action="…">
     hidden inputs, selects and ticked boxes (csrf_token, kind, lines) go along with every file
     <label><b>选择文件</b>、拖到这里，或 Ctrl+V 贴截图<br>…<input type="file" name="file" multiple accept=".pdf,.ofd,image/*"></label>
     <button class="btn small no-js">上传</button>
   </form><ul class="ups" data-upload-list></ul>
   data-url    answers {"html": "…"} on success or {"error": "一句话"} with a 4xx status; asked with "Prefer: return=minimal"
               while more files are on their way, html is null, and up:stale says at the end that the list is old
   data-parts  address for large files in parts (tus.js); the form goes to …/finish then, without the file
   data-target element the html goes into; data-mode="append" (default) or "replace"
   data-max-mb refuses larger files at once; data-field name of the file field (default: the input's)
   The list is the next [data-upload-list]; it may stand inside. Events: up:done (the whole answer), up:fail {error}, up:stale.
   What broke off is sent again by itself under the same form key, which the server serves once; then by a button.
   Boxes that come later: dispatch a bubbling "fragment" event on the element that holds them.
   Without script it is a plain form that posts the file. */
(function () {
  'use strict';
  const token = () => (document.querySelector('meta[name=csrf-token]') || {}).content || '';
  const two = n => String(n).padStart(2, '0');
  const SENTENCES = { 0: '网络中断，文件没有传上去，请重试。', 401: '登录已失效，请重新登录后再上传。', 403: '您不能在这里上传附件。', 413: '文件过大，请压缩或拆分后再上传。' };

  const AT_ONCE = 3, LARGE = 2 * 1048576, AGAIN = [1000, 3000, 8000, 20000];
  const passing = status => status === 0 || status === 502 || status === 503 || status === 504;
  const all = [];

  class Upload {
    constructor(box) {
      this.box = box; this.waiting = []; this.busy = 0; this.stale = false;
      this.input = box.querySelector('input[type=file]');
      this.list = box.querySelector('[data-upload-list]') || document.querySelector('[data-upload-list]');
      this.input.addEventListener('change', () => { this.take(this.input.files); this.input.value = ''; });
      box.addEventListener('dragover', e => { e.preventDefault(); box.classList.add('over'); });
      box.addEventListener('dragleave', () => box.classList.remove('over'));
      box.addEventListener('drop', e => { e.preventDefault(); box.classList.remove('over'); this.take(e.dataTransfer.files); });
      all.push(this);
    }
    /* What is chosen in the form now goes with these files, whatever is chosen for the next ones meanwhile. */
    take(files) {
      const fields = [];
      this.box.querySelectorAll('input[type=hidden], input:checked, select').forEach(i => { if (i.name) fields.push([i.name, i.value]); });
      [...files].forEach(f => this.waiting.push({ file: f, fields: fields, key: formKey.fresh(), ui: this.line(f) }));
      this.work();
    }
    line(file) {
      const li = document.createElement('li'), name = document.createElement('span'), bar = document.createElement('progress'), note = document.createElement('small');
      name.textContent = file.name; name.className = 'ell'; bar.max = 1; bar.value = 0; bar.setAttribute('aria-label', file.name + ' 上传进度');
      note.setAttribute('role', 'status'); note.textContent = '等待上传';
      li.append(name, bar, note);
      if (this.list) this.list.appendChild(li);
      return { li: li, bar: bar, note: note };
    }
    work() {
      while (this.busy < AT_ONCE && this.waiting.length) {
        const next = this.waiting.shift();
        this.busy += 1;
        this.send(next).catch(() => this.fail(next, { status: 0 })).then(() => { this.busy -= 1; this.work(); });
      }
      if (this.busy || !this.stale) return;
      this.stale = false;
      this.box.dispatchEvent(new CustomEvent('up:stale', { bubbles: true }));
    }
    async send(one) {
      const fault = this.refuse(one.file);
      if (fault) return this.fail(one, { status: 422, said: { error: fault } });
      const url = this.box.dataset.url || this.box.action;
      if (!this.box.dataset.parts || !window.Tus || one.file.size < LARGE) return this.answer(one, await this.persist(one, url, true));
      const parts = new Tus(this.box.dataset.parts, one.file, (sent, words) => this.show(one, sent, words));
      let where;
      try { where = await parts.run(); } catch (failure) { return this.fail(one, { status: failure.status, said: { error: failure.error } }); }
      const got = await this.persist(one, where + '/finish', false);
      if (!passing(got.status)) parts.forget();
      return this.answer(one, got);
    }
    /* Again a few times when the line broke; the key makes it one paper however often it arrives. */
    async persist(one, url, withFile) {
      for (const wait of AGAIN) {
        const got = await this.post(one, url, withFile);
        if (!passing(got.status)) return got;
        one.ui.note.textContent = got.status ? '服务器正忙，稍候继续…' : '网络中断，正在重新连接…';
        await new Promise(done => setTimeout(done, wait));
      }
      return this.post(one, url, withFile);
    }
    post(one, url, withFile) {
      const body = new FormData();
      one.fields.forEach(([name, value]) => body.append(name, value));
      body.set('form_key', one.key); // each file is a form of its own
      if (withFile) body.append(this.box.dataset.field || this.input.name || 'file', one.file, one.file.name);
      return new Promise(done => {
        const x = new XMLHttpRequest();
        x.open('POST', url);
        x.timeout = 300000;
        x.setRequestHeader('Accept', 'application/json');
        x.setRequestHeader('X-CSRFToken', token());
        if (this.waiting.length || this.busy > 1) x.setRequestHeader('Prefer', 'return=minimal');
        x.upload.onprogress = e => { if (e.lengthComputable && withFile) this.show(one, e.loaded / e.total * one.file.size, ''); };
        x.onloadend = () => {
          let said = null;
          try { said = JSON.parse(x.responseText); } catch (e) { /* not ours: a proxy's page, or the sign-in page */ }
          done({ status: x.status, said: said });
        };
        x.send(body);
      });
    }
    show(one, sent, words) {
      one.ui.bar.value = sent / one.file.size;
      one.ui.note.textContent = words || (sent < one.file.size ? Math.floor(sent / one.file.size * 100) + '%' : '正在检查文件…');
    }
    refuse(file) {
      const most = +this.box.dataset.maxMb;
      if (!file.size) return '这是一个空文件。';
      return most && file.size > most * 1048576 ? '文件超过 ' + most + ' MB，请压缩或拆分后再上传。' : '';
    }
    answer(one, got) {
      if (got.status >= 200 && got.status < 300 && got.said && got.said.html !== undefined) this.succeed(one, got.said);
      else this.fail(one, got);
    }
    succeed(one, said) {
      const target = document.querySelector(this.box.dataset.target);
      one.ui.li.className = 'ok'; one.ui.note.textContent = '已上传'; one.ui.bar.value = 1;
      if (said.html === null) this.stale = true;
      else if (target && this.box.dataset.mode === 'replace') { target.innerHTML = said.html; this.stale = false; }
      else if (target) target.insertAdjacentHTML('beforeend', said.html);
      setTimeout(() => one.ui.li.remove(), 4000);
      this.box.dispatchEvent(new CustomEvent('up:done', { bubbles: true, detail: said }));
    }
    fail(one, got) {
      const fine = got.status >= 200 && got.status < 300;
      const sentence = got.said && got.said.error || (fine ? SENTENCES[401] : SENTENCES[got.status]) || '上传没有成功（' + got.status + '），请重试。';
      one.ui.li.className = 'bad'; one.ui.note.textContent = sentence; one.ui.bar.remove();
      if (fine || got.status === 401 || got.status === 0 || got.status >= 500) this.offer(one);
      this.box.dispatchEvent(new CustomEvent('up:fail', { bubbles: true, detail: { error: sentence } }));
    }
    /* Nothing is wrong with the file: it is one key away from being sent again, and goes on where it was. */
    offer(one) {
      const button = document.createElement('button');
      button.type = 'button'; button.className = 'btn small'; button.textContent = '重试'; button.setAttribute('aria-label', '重试 ' + one.file.name);
      button.addEventListener('click', () => {
        const old = one.ui.li;
        one.ui = this.line(one.file);
        old.replaceWith(one.ui.li);
        this.waiting.push(one);
        this.work();
      });
      one.ui.li.appendChild(button);
    }
  }
  // Files on their way are lost with the page.
  window.addEventListener('beforeunload', e => { if (all.some(box => box.busy && box.box.isConnected)) e.preventDefault(); });

  const start = root => root.querySelectorAll('[data-upload]').forEach(b => { b.upload = b.upload || new Upload(b); });
  start(document);
  ['fragment', 'fragment:loaded'].forEach(name => document.addEventListener(name, e => start(e.target)));
  const stamped = f => {
    const d = new Date();
    return /^image\.(png|jpe?g)$/.test(f.name) ? new File([f], '截图' + d.getFullYear() + two(d.getMonth() + 1) + two(d.getDate()) + two(d.getHours()) + two(d.getMinutes()) + two(d.getSeconds()) + f.name.slice(5), { type: f.type }) : f;
  };
  document.addEventListener('paste', e => {
    const box = [...document.querySelectorAll('[data-upload]')].find(b => b.getClientRects().length), c = e.clipboardData;
    // Excel puts a picture of the cells beside their text; only a clipboard without text is a screenshot.
    if (!box || e.defaultPrevented || !c || !c.files.length || [...c.types].indexOf('text/plain') >= 0) return;
    e.preventDefault();
    box.upload.take([...c.files].map(stamped));
  });
  // A file dropped beside the box would otherwise replace the page and lose what was typed.
  ['dragover', 'drop'].forEach(n => window.addEventListener(n, e => { if (e.dataTransfer && [...e.dataTransfer.types].indexOf('Files') >= 0) e.preventDefault(); }));
})();
