import { ScrapeError } from './scrape-error.ts';

const LONGEST = 60;

/** An answer that breaks the rules of HTTP, with the line that does. */
export function malformed(what: string, bytes: Buffer, start: number, end: number): ScrapeError {
  const line = bytes.toString('latin1', start, Math.min(end, start + LONGEST));
  return new ScrapeError(`the answer ${what}: ${JSON.stringify(line)}`);
}
