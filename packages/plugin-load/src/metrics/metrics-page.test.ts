import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerBody } from '../scrape/answer-body.ts';
import { MetricsPage } from './metrics-page.ts';
import { MetricsPageError } from './metrics-page-error.ts';

const page = (text: string) => new MetricsPage(Buffer.from(text));
const all = (name: string) => ({ name, labels: [] });

describe('a page', () => {
  it('gives values, labels and timestamps', () => {
    const read = page('# TYPE q gauge\nq{a="1",b="x, y"} 2.5 1700000000000\n q{ a = "2" , } -1e3\nq 7\n');
    const samples = read.samples(all('q'));
    expect(samples.map(({ value, timestamp }) => [value, timestamp])).toEqual([
      [2.5, 1_700_000_000_000],
      [-1000, 0],
      [7, 0],
    ]);
    expect(samples.map((sample) => [sample.label('a'), sample.label('b')])).toEqual([
      ['1', 'x, y'],
      ['2', undefined],
      [undefined, undefined],
    ]);
  });

  it('tells a metric from those whose names begin or end like it, and from help texts', () => {
    const read = page('# HELP q is about q 5\n# TYPE q gauge\n# TYPE qq gauge\nqq 1\nq_sum 2\nmy:q 3\nq 4\n');
    expect(read.samples(all('q')).map(({ value }) => value)).toEqual([4]);
    expect(read.has('q_s')).toBe(false);
    expect(read.has('q_sum')).toBe(true);
  });

  it('reads only counters and gauges; histograms, summaries and the rest are 0', () => {
    const read = page(
      '# TYPE c counter\nc 1\nuntyped 2\n# TYPE u untyped\nu 3\n' +
        '# TYPE h histogram\nh_bucket{le="+Inf"} 4\nh_sum 5\nh_count{x="1"} 6\nh_bucket{x="2",le="+Inf"} 1\nh_count{x="2"} 1\n',
    );
    const value = (name: string) => read.newest(all(name))?.value;
    expect(['c', 'untyped', 'u', 'h', 'absent'].map(value)).toEqual([1, 0, 0, 0, undefined]);
    expect(read.samples(all('h'))).toHaveLength(2);
  });

  it.each([
    ['behind its type', '# HELP q q q\n# TYPE q gauge\nq 1\nq 2\n'],
    ['before its type', 'q 1\nq 2\n# TYPE q gauge\n'],
    ['around its type', 'q 1\n# TYPE q gauge\nq 2\n'],
    ['around its help', 'q 1\n# HELP q q\n# TYPE q gauge\nq 2\n'],
    ['far from its type', '# HELP a is not q\n# TYPE q gauge\n# TYPE a gauge\na 7\nq 1\n\n# q\nq 2\n'],
    ['after the help of another metric', 'qq 1\n# HELP a is q\n# TYPE a gauge\na 1\n# TYPE q gauge\nq 1\nq 2\n'],
  ])('finds samples %s', (_, text) => {
    const read = page(text);
    expect(read.samples(all('q')).map(({ value }) => value)).toEqual([1, 2]);
    expect([read.count('q'), read.isGauge('q'), read.has('q')]).toEqual([2, true, true]);
    // Asked again, it says the same.
    expect(read.samples(all('q')).map(({ value }) => value)).toEqual([1, 2]);
  });

  it('finds the same samples wherever comments and other metrics are', () => {
    const line = fc.constantFrom(
      'q 1',
      'q{a="2"} 2',
      '# HELP q q',
      '# HELP x q',
      '# TYPE x gauge',
      'x 3',
      '',
      ' q 4',
      'qq 5',
    );
    const lines = fc.tuple(fc.array(line), fc.array(line)).map(([a, b]) => [...a, '# TYPE q gauge', ...b]);
    fc.assert(
      fc.property(lines, (given) => {
        const read = page(given.map((each) => `${each}\n`).join(''));
        const samples = given.map((each) => each.trim()).filter((each) => each !== '' && !each.startsWith('#'));
        const isOther = (each: string) => !/^q[ {]/.test(each);
        const first = samples.findIndex((each) => !isOther(each));
        const behind = first < 0 ? [] : samples.slice(first);
        const end = behind.findIndex(isOther);
        const expected = (end < 0 ? behind : behind.slice(0, end)).map((each) => Number(each.at(-1)));
        expect(read.samples(all('q')).map(({ value }) => value)).toEqual(expected);
        expect(read.count('q')).toBe(expected.length);
      }),
    );
  });

  it('tells which metrics are looked for', () => {
    const text = '# TYPE q gauge\nq 1\n# TYPE h histogram\nh_count 3\n';
    const names: string[] = [];
    const read = new MetricsPage(Buffer.from(text), (name) => names.push(name));
    expect([read.newest(all('q'))?.value, read.isGauge('g'), read.has('absent'), read.count('h')]).toEqual([
      1,
      false,
      false,
      1,
    ]);
    expect(names).toEqual(['q', 'g', 'absent', 'h', 'h_count']);
  });

  it('prefers the newest sample, and the first of equally new ones', () => {
    const read = page('# TYPE q gauge\nq{n="0"} 1\nq{n="1"} 2 5\nq{n="2"} 3 9\nq{n="3"} 4 9\nq{n="4"} 5\n');
    expect(read.newest(all('q'))?.label('n')).toBe('2');
    expect(read.newest({ name: 'q', labels: [{ name: 'n', value: '4' }] })?.value).toBe(5);
    expect(read.newest({ name: 'q', labels: [{ name: 'n', value: 'x' }] })).toBeUndefined();
  });

  it('undoes escapes and keeps UTF-8', () => {
    const read = page('# TYPE q gauge\nq{a="say \\"hi\\" \\\\ \\n}{",b="größe 漢"} 1\n');
    const sample = read.newest(all('q'))!;
    expect([sample.label('a'), sample.label('b'), sample.value]).toEqual(['say "hi" \\ \n}{', 'größe 漢', 1]);
  });

  it.each(['NaN', '+Inf', '-Inf', 'inf', 'nan'])('knows the value %s', (word) => {
    const value = { nan: Number.NaN, '+inf': Infinity, inf: Infinity, '-inf': -Infinity }[word.toLowerCase()];
    expect(page(`# TYPE q gauge\nq ${word}\n`).newest(all('q'))?.value).toBe(value);
  });

  it.each(['', '\n', '\n \t\n', '# only a comment\n'])('may hold nothing: %j', (text) => {
    expect(page(text).has('q')).toBe(false);
  });
});

describe('a page whose bytes are lent', () => {
  it('is read in place, and not at all once they are gone', () => {
    const body = new AnswerBody(Buffer.from('# TYPE q gauge\nq{a="1"} 2\n'));
    const read = new MetricsPage(body);
    const [sample] = read.samples(all('q'));
    expect(sample!.label('a')).toBe('1');
    expect(body.end()).toBe(true);
    for (const late of [() => read.has('q'), () => read.samples(all('q')), () => sample!.label('a')]) {
      expect(late).toThrow('must be read before the next scrape');
    }
    expect(sample!.value).toBe(2);
  });
});

describe('a page that cannot be trusted is refused', () => {
  it.each([
    ['no newline at the end', 'q 1\nq 2', 'line 2 of the metrics page breaks off'],
    ['a comment cut off', 'q 1\n# HEL', 'line 2'],
    ['prose', 'q 1\nthis is not a metric line\n', 'line 2 of the metrics page has no number'],
    ['prose that ends in a number', 'he is 3\n', 'no number for a value'],
    ['HTML', '<html>404</html>\n', 'begins with no metric name'],
    ['JSON', '{"error":"no"}\n', 'begins with no metric name'],
    ['a name without a value', 'q\n', 'no number'],
    ['labels without a value', 'q{a="1"}\n', 'no number'],
    ['a word for a value', 'q one\n', 'no number'],
    ['carriage returns', 'q 1\r\n', 'no number'],
    ['a name that begins with a digit', '1q 5\n', 'begins with no metric name'],
  ])('%s', (_, text, message) => {
    expect(() => page(text)).toThrow(MetricsPageError);
    expect(() => page(text)).toThrow(message);
  });

  it.each([
    'q{a} 1\n',
    'q{a="1} 1\n',
    'q{a=1} 1\n',
    'q{="1"} 1\n',
    'q{a="1" b="2"} 1\n',
    'q{a="1"} 1 2 3\n',
    'q{a="1"} 1 2.5\n',
  ])('broken labels or numbers, once somebody reads them: %j', (text) => {
    expect(() => page(text).samples(all('q'))).toThrow(MetricsPageError);
  });
});

describe('laws', () => {
  const name = fc.constantFrom('q', 'qq', 'q_sum', 'vllm:num_requests_waiting', 'vllm:num_requests_waiting_total');
  const labelValue = fc.string({
    unit: fc.constantFrom('a', '"', '\\', '\n', '{', '}', ',', '=', ' ', 'ß', '漢', '#'),
  });
  const family = fc.record({
    name,
    samples: fc.array(
      fc.record({
        labels: fc.dictionary(fc.constantFrom('a', 'b', 'le', 'c_d'), labelValue),
        // Without -0, which JavaScript writes as 0.
        value: fc
          .oneof(fc.double({ noDefaultInfinity: true }), fc.integer(), fc.constant(Number.NaN))
          .map((v) => v + 0),
        time: fc.option(fc.nat()),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  });
  const escaped = (text: string) => text.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n');

  it('what was written is what is read', () => {
    fc.assert(
      fc.property(fc.uniqueArray(family, { selector: (f) => f.name, maxLength: 5 }), (families) => {
        let text = '';
        for (const { name, samples } of families) {
          text += `# HELP ${name} about ${name} and q 1\n# TYPE ${name} gauge\n`;
          for (const { labels, value, time } of samples) {
            const pairs = Object.entries(labels).map(([key, of]) => `${key}="${escaped(of)}"`);
            text += `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}${time === null ? '' : ` ${time}`}\n`;
          }
        }
        const read = page(text);
        for (const { name, samples } of families) {
          const found = read.samples(all(name));
          expect(found.map(({ value, timestamp }) => [value, timestamp])).toEqual(
            samples.map(({ value, time }) => [value, time ?? 0]),
          );
          for (const [i, { labels }] of samples.entries()) {
            for (const [key, of] of Object.entries(labels)) expect(found[i]!.label(key)).toBe(of);
          }
        }
      }),
    );
  });

  it('any bytes are read or refused, and never anything else', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
      fc
        .constantFrom('q', '{', '}', '"', '\\', '\n', ' ', '1', '# TYPE q gauge\n', 'q{a="1"} 2\n')
        .map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        try {
          const read = new MetricsPage(Buffer.concat(pieces));
          for (const sample of read.samples({ name: 'q', labels: [{ name: 'a', value: '1' }] })) {
            expect(typeof sample.value).toBe('number');
          }
        } catch (error) {
          expect(error).toBeInstanceOf(MetricsPageError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
