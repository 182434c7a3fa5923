/* 大写 of an amount in fen, the same words as Money.capitals in core/money.py.

   yk.capitals(fen) → "壹佰元零伍分"
   An element with data-capitals follows the grid's total (event fg:total). */
(function () {
  'use strict';
  const yk = window.yk = window.yk || {};
  const DIGITS = '零壹贰叁肆伍陆柒捌玖', PLACES = ['', '拾', '佰', '仟'], GROUPS = ['', '万', '亿', '万亿'];

  function group(n) {
    let said = '', gap = false;
    for (let place = 3; place >= 0; place--) {
      const digit = Math.floor(n / Math.pow(10, place)) % 10;
      if (digit) said += (said && gap ? '零' : '') + DIGITS[digit] + PLACES[place];
      gap = !digit;
    }
    return said;
  }

  function whole(yuan) {
    const groups = [];
    for (; yuan; yuan = Math.floor(yuan / 10000)) groups.push(yuan % 10000);
    let said = '', gap = false;
    for (let place = groups.length - 1; place >= 0; place--) {
      const n = groups[place];
      if (n) said += (said && (gap || n < 1000) ? '零' : '') + group(n) + GROUPS[place];
      gap = !n;
    }
    return said;
  }

  yk.capitals = function (amount) {
    if (amount === 0) return '零元整';
    const abs = Math.abs(amount), yuan = Math.floor(abs / 100), jiao = Math.floor(abs / 10) % 10, fen = abs % 10;
    const head = jiao ? DIGITS[jiao] + '角' : yuan ? '零' : '';
    return (amount < 0 ? '负' : '') + (yuan ? whole(yuan) + '元' : '') + (jiao || fen ? head + (fen ? DIGITS[fen] + '分' : '整') : '整');
  };

  document.addEventListener('fg:total', e => {
    document.querySelectorAll('[data-capitals]').forEach(o => { o.textContent = yk.capitals(e.detail.total); });
  });
})();
