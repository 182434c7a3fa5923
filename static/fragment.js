/* Fragments: a part of the page that another page's server view fills.

   <div data-fragment="/plans/…/papers"><a href="/plans/…/papers">打开凭证页</a></div>
   Asked for by GET with X-Fragment: 1 when the page opens, and again on the event papers:changed (anywhere). While files
   are being uploaded inside, asking waits until they are done. What stood there before stays until the answer has come.
   EVENTS (bubble from the element) fragment:loaded: scripts that work inside bind to it here. */
(function () {
  'use strict';
  const uploading = box => !!box.querySelector('[data-upload-list] progress') && !!box.querySelector('[data-upload-list] li:not(.ok):not(.bad)');

  class Fragment {
    constructor(box) {
      this.box = box; this.busy = false; this.again = false;
      document.addEventListener('papers:changed', () => this.load());
      this.load();
    }
    load() {
      if (this.busy) { this.again = true; return; }
      if (uploading(this.box)) { clearTimeout(this.timer); this.timer = setTimeout(() => this.load(), 500); return; }
      this.busy = true;
      fetch(this.box.dataset.fragment, { headers: { 'X-Fragment': '1' }, credentials: 'same-origin', redirect: 'manual' })
        .then(r => r.ok ? r.text() : Promise.reject(r.status))
        .then(html => this.show(html), () => this.fail())
        .then(() => { this.busy = false; if (this.again) { this.again = false; this.load(); } });
    }
    show(html) {
      this.box.innerHTML = html;
      this.box.dispatchEvent(new CustomEvent('fragment:loaded', { bubbles: true }));
    }
    fail() {
      if (this.box.querySelector('[data-fragment-failed]')) return;
      const p = document.createElement('p'), b = document.createElement('button');
      p.className = 'note warn sm'; p.dataset.fragmentFailed = ''; p.setAttribute('role', 'status'); p.textContent = '这一部分没有加载成功。';
      b.type = 'button'; b.className = 'btn small'; b.textContent = '重试';
      b.addEventListener('click', () => { p.remove(); this.load(); });
      p.appendChild(b); this.box.prepend(p);
    }
  }

  document.querySelectorAll('[data-fragment]').forEach(box => { box.fragment = new Fragment(box); });
})();
