/* Large files in parts: a client of tus 1.0 (core, creation, checksum) for upload.js.

   new Tus(url, file, told)    url takes the creation; told(bytes sent, '' or what keeps it waiting) is called on the way
   .run()                      a promise of the address where the whole file lies; rejects with {status, error}
   Each part is confirmed by the server before the next goes. When the line breaks, or the server is away, it asks how far
   it has come and goes on from there, for ten minutes without any progress; and the same file chosen again, even on a
   page loaded anew, goes on where it was (its address is kept in localStorage). */
(function () {
  'use strict';
  const PART = 512 * 1024, PATIENCE = 600000, LONGEST = 15000, SILENCE = 180000, KEPT = 'tus ';
  const token = () => (document.querySelector('meta[name=csrf-token]') || {}).content || '';
  const base64 = bytes => btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(''));
  const remember = {
    get: name => { try { return localStorage.getItem(name); } catch (e) { return null; } },
    set: (name, value) => { try { localStorage.setItem(name, value); } catch (e) { /* private window: it starts anew then */ } },
    drop: name => { try { localStorage.removeItem(name); } catch (e) { /* nothing was kept */ } }
  };
  /* Waits so long, or until the line is there again. */
  const pause = wait => new Promise(done => {
    const end = () => { clearTimeout(timer); window.removeEventListener('online', end); done(); };
    const timer = setTimeout(end, wait);
    window.addEventListener('online', end);
  });
  /* What may go by itself: the line, the server on its way up, two at once, a garbled part. */
  const passing = status => status === 0 || status >= 500 && status !== 507 || status === 423 || status === 460 || status === 429;

  class Tus {
    constructor(url, file, told) {
      this.url = url; this.file = file; this.told = told;
      this.name = KEPT + url + ' ' + file.name + ' ' + file.size + ' ' + file.lastModified;
      this.at = 0; this.rest = 1000; this.moved = Date.now();
    }
    async run() {
      for (;;) {
        try { return await this.go(); } catch (failure) {
          if (failure.status === 404 && this.where) this.forget(); // swept, or the page of another house: begin anew
          else if (failure.status === 409 && this.where) this.asked = false; // the server is elsewhere: ask it
          else if (!passing(failure.status)) throw failure;
          if (Date.now() - this.moved > PATIENCE) throw failure;
          this.asked = false;
          this.told(this.at, failure.status ? '服务器正忙，稍候继续…' : '网络中断，正在重新连接…');
          await pause(this.rest);
          this.rest = Math.min(this.rest * 2, LONGEST);
        }
      }
    }
    async go() {
      this.where = this.where || remember.get(this.name);
      if (!this.where) await this.begin();
      if (!this.asked) await this.ask();
      while (this.at < this.file.size) await this.send();
      return this.where;
    }
    async begin() {
      const name = base64(new TextEncoder().encode(this.file.name));
      const answer = await this.request('POST', this.url, { 'Upload-Length': this.file.size, 'Upload-Metadata': 'filename ' + name });
      this.where = answer.headers.get('Location');
      this.asked = true; this.at = 0;
      remember.set(this.name, this.where);
    }
    async ask() {
      const answer = await this.request('HEAD', this.where, {});
      this.asked = true;
      this.move(+answer.headers.get('Upload-Offset'));
    }
    async send() {
      const part = await this.file.slice(this.at, this.at + PART).arrayBuffer().catch(() => { throw { status: -1, error: '文件读不出来，可能已被移动或修改，请重新选择。' }; });
      const headers = { 'Upload-Offset': this.at, 'Content-Type': 'application/offset+octet-stream' };
      // Only a secure page may hash.
      if (window.crypto && crypto.subtle) headers['Upload-Checksum'] = 'sha256 ' + base64(new Uint8Array(await crypto.subtle.digest('SHA-256', part)));
      const answer = await this.request('PATCH', this.where, headers, part);
      this.move(+answer.headers.get('Upload-Offset'));
    }
    move(at) {
      if (at > this.at) { this.moved = Date.now(); this.rest = 1000; }
      this.at = at;
      this.told(at, '');
    }
    async request(method, url, headers, body) {
      const all = Object.assign({ 'Tus-Resumable': '1.0.0', Accept: 'application/json', 'X-CSRFToken': token() }, headers);
      const asked = { method: method, headers: all, body: body, credentials: 'same-origin', redirect: 'manual' };
      if (AbortSignal.timeout) asked.signal = AbortSignal.timeout(SILENCE);
      let answer;
      try { answer = await fetch(url, asked); } catch (e) { throw { status: 0 }; }
      if (answer.ok) return answer;
      const said = await answer.json().catch(() => ({})); // a proxy's page has no sentence of ours
      throw { status: answer.type === 'opaqueredirect' ? 401 : answer.status, error: said.error };
    }
    /* The file is a paper now, or never will be. */
    forget() { remember.drop(this.name); this.where = null; this.asked = false; this.at = 0; }
  }
  window.Tus = Tus;
})();
