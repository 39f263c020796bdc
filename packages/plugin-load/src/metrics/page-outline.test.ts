import { describe, expect, it } from 'vitest';
import { MetricsPage } from './metrics-page.ts';
import { PageOutline } from './page-outline.ts';

const NAMES = ['a', 'h', 'h_count', 'late'];
const outline = (text: string) => new PageOutline(new MetricsPage(Buffer.from(text)), NAMES);

const A = '# TYPE a gauge\na{x="1"} 1\na{x="2"} 2\n';
const H = '# TYPE h histogram\nh_bucket{le="+Inf"} 3\nh_count 3\nh_sum 4\n';
const whole = outline(`# TYPE b counter\nb 1\n${A}${H}`);

describe('what a page has of some metrics', () => {
  it.each([
    ['the whole page itself', `${A}${H}`],
    [
      'another order, and less of what nobody wants',
      '# TYPE h histogram\nh_count 3\n# TYPE a gauge\na{x="2"} 2\na{x="1"} 1\n',
    ],
    ['more of it', `${A}a{x="3"} 1\n${H}# TYPE late gauge\nlate 1\n`],
    ['other values', `${A}${H}`.replaceAll(' 3', ' 99')],
  ])('is covered by %s', (_, text) => {
    expect(outline(text).covers(whole)).toBe(true);
  });

  it.each([
    ['nothing', ''],
    ['one metric less', A],
    ['one sample less', `# TYPE a gauge\na{x="1"} 1\n${H}`],
    ['samples without a type', `a{x="1"} 1\na{x="2"} 2\n${H}`],
    ['samples of another type', `${A.replace('gauge', 'untyped')}${H}`],
    ['a type without samples', `# TYPE a gauge\n${H}`],
    ['a histogram without its count', `${A}${H.replace('h_count 3\n', '')}`],
  ])('is not covered by %s', (_, text) => {
    expect(outline(text).covers(whole)).toBe(false);
  });

  it('is nothing when only other metrics are there', () => {
    expect(outline('# TYPE a gauge\n# TYPE b gauge\nb 1\n').isEmpty).toBe(true);
    expect(whole.isEmpty).toBe(false);
  });
});
