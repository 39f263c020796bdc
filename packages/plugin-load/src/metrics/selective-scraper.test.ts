import type { Clock, Endpoint } from '@pointsman/core';
import { selectMetrics } from '@pointsman/testkit/sim';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { type PageAnswer, type PageRequest, PageServer } from '../../test/page-server.ts';
import { HttpScraper } from '../scrape/http-scraper.ts';
import type { MetricsPage } from './metrics-page.ts';
import { SelectiveScraper } from './selective-scraper.ts';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const WANTED = ['running', 'waiting', 'lora_info'];
const PAGE = [
  '# TYPE running gauge',
  'running 3',
  '# TYPE waiting gauge',
  'waiting{engine="0"} 4',
  'waiting{engine="1"} 5',
  ...Array.from({ length: 50 }, (_, i) => `# TYPE other_${i} counter\nother_${i} 1`),
  '',
].join('\n');
const LORA = '# TYPE lora_info gauge\nlora_info{adapters="x"} 1\n';

/** Knows metrics by name at the path itself, as servers do that mount prometheus_client. */
const mounted =
  (page: () => string): PageAnswer =>
  ({ names }) =>
    names.length === 0 ? page() : selectMetrics(page(), names);

/** Knows them below the path only, as vLLM does. */
const vllm =
  (page: () => string): PageAnswer =>
  ({ path, names }) =>
    path === '/metrics' || names.length === 0 ? page() : selectMetrics(page(), names);

interface Scraped {
  readonly server: PageServer;
  readonly endpoint: Endpoint;
  readonly scraper: SelectiveScraper;
  /** Scrapes, reads what is wanted, and tells the values. */
  scrape(wanted?: readonly string[], endpoint?: Endpoint): Promise<Record<string, number[]>>;
  /** What was asked for by so many scrapes. */
  asked(scrapes: number): Promise<string[]>;
  wait(ms: number): void;
}

async function scraped(answer: PageAnswer, path = '/metrics'): Promise<Scraped> {
  const server = await PageServer.start(answer);
  let now = 1_000_000;
  const clock: Clock = { now: () => now, schedule: () => () => {} };
  const http = new HttpScraper({ path, accept: 'text/plain', tls: { rejectUnauthorized: false } });
  const scraper = new SelectiveScraper(http, clock);
  open.push(
    () => server[Symbol.asyncDispose](),
    () => http.close(),
  );
  const first = server.endpoint();
  const scrape = async (wanted: readonly string[] = WANTED, endpoint = first) =>
    read(await scraper.get(endpoint, new AbortController().signal), wanted);
  return {
    server,
    endpoint: first,
    scraper,
    scrape,
    asked: async (scrapes) => {
      for (let i = 0; i < scrapes; i++) await scrape();
      return server.asked();
    },
    wait: (ms) => {
      now += ms;
    },
  };
}

function read(page: MetricsPage, names: readonly string[]): Record<string, number[]> {
  return Object.fromEntries(names.map((name) => [name, page.samples({ name, labels: [] }).map(({ value }) => value)]));
}

const ALL = { running: [3], waiting: [4, 5], lora_info: [] };
const AT_PATH = '/metrics running waiting lora_info';
const BELOW = '/metrics/ running waiting lora_info';

