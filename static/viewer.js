/* Voucher viewer: page images made by the server (PDF, OFD and photos alike) in one continuous scroll.

   <section class="view" data-viewer>
     <div class="tabs"><a href="#paper-3" data-viewer-tab="3">发票.ofd</a> …
     <div class="vt"> buttons data-viewer-do="in | out | fit | rotate | prev | next | full", <span data-viewer-zoom>, <span data-viewer-page>
     <div class="stage" tabindex="0" role="region" aria-label="附件页面">
       <figure class="leaf" id="paper-3" data-paper="3"><img src width height loading="lazy" alt="发票 第 1 页"></figure> …
   Every page is a leaf; the first leaf of a paper has its id. A leaf without img is a remark. data-original on a leaf
   becomes the href of [data-viewer-original] while that leaf is in view. Keys on the stage: + − 0 R, PageUp/PageDown, arrows;
   Ctrl+wheel zooms, dragging moves. Any element outside with data-viewer-goto="3" brings that paper into view.
   [data-facts-of="3"] is shown while paper 3 is in view; .marks over a page's img turn and grow with it (seek.js).
   Viewers that come later: dispatch a bubbling "fragment" event on the element that holds them; after a change of the
   leaves call element.viewer.reload(). Without script the pages are simply shown one under the other. */
