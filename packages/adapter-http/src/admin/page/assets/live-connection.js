const RETRY_MS = [500, 1000, 2000, 4000, 8000];
/** Longer silence means that the connection is dead, even if nobody said so. */
const SILENCE_MS = 6000;
const TOKEN = 'pointsman-admin-token';

/** Calls the admin API beside this page. The token goes into a header, never into an address that somebody logs. */
export class AdminApi {
  constructor() {
    const given = new URLSearchParams(location.hash.slice(1)).get('token');
    if (given === null) return;
    sessionStorage.setItem(TOKEN, given);
    const rest = new URLSearchParams(location.hash.slice(1));
    rest.delete('token');
    const hash = rest.size > 0 ? `#${rest}` : '';
    history.replaceState(null, '', `${location.pathname}${location.search}${hash}`);
  }

  set token(token) {
    sessionStorage.setItem(TOKEN, token);
  }

  fetch(path, options = {}) {
    const token = sessionStorage.getItem(TOKEN);
    const headers = token === null ? {} : { authorization: `Bearer ${token}` };
    return fetch(path, { ...options, headers, cache: 'no-store', credentials: 'omit', redirect: 'error' });
  }
}

/** Follows the live stream and comes back when it breaks. Reports to `{ onMessage, onState, onUnauthorized }`. */
export class LiveConnection {
  constructor(api, listener) {
    this.api = api;
    this.listener = listener;
    this.failures = 0;
  }

  async run() {
    for (;;) {
      const why = await this.follow();
      if (why === 'unauthorized') {
        this.listener.onState('locked');
        await this.listener.onUnauthorized();
        this.failures = 0;
        continue;
      }
      this.listener.onState('stale');
      const delay = RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)];
      this.failures++;
      await new Promise((resolve) => setTimeout(resolve, delay));
    }
  }

  /** One connection, until it ends. */
  async follow() {
    const abort = new AbortController();
    let watchdog = setTimeout(() => abort.abort(), SILENCE_MS);
    try {
      const response = await this.api.fetch('api/stream', { signal: abort.signal });
      if (response.status === 401) return 'unauthorized';
      if (!response.ok || response.body === null) return 'failed';
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = '';
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return 'ended';
        clearTimeout(watchdog);
        watchdog = setTimeout(() => abort.abort(), SILENCE_MS);
        const events = (rest + value).split('\n\n');
        rest = events.pop();
        for (const event of events) this.deliver(event);
      }
    } catch {
      return 'failed';
    } finally {
      clearTimeout(watchdog);
    }
  }

  deliver(event) {
    const lines = event.split('\n');
    const data = lines.find((line) => line.startsWith('data: '));
    if (data === undefined) return;
    this.failures = 0;
    this.listener.onState('live');
    this.listener.onMessage(JSON.parse(data.slice(6)), lines.includes('event: first'));
  }
}
