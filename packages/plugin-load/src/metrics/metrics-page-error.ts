/** A metrics page that cannot be trusted: it breaks off, or holds a line that is none of the text format. */
export class MetricsPageError extends Error {
  override readonly name = 'MetricsPageError';
}