describe('a server that gives metrics by name', () => {
  it('is asked for those that are read, after one whole page', async () => {
    const { scrape, server } = await scraped(mounted(() => PAGE));
    for (let i = 0; i < 3; i++) expect(await scrape()).toEqual(ALL);
    expect(server.asked()).toEqual(['whole', AT_PATH, AT_PATH]);
  });

  it('may give them below the path of the page only', async () => {
    const { asked, scrape } = await scraped(vllm(() => PAGE));
    expect(await asked(5)).toEqual(['whole', AT_PATH, BELOW, BELOW, BELOW]);
    expect(await scrape()).toEqual(ALL);
  });

  it('is asked where the page really is, with the query that it has anyway', async () => {
    const { scrape, server } = await scraped((request, response) => {
      if (request.path !== '/old') return mounted(() => PAGE)(request, response);
      response.writeHead(307, { location: '/new?format=text' }).end();
      return undefined;
    }, '/old');
    for (let i = 0; i < 3; i++) expect(await scrape()).toEqual(ALL);
    const query = WANTED.map((name) => `name%5B%5D=${name}`).join('&');
    expect(server.urls).toEqual(['/old', '/new?format=text', ...Array(2).fill(`/new?format=text&${query}`)]);
  });

  it('tells of a metric that comes into being later', async () => {
    let page = PAGE;
    const { scrape, server } = await scraped(mounted(() => page));
    await scrape();
    await scrape();
    page += LORA;
    expect(await scrape()).toEqual({ ...ALL, lora_info: [1] });
    expect(server.asked()).toEqual(['whole', AT_PATH, AT_PATH]);
  });

  it('goes on being asked by name when it has stopped to tell something', async () => {
    let page = PAGE + LORA;
    const { scrape, server } = await scraped(mounted(() => page));
    await scrape();
    await scrape();
    page = PAGE;
    for (let i = 0; i < 3; i++) expect(await scrape()).toEqual(ALL);
    expect(server.asked()).toEqual(['whole', AT_PATH, AT_PATH, 'whole', AT_PATH, AT_PATH]);
  });

  it('is asked for the whole page every thirty seconds', async () => {
    const { asked, wait } = await scraped(mounted(() => PAGE));
    await asked(2);
    wait(29_999);
    expect(await asked(1)).toEqual([AT_PATH]);
    wait(1);
    expect(await asked(3)).toEqual(['whole', AT_PATH, AT_PATH]);
  });

  it('is asked anew when a reader looks for something else', async () => {
    const { scrape, server } = await scraped(mounted(() => PAGE));
    await scrape(['running']);
    await scrape(['running']);
    // The page does not have what it was not asked for; the next one has it.
    expect(await scrape(['running', 'waiting'])).toEqual({ running: [3], waiting: [] });
    expect(await scrape(['running', 'waiting'])).toEqual({ running: [3], waiting: [4, 5] });
    await scrape(['running', 'waiting']);
    expect(server.asked()).toEqual([
      'whole',
      '/metrics running',
      '/metrics running',
      'whole',
      '/metrics running waiting',
    ]);
  });

  it('is asked for the counts of a histogram', async () => {
    const page = `${PAGE}# TYPE took histogram\ntook_bucket{le="+Inf"} 7\ntook_sum 1\ntook_count 7\n`;
    const { server, scraper, endpoint } = await scraped(mounted(() => page));
    for (let i = 0; i < 3; i++) {
      const got = await scraper.get(endpoint, new AbortController().signal);
      expect(got.samples({ name: 'took', labels: [] })).toHaveLength(1);
      expect(got.has('running')).toBe(true);
      expect(got.isGauge('waiting')).toBe(true);
    }
    const names = '/metrics took took_count running waiting';
    expect(server.asked()).toEqual(['whole', names, names]);
  });

  it('is asked for the whole page first when its labels have changed', async () => {
    const { scrape, server } = await scraped(mounted(() => PAGE));
    await scrape();
    await scrape();
    const relabelled = server.endpoint('a/b', { engine: 'another' });
    await scrape(WANTED, relabelled);
    await scrape(WANTED, relabelled);
    expect(server.asked()).toEqual(['whole', AT_PATH, 'whole', AT_PATH]);
  });

  it('is begun afresh when it has been gone', async () => {
    const { scrape, scraper, endpoint, server } = await scraped(mounted(() => PAGE));
    await scrape();
    await scrape();
    expect(scraper.shown()).toEqual({ metrics: WANTED, scraped: { 'a/b': 'by name' } });
    scraper.forget(endpoint);
    expect(scraper.shown().scraped).toEqual({});
    await scrape();
    expect(server.asked()).toEqual(['whole', AT_PATH, 'whole']);
  });
});

describe('a server that is not asked by name', () => {
  it.each([
    ['nobody reads its pages', []],
    ['it has nothing of what is read', ['unheard_of']],
    ['too much is read', Array.from({ length: 400 }, (_, i) => `other_${i}`)],
  ])('because %s', async (_, wanted) => {
    const { scrape, server } = await scraped(mounted(() => PAGE));
    for (let i = 0; i < 4; i++) await scrape(wanted);
    expect(server.asked()).toEqual(Array(4).fill('whole'));
  });
});

