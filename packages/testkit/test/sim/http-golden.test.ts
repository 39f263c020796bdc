import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createSimServer, type SimServer } from '../../src/sim/index.ts';
import { compareJson, type Leniency } from './compare-json.ts';
import { optionsOfRecording } from './options-of-recording.ts';
import type { RecordedEvent, RecordedExchange, RecordedExchanges } from './recorded-exchange.ts';
import { type Answered, sendRecorded } from './send-recorded.ts';

const FOLDER = new URL('../golden/sim/http/', import.meta.url);

/** Exchanges that are answered otherwise on purpose, by file: their places, and why. `docs/simulated-model-servers.md` has the list. */
const DIFFERENT: Record<string, { readonly exchanges: readonly number[]; readonly why: string }> = {
  'admin-failures': {
    exchanges: [0, 2, 4, 6, 7, 8],
    why: 'the options that exist here, and other words for what is wrong with them',
  },
  'cache-n-choices': { exchanges: [0, 1, 3], why: 'several choices work with the KV cache, too' },
  'chat-limits': { exchanges: [3], why: 'an echo is cut at max_tokens' },
  'completions-max-tokens': { exchanges: [0, 1, 2], why: 'an echo is cut at max_tokens' },
  'completions-stop': { exchanges: [0, 1], why: 'stop sequences work' },
  'failure-header': { exchanges: [6], why: 'only an error status can be asked for' },
  'responses-errors': { exchanges: [4], why: 'counts of 0 are written' },
  routes: { exchanges: [7], why: 'paths are not corrected' },
};

/** Members of the responses API that its official clients need, and counts that real servers give. */
const MORE_IN_RESPONSES =
  /\.(sequence_number|output_index|content_index|annotations|logprobs|output|input_tokens_details|output_tokens_details|output_tokens)$|\.(content\[\]|part)\.text$|\.item\.arguments$|\.output\[\]\.id$/;

describe('recorded exchanges', () => {
  for (const file of readdirSync(FOLDER)) {
    it(file, async () => {
      const recorded = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as RecordedExchanges;
      const server = await createSimServer(optionsOfRecording(recorded.simulator));
      try {
        const answers = await sendAll(server, recorded.exchanges);
        const different = DIFFERENT[recorded.name]?.exchanges ?? [];
        const problems = recorded.exchanges.flatMap((exchange, i) =>
          differences(answers[i]!, exchange, server.port).map((problem) => ({ i, problem })),
        );
        expect(problems.filter(({ i }) => !different.includes(i))).toEqual([]);
        // The list above stays true.
        expect(different.filter((i) => !problems.some((each) => each.i === i))).toEqual([]);
      } finally {
        await server.close();
      }
    });
  }
});

/** One after the other; those with a start time overlap, each arriving when the one before is in the engine or answered. */
async function sendAll(server: SimServer, exchanges: readonly RecordedExchange[]): Promise<Answered[]> {
  const answers: Promise<Answered>[] = [];
  for (const { request, startAtMs } of exchanges) {
    const isParallel = startAtMs !== undefined;
    const before = inEngine(server);
    const answer = sendRecorded(server.url, request);
    answers.push(answer);
    let isAnswered = false;
    void answer.then(() => {
      isAnswered = true;
    });
    while (!isAnswered && !(isParallel && inEngine(server) > before)) await new Promise(setImmediate);
  }
  return await Promise.all(answers);
}

function inEngine(server: SimServer): number {
  const { running, waiting } = server.stats();
  return running + waiting;
}

function differences(answered: Answered, { request, response, ...exchange }: RecordedExchange, port: number): string[] {
  const leniency: Leniency = {
    varies: exchange.varies,
    maybeAbsent: exchange.maybeAbsent ?? [],
    wording: exchange.goWording ?? [],
    extra: (path) => request.path === '/v1/responses' && MORE_IN_RESPONSES.test(path),
  };
  const found: string[] = [];
  if (answered.status !== response.status) found.push(`status ${answered.status} instead of ${response.status}`);
  for (const [name, recorded] of Object.entries(response.headers)) {
    const value = recorded.replace(/\$\{port\}/, String(port));
    const varies = exchange.varies.includes(`headers.${name}`);
    if (varies ? !(name in answered.headers) : answered.headers[name] !== value) {
      found.push(`header ${name}: ${answered.headers[name]} instead of ${value}`);
    }
  }
  if (response.emptyBody && answered.text !== '') found.push(`body: ${answered.text}`);
  if (response.bodyText !== undefined && answered.text !== response.bodyText) found.push(`body: ${answered.text}`);
  if (response.body !== undefined) found.push(...compareJson(answered.body, response.body, 'body', leniency));
  if (response.events) {
    const [actual, expected] = [answered.events, response.events].map((events) =>
      exchange.choicesInterleave ? byChoice(events) : events,
    );
    found.push(...compareJson(actual, expected, 'events', leniency));
  }
  return found;
}

/** The order of events of different choices is free. */
function byChoice(events: readonly RecordedEvent[]): RecordedEvent[] {
  const indexOf = ({ json }: RecordedEvent) =>
    (json as { choices?: { index: number }[] } | undefined)?.choices?.[0]?.index ?? Number.MAX_SAFE_INTEGER;
  return events.toSorted((a, b) => indexOf(a) - indexOf(b));
}
