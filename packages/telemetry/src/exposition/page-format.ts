/** How a page of metrics is written. */
export type PageFormat = 'prometheus' | 'openmetrics';

const OPEN_METRICS = 'application/openmetrics-text';

/** Media types by which a scraper asks for the classic format, beside what matches everything. */
const CLASSIC = ['text/plain', 'text/*', '*/*'];

/**
 * The format that a scraper likes best, by its `Accept` header. OpenMetrics only for those that ask for it, and do not
 * like the classic format better.
 */
export function pageFormatFor(accept: string | undefined): PageFormat {
  let [openMetrics, classic] = [0, 0];
  for (const range of (accept ?? '').split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const quality = qualityOf(parameters);
    if (type === OPEN_METRICS) openMetrics = Math.max(openMetrics, quality);
    else if (CLASSIC.includes(type)) classic = Math.max(classic, quality);
  }
  return openMetrics > 0 && openMetrics >= classic ? 'openmetrics' : 'prometheus';
}

function qualityOf(parameters: readonly string[]): number {
  const given = parameters.find((parameter) => parameter.startsWith('q='));
  const quality = given === undefined ? 1 : Number.parseFloat(given.slice(2));
  return Number.isNaN(quality) ? 0 : quality;
}