(function () {
  'use strict';
  const KEYS = { '+': 'in', '=': 'in', '-': 'out', '0': 'fit', r: 'rotate', R: 'rotate', PageDown: 'next', PageUp: 'prev', '/': 'seek' };

  class Viewer {
    constructor(root) {
      this.root = root; this.stage = root.querySelector('.stage'); this.zoom = 0; this.page = 0;
      this.listen(); this.reload();
    }
    reload() { this.leaves = [...this.stage.querySelectorAll('.leaf')]; this.leaves.forEach(f => { f.turn = f.turn || 0; }); this.draw(); this.follow(); }
    listen() {
      const s = this.stage;
      let from = null;
      this.root.addEventListener('click', e => {
        const b = e.target.closest('[data-viewer-do]'), tab = e.target.closest('[data-viewer-tab]');
        if (b) this.act(b.dataset.viewerDo);
        if (tab) { e.preventDefault(); this.goto(tab.dataset.viewerTab); }
      });
      document.addEventListener('click', e => { const a = e.target.closest('[data-viewer-goto]'); if (a) { e.preventDefault(); this.goto(a.dataset.viewerGoto); } });
      s.addEventListener('keydown', e => { const a = !e.ctrlKey && !e.metaKey && !e.altKey && KEYS[e.key]; if (a) { e.preventDefault(); this.act(a); } });
      s.addEventListener('wheel', e => { if (e.ctrlKey) { e.preventDefault(); this.act(e.deltaY < 0 ? 'in' : 'out'); } }, { passive: false });
      s.addEventListener('scroll', () => { if (!this.asked) this.asked = requestAnimationFrame(() => { this.asked = 0; this.follow(); }); });
      s.addEventListener('pointerdown', e => { if (e.button || e.pointerType !== 'mouse') return; from = [e.clientX, e.clientY, s.scrollLeft, s.scrollTop]; s.setPointerCapture(e.pointerId); });
      s.addEventListener('pointermove', e => { if (from) { s.scrollLeft = from[2] - e.clientX + from[0]; s.scrollTop = from[3] - e.clientY + from[1]; } });
      ['pointerup', 'pointercancel'].forEach(n => s.addEventListener(n, () => { from = null; }));
      s.addEventListener('dragstart', e => e.preventDefault());
      window.addEventListener('resize', () => this.draw());
    }
    /* Zoom is for all pages, 0 meaning as wide as the stage; a turn is for the page in view. */
    draw() {
      const room = getComputedStyle(this.stage), wide = this.stage.clientWidth - parseFloat(room.paddingLeft) - parseFloat(room.paddingRight);
      this.leaves.forEach(leaf => {
        const img = leaf.querySelector('img');
        if (!img) return;
        const nw = +img.getAttribute('width') || img.naturalWidth || 1, nh = +img.getAttribute('height') || img.naturalHeight || 1;
        const side = leaf.turn % 180 !== 0, full = side ? nh : nw, k = this.zoom || wide / full, w = nw * k, h = nh * k;
        leaf.style.width = (side ? h : w) + 'px'; leaf.style.height = (side ? w : h) + 'px';
        img.style.width = w + 'px'; img.style.height = h + 'px';
        const turned = img.style.transform = { 0: 'none', 90: 'translateX(' + h + 'px) rotate(90deg)', 180: 'translate(' + w + 'px,' + h + 'px) rotate(180deg)', 270: 'translateY(' + w + 'px) rotate(270deg)' }[leaf.turn];
        leaf.querySelectorAll('.marks').forEach(m => { m.style.width = w + 'px'; m.style.height = h + 'px'; m.style.transform = turned; });
      });
      const out = this.root.querySelector('[data-viewer-zoom]');
      if (out) out.textContent = this.zoom ? Math.round(this.zoom * 100) + '%' : '适宽';
    }
    act(what) {
      const leaf = this.leaves[this.page];
      if (!leaf) return;
      if (what === 'seek') { const seek = this.root.querySelector('[data-viewer-seek]'); if (seek) { seek.focus(); seek.select(); } return; }
      if (what === 'next' || what === 'prev') { this.show(this.page + (what === 'next' ? 1 : -1)); return; }
      if (what === 'full') { if (document.fullscreenElement) document.exitFullscreen(); else if (this.root.requestFullscreen) this.root.requestFullscreen(); return; }
      const img = leaf.querySelector('img') || this.stage.querySelector('img');
      if (!img) return;
      const now = this.zoom || parseFloat(img.style.width) / (+img.getAttribute('width') || img.naturalWidth || 1);
      const at = (this.stage.scrollTop - leaf.offsetTop) / (leaf.offsetHeight || 1);
      if (what === 'in') this.zoom = Math.min(4, now * 1.25);
      if (what === 'out') this.zoom = Math.max(0.2, now / 1.25);
      if (what === 'fit') this.zoom = 0;
      if (what === 'rotate' && leaf.contains(img)) leaf.turn = (leaf.turn + 90) % 360;
      this.draw();
      this.stage.scrollTop = leaf.offsetTop + at * leaf.offsetHeight;
    }
    show(n) { const leaf = this.leaves[Math.max(0, Math.min(this.leaves.length - 1, n))]; if (leaf) this.stage.scrollTop = leaf.offsetTop - 12; }
    goto(paper) { this.show(this.leaves.findIndex(f => f.dataset.paper === paper)); }
    follow() {
      const middle = this.stage.getBoundingClientRect().top + this.stage.clientHeight / 3;
      const n = this.leaves.findIndex(f => f.getBoundingClientRect().bottom > middle);
      const s = this.stage, end = s.scrollTop > 0 && s.scrollTop + s.clientHeight >= s.scrollHeight - 2;
      this.page = n < 0 || end ? Math.max(0, this.leaves.length - 1) : n;
      const leaf = this.leaves[this.page], out = this.root.querySelector('[data-viewer-page]'), button = w => this.root.querySelector('[data-viewer-do=' + w + ']');
      if (out) out.textContent = this.leaves.length ? this.page + 1 + ' / ' + this.leaves.length : '0 / 0';
      if (button('prev')) button('prev').disabled = this.page <= 0;
      if (button('next')) button('next').disabled = this.page >= this.leaves.length - 1;
      const original = this.root.querySelector('[data-viewer-original]');
      if (original && leaf && leaf.dataset.original) original.href = leaf.dataset.original;
      this.root.querySelectorAll('[data-facts-of]').forEach(f => { f.hidden = !leaf || f.dataset.factsOf !== leaf.dataset.paper; });
      this.root.querySelectorAll('[data-viewer-tab]').forEach(t => { if (leaf && t.dataset.viewerTab === leaf.dataset.paper) t.setAttribute('aria-current', 'true'); else t.removeAttribute('aria-current'); });
    }
  }
  const view = v => { v.viewer = v.viewer || new Viewer(v); };
  const start = root => root.querySelectorAll('[data-viewer]').forEach(view);
  start(document);
  window.yk = Object.assign(window.yk || {}, { view: view });
  ['fragment', 'fragment:loaded'].forEach(name => document.addEventListener(name, e => start(e.target)));
})();
