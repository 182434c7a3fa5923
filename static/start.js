/* A new plan: the reason's label follows the kind that is chosen, and a monthly plan asks for none. */
(function () {
  'use strict';
  const kinds = document.querySelectorAll('input[name=kind]'), reason = document.getElementById('reason');
  if (!kinds.length || !reason) return;
  const box = reason.closest('.field'), label = box.querySelector('label');
  const show = () => {
    const chosen = document.querySelector('input[name=kind]:checked'), said = chosen ? chosen.dataset.reason : '';
    box.hidden = !said && !reason.value;
    if (said) label.textContent = said;
  };
  kinds.forEach(one => one.addEventListener('change', show));
  show();
})();
