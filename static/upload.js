/* Upload of vouchers: choose, drop, or paste a screenshot; one request a file, in order, with progress.

   <form class="drop" data-upload data-url="…" data-target="#files" method="post" enctype="multipart/form-data" action="…">
     hidden inputs, selects and ticked boxes (csrf_token, kind, lines) go along with every file
     <label><b>选择文件</b>、拖到这里，或 Ctrl+V 贴截图<br>…<input type="file" name="file" multiple accept=".pdf,.ofd,image/*"></label>
     <button class="btn small no-js">上传</button>
   </form><ul class="ups" data-upload-list></ul>
   data-url    answers {"html": "…"} on success or {"error": "一句话"} with a 4xx status
   data-target element the html goes into; data-mode="append" (default) or "replace"
   data-max-mb refuses larger files at once; data-field name of the file field (default: the input's)
   The list is the next [data-upload-list]; it may stand inside. Events: up:done (the whole answer), up:fail {error}.
   Boxes that come later: dispatch a bubbling "fragment" event on the element that holds them.
   Without script it is a plain form that posts the file. */
(function () {
  'use strict';
  const token = () => (document.querySelector('meta[name=csrf-token]') || {}).content || '';
  const two = n => String(n).padStart(2, '0');
  const SENTENCES = { 0: '网络中断，文件没有传上去，请重试。', 401: '登录已失效，请重新登录后再上传。', 403: '您不能在这里上传附件。', 413: '文件过大，请压缩或拆分后再上传。' };

  class Upload {
    constructor(box) {
      this.box = box; this.waiting = []; this.busy = false;
      this.input = box.querySelector('input[type=file]');
      this.list = box.querySelector('[data-upload-list]') || document.querySelector('[data-upload-list]');
      this.input.addEventListener('change', () => { this.take(this.input.files); this.input.value = ''; });
      box.addEventListener('dragover', e => { e.preventDefault(); box.classList.add('over'); });
      box.addEventListener('dragleave', () => box.classList.remove('over'));
      box.addEventListener('drop', e => { e.preventDefault(); box.classList.remove('over'); this.take(e.dataTransfer.files); });
    }
    take(files) { [...files].forEach(f => this.waiting.push([f, this.line(f)])); this.work(); }
    line(file) {
      const li = document.createElement('li'), name = document.createElement('span'), bar = document.createElement('progress'), note = document.createElement('small');
      name.textContent = file.name; name.className = 'ell'; bar.max = 1; bar.value = 0; bar.setAttribute('aria-label', file.name + ' 上传进度');
      note.setAttribute('role', 'status'); note.textContent = '等待上传';
      li.append(name, bar, note);
      if (this.list) this.list.appendChild(li);
      return { li: li, bar: bar, note: note };
    }
    work() {
      const next = !this.busy && this.waiting.shift();
      if (!next) return;
      this.busy = true;
      this.send(next[0], next[1]).then(() => { this.busy = false; this.work(); });
    }
    send(file, ui) {
      const fault = this.refuse(file);
      if (fault) { this.fail(ui, fault); return Promise.resolve(); }
      const body = new FormData();
      this.box.querySelectorAll('input[type=hidden], input:checked, select').forEach(i => { if (i.name) body.append(i.name, i.value); });
      body.set('form_key', formKey.fresh()); // each file is a form of its own
      body.append(this.box.dataset.field || this.input.name || 'file', file, file.name);
      return new Promise(done => {
        const x = new XMLHttpRequest();
        x.open('POST', this.box.dataset.url || this.box.action);
        x.setRequestHeader('Accept', 'application/json');
        x.setRequestHeader('X-CSRFToken', token());
        x.upload.onprogress = e => { if (e.lengthComputable) { ui.bar.value = e.loaded / e.total; ui.note.textContent = e.loaded < e.total ? Math.round(e.loaded / e.total * 100) + '%' : '正在检查文件…'; } };
        x.onloadend = () => { this.answer(x, ui); done(); };
        x.send(body);
      });
    }
    refuse(file) {
      const most = +this.box.dataset.maxMb;
      if (!file.size) return '这是一个空文件。';
      return most && file.size > most * 1048576 ? '文件超过 ' + most + ' MB，请压缩或拆分后再上传。' : '';
    }
    answer(x, ui) {
      let said = null;
      try { said = JSON.parse(x.responseText); } catch (e) { /* not ours: a proxy's page, or the sign-in page */ }
      if (x.status >= 200 && x.status < 300 && said && said.html !== undefined) this.succeed(said, ui);
      else this.fail(ui, said && said.error || (x.status >= 200 && x.status < 300 ? SENTENCES[401] : SENTENCES[x.status]) || '上传没有成功（' + x.status + '），请重试。');
    }
    succeed(said, ui) {
      const target = document.querySelector(this.box.dataset.target);
      ui.li.className = 'ok'; ui.note.textContent = '已上传'; ui.bar.value = 1;
      if (target && this.box.dataset.mode === 'replace') target.innerHTML = said.html;
      else if (target) target.insertAdjacentHTML('beforeend', said.html);
      setTimeout(() => ui.li.remove(), 4000);
      this.box.dispatchEvent(new CustomEvent('up:done', { bubbles: true, detail: said }));
    }
    fail(ui, sentence) {
      ui.li.className = 'bad'; ui.note.textContent = sentence; ui.bar.remove();
      this.box.dispatchEvent(new CustomEvent('up:fail', { bubbles: true, detail: { error: sentence } }));
    }
  }

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
