import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DIFFERENCES } from './conversation/differences.ts';
import { recordedOutcome } from './conversation/outcome.ts';
import { readRecordings } from './conversation/recording.ts';
import { replay } from './conversation/replay.ts';
import { startPicker } from './conversation/start-picker.ts';
import { arrivalsOf, viewOf } from './conversation/view.ts';

const recordings = readRecordings();
const names = new Set(recordings.map(({ name }) => name));

describe('conversations with the endpoint picker of llm-d', () => {
  it('are all known by name where something is different', () => {
    expect(Object.keys(DIFFERENCES).filter((name) => !names.has(name))).toEqual([]);
  });

  it('that differ are documented', () => {
    const page = readFileSync(new URL('../../../docs/coming-from-llm-d.md', import.meta.url), 'utf8');
    for (const [name, { why }] of Object.entries(DIFFERENCES)) expect(page).toContain(`| \`${name}\` | ${why} |`);
  });

  it.each(recordings)('$name', async ({ name, text }) => {
    const picker = await startPicker(text);
    try {
      const { recording, port } = picker;
      const difference = DIFFERENCES[name];
      const streams = [...new Set(recording.requests.filter(isAction).map(({ stream = '' }) => stream))];
      const intended = new Map(
        streams.map((stream) => {
          const recorded = viewOf(recording, stream, recordedOutcome(recording, stream), true);
          return [stream, difference === undefined ? recorded : difference.intended(recorded, recording)] as const;
        }),
      );
      const due = (stream: string, step: number) =>
        intended.get(stream)!.replies.filter((reply) => stepOf(reply) <= step).length;
      const outcomes = await replay(recording, port, due);
      for (const stream of streams) {
        const outcome = outcomes.get(stream)!;
        expect(viewOf(recording, stream, outcome, false)).toEqual(intended.get(stream));
        if (difference !== undefined) continue;
        // Bytes of the response may come earlier than recorded, never later.
        const ours = arrivalsOf(outcome.replies);
        for (const [step, bytes] of arrivalsOf(recordedOutcome(recording, stream).replies)) {
          const had = Math.max(0, ...[...ours].filter(([at]) => at <= step).map(([, sum]) => sum));
          expect(had).toBeGreaterThanOrEqual(bytes);
        }
      }
      expect(picker.openCalls()).toBe(0);
    } finally {
      await picker.stop();
    }
  });
});

function isAction({ waitMs }: { readonly waitMs?: number }): boolean {
  return waitMs === undefined;
}

/** A response body may come earlier than recorded: it is not waited for. */
function stepOf(reply: string): number {
  const after = / after (\d+)$/.exec(reply)?.[1];
  return after === undefined ? Number.POSITIVE_INFINITY : Number(after);
}
