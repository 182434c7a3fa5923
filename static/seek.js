/* Searching and marking in the viewer (viewer.js): the words of the pages come from the server, once for each paper.

   [data-viewer-seek]        what to look for; Enter the next hit, Shift+Enter the one before, Esc clears
   [data-viewer-hits]  how many there are and which is in sight
   [data-mark="1 10 20 30 40"][data-mark-text]  a value that was read: hovered or focused, its place (page, then left,
                      top, right and bottom in thousandths) is marked; without a place its text is looked for
   The words are lines [text, top, bottom, [left of each character, right of the last]], see readers/page_words.py. */
(function () {
  'use strict';
  const plain = text => text.normalize('NFKC').toLowerCase().replace(/[\s,¥]/g, '');
  const words = {};
  const wordsOf = paper => words[paper] || (words[paper] = fetch('/papers/' + paper + '/words', { credentials: 'same-origin', redirect: 'manual' })
    .then(r => r.ok ? r.json() : {}, () => ({})).then(found => { if (!Object.keys(found).length) delete words[paper]; return found; }));

  /* Where the text stands in a line: blanks and commas do not count, the characters keep their places. */
  function inLine(line, wanted) {
    const at = [], hits = [];
    let text = '';
    [...line[0]].forEach((char, n) => { const kept = plain(char); text += kept; for (let i = 0; i < kept.length; i += 1) at.push(n); });
    for (let from = text.indexOf(wanted); from >= 0; from = text.indexOf(wanted, from + wanted.length)) {
      hits.push([line[3][at[from]], line[1], line[3][at[from + wanted.length - 1] + 1], line[2]]);
    }
    return hits;
  }
  function find(root, text) {
    const wanted = plain(text), leaves = [...root.querySelectorAll('.leaf[data-number]')];
    if (!wanted) return Promise.resolve([]);
    return Promise.all(leaves.map(leaf => wordsOf(leaf.dataset.paper).then(pages =>
      (pages[leaf.dataset.number] || []).flatMap(line => inLine(line, wanted)).map(box => ({ leaf: leaf, box: box }))))).then(found => found.flat());
  }
  function clear(root, kind) { root.querySelectorAll('.marks i' + (kind ? '.' + kind : '')).forEach(i => i.remove()); }
  function mark(hit, kind) {
    let layer = hit.leaf.querySelector('.marks');
    if (!layer) { layer = document.createElement('div'); layer.className = 'marks'; layer.setAttribute('aria-hidden', 'true'); hit.leaf.append(layer); }
    const i = document.createElement('i'), b = hit.box;
    i.className = kind;
    i.style.left = b[0] / 10 - 0.3 + '%'; i.style.top = b[1] / 10 - 0.2 + '%';
    i.style.width = (b[2] - b[0]) / 10 + 0.6 + '%'; i.style.height = (b[3] - b[1]) / 10 + 0.4 + '%';
    layer.append(i);
    return i;
  }
  function show(root, i) {
    root.viewer.draw();
    const stage = root.querySelector('.stage'), at = i.getBoundingClientRect(), room = stage.getBoundingClientRect();
    if (at.top < room.top || at.bottom > room.bottom) stage.scrollTop += at.top - room.top - stage.clientHeight / 3;
    if (at.left < room.left || at.right > room.right) stage.scrollLeft += at.left - room.left - stage.clientWidth / 3;
  }

  function seek(root, step) {
    const box = root.querySelector('[data-viewer-seek]'), out = root.querySelector('[data-viewer-hits]'), text = box.value.trim();
    root.sought = text;
    find(root, text).then(hits => {
      if (root.sought !== text) return;
      clear(root, 'hit');
      root.hitAt = hits.length ? ((step && root.hitText === text ? root.hitAt + step : 0) + hits.length) % hits.length : 0;
      root.hitText = text;
      hits.forEach((hit, n) => { const i = mark(hit, 'hit'); if (n === root.hitAt) { i.classList.add('on'); show(root, i); } });
      out.textContent = !text ? '' : hits.length ? root.hitAt + 1 + ' / ' + hits.length : '没有找到';
    });
  }
  function point(root, fact) {
    const paper = fact.closest('[data-facts-of]').dataset.factsOf, place = fact.dataset.mark.trim().split(' ').map(Number);
    const leaf = root.querySelector('.leaf[data-paper="' + paper + '"][data-number="' + place[0] + '"]');
    const known = place.length === 5 && leaf ? Promise.resolve([{ leaf: leaf, box: place.slice(1) }])
      : find(root, fact.dataset.markText).then(hits => hits.filter(hit => hit.leaf.dataset.paper === paper).slice(0, 1));
    root.pointed = fact;
    known.then(hits => { if (root.pointed !== fact) return; clear(root, 'spot'); hits.forEach(hit => show(root, mark(hit, 'spot'))); });
  }
  const viewerOf = el => el.closest && el.closest('[data-viewer]');

  document.addEventListener('input', e => { if ('viewerSeek' in e.target.dataset) { clearTimeout(e.target.timer); e.target.timer = setTimeout(() => seek(viewerOf(e.target), 0), 200); } });
  document.addEventListener('keydown', e => {
    if (!e.target.dataset || !('viewerSeek' in e.target.dataset) || e.isComposing) return;
    if (e.key === 'Enter') { e.preventDefault(); seek(viewerOf(e.target), e.shiftKey ? -1 : 1); }
    if (e.key === 'Escape' && e.target.value) { e.preventDefault(); e.stopPropagation(); e.target.value = ''; seek(viewerOf(e.target), 0); }
  });
  ['mouseover', 'focusin'].forEach(name => document.addEventListener(name, e => {
    const fact = e.target.closest && e.target.closest('[data-mark]'), root = fact && viewerOf(fact);
    if (root && root.viewer && root.pointed !== fact) point(root, fact);
  }));
  ['mouseout', 'focusout'].forEach(name => document.addEventListener(name, e => {
    const fact = e.target.closest && e.target.closest('[data-mark]'), root = fact && viewerOf(fact);
    if (root && root.pointed === fact && fact !== document.activeElement) { root.pointed = null; clear(root, 'spot'); }
  }));
})();
