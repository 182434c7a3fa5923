/* A list of people that follows what is typed: <input data-people="/queue/…/people?act=…"> and <ul data-people-list>.
   Who was chosen stays chosen while he is in the list. Without script the button 查找 sends the whole form. */
(function () {
  'use strict';
  const box = document.querySelector('[data-people]'), list = document.querySelector('[data-people-list]');
  if (!box || !list) return;
  let timer = 0, asked = 0;
  const chosen = () => { const one = list.querySelector('input:checked'); return one ? one.value : ''; };
  function look() {
    const mine = ++asked, address = box.dataset.people + '&q=' + encodeURIComponent(box.value) + '&to=' + chosen();
    fetch(address, { headers: { 'X-Fragment': '1' }, credentials: 'same-origin', redirect: 'manual' })
      .then(r => r.ok ? r.text() : Promise.reject(r.status))
      .then(html => { if (mine === asked) list.innerHTML = html; }, () => { /* the button still works */ });
  }
  box.addEventListener('input', e => { if (!e.isComposing) { clearTimeout(timer); timer = setTimeout(look, 200); } });
  box.addEventListener('compositionend', () => { clearTimeout(timer); timer = setTimeout(look, 200); });
  box.addEventListener('keydown', e => { if (e.key === 'Enter' && !e.isComposing) { e.preventDefault(); clearTimeout(timer); look(); } });
})();
