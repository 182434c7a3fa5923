/* Money in the browser: the rules of core/money.py, in whole fen, without fractions of a number ever being used.

   yk.money.read(text, unit)  → {fen} or {error: sentence}   unit 元 (default) or 万元; same grammar and same sentences as Money.parse
   yk.money.fen(text, unit)   → fen, null for blank, NaN for what is no amount
   yk.money.text(fen)         → "1,234,567.80"
   10^14 fen is the largest amount, far below 2^53, so ordinary numbers hold every fen exactly. */
(function () {
  'use strict';
  const yk = window.yk = window.yk || {};
  const LARGEST = 1e14, PLACES = { '元': 2, '万元': 6 };
  const BLANKS = /[\t-\r\x1c-\x20\x85\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\u00a0]/g;
  const strip = s => s.replace(/^[\s\x1c-\x1f\x85]+|[\s\x1c-\x1f\x85]+$/g, '');

  function plain(text) {
    const half = text.normalize('NFKC').replace(/，/g, ',').replace(/。/g, '.').replace(/−/g, '-');
    const bare = half.replace(BLANKS, '').replace(/[¥￥]/g, '').replace(/元$/, '');
    const bracketed = /^\((.+)\)$/.exec(bare);
    return bracketed ? '-' + bracketed[1] : bare;
  }

  function read(text, unit) {
    const places = PLACES[unit || '元'], m = /^([+-]?)(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?$/.exec(plain(text));
    if (!m) return { error: '“' + strip(text) + '”不是有效的金额，请填写数字，例如 1234.50。' };
    const whole = m[2].replace(/,/g, '').replace(/^0+(?=\d)/, ''), part = (m[3] || '').replace(/0+$/, '');
    if (part.length > places) return { error: '金额“' + strip(text) + '”超过两位小数，请精确到分。' };
    // Whole digits are counted before they become a number, so that none is ever rounded on the way in.
    const fen = whole.length + places > 15 ? Infinity : Number(whole + part.padEnd(places, '0'));
    if (fen > LARGEST) return { error: '金额“' + strip(text) + '”过大，请检查单位是否为元。' };
    return { fen: m[1] === '-' && fen ? -fen : fen };
  }

  function fen(text, unit) {
    if (!plain(text)) return null;
    const r = read(text, unit);
    return 'fen' in r ? r.fen : NaN;
  }

  function show(n) {
    const digits = String(Math.abs(n)).padStart(3, '0'), cut = digits.length - 2;
    return (n < 0 ? '-' : '') + digits.slice(0, cut).replace(/\B(?=(\d{3})+$)/g, ',') + '.' + digits.slice(cut);
  }

  yk.money = { read: read, fen: fen, text: show };
})();
