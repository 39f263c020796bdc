/** So long an endpoint that did not answer rightly is left alone, then twice as long each time. */
const FIRST_REST_MS = 30_000;
const LONGEST_REST_MS = 60 * 60_000;

/**
 * How one endpoint is asked for metrics by name. In two ways, one after the other: with the names behind the path of the
 * whole page, and behind the same path with a slash at its end. vLLM answers the bare path by a handler that does not
 * look at names, and everything below it by one that does.
 */
export class ByNameTrial {
  #hasSlash = false;
  #works = false;
  #hasTimedOut = false;
  #restsUntil = Number.NEGATIVE_INFINITY;
  #restMs = FIRST_REST_MS;
  /** The latest path, and what it was made of: it is asked for 20 times a second. */
  #path = '';
  #wholePath = '';
  #query = '';

  /** True when the latest answer was of use. */
  get works(): boolean {
    return this.#works;
  }

  /** True while the endpoint is not asked by name. @param now milliseconds since the epoch */
  rests(now: number): boolean {
    return now < this.#restsUntil;
  }

  /** What to ask for. @param wholePath of the whole page @param query names the metrics */
  path(wholePath: string, query: string): string {
    if (wholePath !== this.#wholePath || query !== this.#query || this.#path === '') {
      this.#wholePath = wholePath;
      this.#query = query;
      const [bare = '', rest] = wholePath.split(/\?(.*)/s);
      const path = this.#hasSlash && !bare.endsWith('/') ? `${bare}/` : bare;
      this.#path = `${path}?${rest === undefined || rest === '' ? '' : `${rest}&`}${query}`;
    }
    return this.#path;
  }

  succeeded(): void {
    this.#works = true;
    this.#hasTimedOut = false;
    this.#restMs = FIRST_REST_MS;
  }

  /** The answer was not what the whole page says, or none, or saved nothing. The next one is asked in the other way. */
  failed(now: number): void {
    this.#works = false;
    this.#hasTimedOut = false;
    this.#path = '';
    if (this.#hasSlash) {
      this.#restsUntil = now + this.#restMs;
      this.#restMs = Math.min(2 * this.#restMs, LONGEST_REST_MS);
    }
    this.#hasSlash = !this.#hasSlash;
  }

  /** No answer in time. A busy server does that to whole pages as well, so only the second one in a row is a failure. */
  timedOut(now: number): void {
    if (this.#hasTimedOut) this.failed(now);
    else this.#hasTimedOut = true;
  }
}
