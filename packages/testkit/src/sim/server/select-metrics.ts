/**
 * The samples of these names, with what the page says about their metrics. Names are those of samples, as prometheus_client
 * takes them: of a histogram `x` they are `x_count`, `x_sum` and `x_bucket`. Names that the page lacks are left out.
 */
export function selectMetrics(page: string, names: readonly string[]): string {
  const wanted = new Set(names);
  const selected: string[] = [];
  let about: string[] = [];
  for (const line of page.split('\n')) {
    if (line.startsWith('# HELP ')) about = [line];
    else if (line.startsWith('#')) about.push(line);
    else if (wanted.has(/^[\w:]*/.exec(line)![0])) {
      selected.push(...about, line);
      about = [];
    }
  }
  return selected.map((line) => `${line}\n`).join('');
}
