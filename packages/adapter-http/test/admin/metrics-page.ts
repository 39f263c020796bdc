import type { MetricsPage } from '../../src/admin/admin-options.ts';

/** A page of one line. @param fail called behind it */
export function metricsPage(line: string, fail = () => {}): MetricsPage {
  async function* pieces() {
    yield line;
    fail();
  }
  return { contentType: 'text/plain; version=0.0.4; charset=utf-8', pieces: pieces() };
}
