/** An endpoint did not answer with what was asked for. */
export class ScrapeError extends Error {
  override readonly name = 'ScrapeError';
}
