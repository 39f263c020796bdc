/** Longer ones are not sent: common limits of a request line begin at 8 KB. */
const MAX_QUERY_LENGTH = 4000;

/** The names of the metrics that the readers of a source's pages look for, as far as they have shown. */
export class WantedMetrics {
  readonly #known = new Set<string>();
  #names: readonly string[] = [];
  #query: string | undefined;

  /** Another list whenever a name joins. */
  get names(): readonly string[] {
    return this.#names;
  }

  /** Asks for these metrics alone: `name[]=a&name[]=b`, percent-encoded. Undefined for none, and for too many. */
  get query(): string | undefined {
    return this.#query;
  }

  add(name: string): void {
    if (this.#known.has(name)) return;
    this.#known.add(name);
    this.#names = [...this.#known];
    const query = this.#names.map((each) => `name%5B%5D=${encoded(each)}`).join('&');
    this.#query = query.length > MAX_QUERY_LENGTH ? undefined : query;
  }
}

/** A colon may stay as it is, and half of all names have one. */
function encoded(name: string): string {
  return encodeURIComponent(name).replaceAll('%3A', ':');
}
