/* A page that only waits to be sent on: <form data-send-on> is sent when it opens. */
(function () {
  'use strict';
  const form = document.querySelector('form[data-send-on]');
  if (form) form.querySelector('button').click();
})();