describe('a server that does not give metrics by name', () => {
  it('may answer with the whole page: that is no scrape more', async () => {
    const { asked, wait, scraper } = await scraped(() => PAGE);
    expect(await asked(5)).toEqual(['whole', AT_PATH, BELOW, 'whole', 'whole']);
    expect(scraper.shown().scraped).toEqual({ 'a/b': 'whole' });
    wait(30_000);
    expect(await asked(4)).toEqual(['whole', AT_PATH, BELOW, 'whole']);
    wait(59_999);
    expect(await asked(2)).toEqual(['whole', 'whole']);
    wait(1);
    expect(await asked(4)).toEqual([AT_PATH, BELOW, 'whole', 'whole']);
  });

  const instead = (answer: PageAnswer) => (request: PageRequest, response: Parameters<PageAnswer>[1]) =>
    request.names.length === 0 ? PAGE : answer(request, response);

  it.each<[string, PageAnswer]>([
    ['nothing, as multi-process collectors do', () => ''],
    ['less than is wanted', () => selectMetrics(PAGE, ['running'])],
    ['one sample of two', () => selectMetrics(PAGE, WANTED).replace('waiting{engine="1"} 5\n', '')],
    ['samples without types', () => selectMetrics(PAGE, WANTED).replaceAll(/^#.*\n/gm, '')],
    ['a page that breaks off', () => selectMetrics(PAGE, WANTED).slice(0, -1)],
    ['HTML', () => '<html></html>\n'],
    ['status 400', (_, response) => void response.writeHead(400).end()],
    ['status 404', (_, response) => void response.writeHead(404).end(PAGE)],
    ['status 500', (_, response) => void response.writeHead(500).end()],
    ['a redirect', (_, response) => void response.writeHead(302, { location: '/metrics' }).end()],
    ['a broken connection', (_, response) => void response.destroy()],
    [
      'half an answer',
      (_, response) =>
        void response.writeHead(200, { 'content-length': 99 }).write('running', () => response.destroy()),
    ],
    ['another compression', (_, response) => void response.writeHead(200, { 'content-encoding': 'zstd' }).end('x')],
  ])('but %s: the whole page is asked for at once', async (_, answer) => {
    const { scrape, server } = await scraped(instead(answer));
    for (let i = 0; i < 5; i++) expect(await scrape()).toEqual(ALL);
    // A request into a connection that breaks is sent again, so it may be there twice.
    const asked = server.asked().filter((each, i, all) => each === 'whole' || each !== all[i - 1]);
    expect(asked).toEqual(['whole', AT_PATH, 'whole', BELOW, 'whole', 'whole', 'whole']);
  });

  it('but no answer: the scrape is given up, and the next one is whole', async () => {
    let given = new AbortController();
    const { scrape, server, scraper, endpoint } = await scraped(
      instead(() => {
        given.abort(new Error('no answer'));
        return undefined;
      }),
    );
    await scrape();
    for (let i = 0; i < 4; i++) {
      given = new AbortController();
      await expect(scraper.get(endpoint, given.signal)).rejects.toThrow('no answer');
      expect(await scrape()).toEqual(ALL);
    }
    // Each way has two chances, because a busy server is late with whole pages as well.
    expect(await scrape()).toEqual(ALL);
    const each = [AT_PATH, AT_PATH, BELOW, BELOW].flatMap((path) => [path, 'whole']);
    expect(server.asked()).toEqual(['whole', ...each, 'whole']);
  });

  it('any more: what it leaves out is noticed when it is on a whole page', async () => {
    let page = PAGE;
    const { scrape, server, wait } = await scraped(({ names }) =>
      names.length === 0
        ? page
        : selectMetrics(
            page,
            names.filter((name) => name !== 'lora_info'),
          ),
    );
    await scrape();
    await scrape();
    page += LORA;
    expect(await scrape()).toEqual(ALL);
    wait(30_000);
    for (let i = 0; i < 5; i++) expect(await scrape()).toEqual({ ...ALL, lora_info: [1] });
    expect(server.asked()).toEqual([
      'whole',
      AT_PATH,
      AT_PATH,
      'whole',
      AT_PATH,
      'whole',
      BELOW,
      'whole',
      'whole',
      'whole',
    ]);
  });

  it('nor anything else: the scrape fails as one of the whole page does, and nothing is held against names', async () => {
    let up = true;
    const answering = mounted(() => PAGE);
    const { scrape, server } = await scraped((request, response) => {
      if (up) return answering(request, response);
      response.writeHead(503).end();
      return undefined;
    });
    await scrape();
    await scrape();
    up = false;
    await expect(scrape()).rejects.toThrow('answered 503');
    await expect(scrape()).rejects.toThrow('answered 503');
    up = true;
    for (let i = 0; i < 3; i++) expect(await scrape()).toEqual(ALL);
    expect(server.asked()).toEqual(['whole', AT_PATH, AT_PATH, 'whole', 'whole', 'whole', AT_PATH, AT_PATH]);
  });
});

describe('law', () => {
  it('whatever a server answers to those who ask by name, readers get what the whole page says', async () => {
    const lines = PAGE.split('\n').slice(0, 8);
    let answers: readonly string[] = [];
    const { scrape, server } = await scraped(({ names }, response) => {
      if (names.length === 0) return PAGE;
      const answer = answers[server.urls.length % answers.length]!;
      if (answer !== 'error') return answer;
      response.writeHead(500).end();
      return undefined;
    });
    const part = fc.shuffledSubarray(lines).map((some) => some.map((line) => `${line}\n`).join(''));
    const honest = fc.constant(selectMetrics(PAGE, WANTED));
    const answer = fc.oneof(part, honest, fc.constant(PAGE), fc.constant('error'));
    let made = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(answer, { minLength: 1, maxLength: 4 }), async (given) => {
        answers = given;
        // Every run has an endpoint of its own, of which nothing is known.
        const endpoint = server.endpoint(`a/${made++}`);
        for (let i = 0; i < 6; i++) {
          const values = await scrape(WANTED, endpoint);
          // An answer may have the samples of a metric in another order.
          for (const list of Object.values(values)) list.sort();
          expect(values).toEqual(ALL);
        }
      }),
      { numRuns: 60 },
    );
  });
});
