import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/harness/virtual-clock.ts';
import { createSimServer, type SimServer } from '../../src/sim/index.ts';
import { optionsOfRecording } from './options-of-recording.ts';
import type { RecordedRequest } from './recorded-exchange.ts';
import { sendRecorded } from './send-recorded.ts';

interface RecordedPages {
  readonly simulator: { readonly args: readonly string[] };
  readonly varies: readonly string[];
  readonly steps: readonly Step[];
}

interface Step {
  readonly request?: RecordedRequest;
  readonly background?: boolean;
  readonly wait?: number;
  readonly scrape?: string;
  readonly page?: readonly string[];
}

const FOLDER = new URL('../golden/sim/metrics/', import.meta.url);

/** A value that differs on purpose: a block that is not full takes memory, too. */
const PARTIAL_BLOCK = { series: /^vllm:kv_cache_usage_perc/, recorded: 0.3, here: 0.4 };

/** The second request is refused there; here it waits for memory, as in vLLM. */
const SKIPPED = ['kv-full.json'];

/** Measured there with the machine's clock: only bounds and counts are comparable. */
const isMeasured = (series: string, varies: readonly string[]) => varies.includes(series.replace(/\{.*/, ''));

describe('recorded metrics pages, in virtual time', () => {
  for (const file of readdirSync(FOLDER).filter((each) => !SKIPPED.includes(each))) {
    const recorded = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as RecordedPages;

    it(file, async () => {
      const clock = new VirtualClock(0);
      const server = await createSimServer(optionsOfRecording(recorded.simulator), clock);
      const answers: Promise<unknown>[] = [];
      try {
        for (const step of recorded.steps) {
          if (step.request) await send(server, clock, step.request, step.background ?? false, answers);
          if (step.wait !== undefined) clock.runUntil(clock.now() + step.wait);
          if (step.page) comparePages(await (await fetch(`${server.url}/metrics`)).text(), step.page, recorded);
        }
        clock.runAll();
        await Promise.all(answers);
      } finally {
        await server.close();
        await Promise.allSettled(answers);
      }
    });
  }
});

/** Until the request is answered, or only until it is in the engine. */
async function send(
  server: SimServer,
  clock: VirtualClock,
  request: RecordedRequest,
  isBackground: boolean,
  answers: Promise<unknown>[],
): Promise<void> {
  const inEngine = () => server.stats().running + server.stats().waiting;
  const before = inEngine();
  let isAnswered = false;
  const answer = sendRecorded(server.url, request).finally(() => {
    isAnswered = true;
  });
  answers.push(answer);
  while (!isAnswered && !(isBackground && inEngine() > before)) {
    if (!isBackground) clock.runAll();
    await new Promise(setImmediate);
  }
}

function comparePages(page: string, recorded: readonly string[], { varies }: RecordedPages): void {
  const actual = seriesOf(page.split('\n'));
  const expected = seriesOf(recorded);
  // A label set that was true once stays on the recorded page; here only the current one is shown.
  const adapters = [...actual.keys()].filter((each) => each.startsWith('vllm:lora_requests_info'));
  expect(adapters).toHaveLength(1);
  expect([...expected.keys()]).toContain(adapters[0]);
  const names = (series: Map<string, number>) =>
    [...series.keys()].filter((each) => !each.startsWith('vllm:lora_')).sort();
  expect(names(actual)).toEqual(names(expected));
  for (const [series, value] of expected) {
    if (series.startsWith('vllm:lora_') || isMeasured(series, varies)) continue;
    const isDifferent = PARTIAL_BLOCK.series.test(series) && value === PARTIAL_BLOCK.recorded;
    expect(actual.get(series), series).toBeCloseTo(isDifferent ? PARTIAL_BLOCK.here : value, 9);
  }
}

/** Value by name and sorted labels. */
function seriesOf(lines: readonly string[]): Map<string, number> {
  return new Map(
    lines
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const [, name, labels, value] = /^([^{]+)\{(.*)\} (\S+)$/.exec(line)!;
        const sorted = [...labels!.matchAll(/\w+="(?:[^"\\]|\\.)*"/g)].map(([label]) => label).sort();
        return [`${name}{${sorted.join(',')}}`, Number(value)];
      }),
  );
}
