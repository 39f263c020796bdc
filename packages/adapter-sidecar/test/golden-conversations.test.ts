import { readFileSync } from 'node:fs';
import { generate } from 'selfsigned';
import { beforeAll, describe, expect, it } from 'vitest';
import { Comparison } from './conversation/compare.ts';
import { DIFFERENCES } from './conversation/differences.ts';
import { optionsOf } from './conversation/options-of.ts';
import { type Recording, readRecordings } from './conversation/recording.ts';
import { type Certificate, replay } from './conversation/replay.ts';

const recordings = readRecordings();
const names = new Set(recordings.map(({ name }) => name));
const isReplayed = (name: string) => DIFFERENCES[name] === undefined || DIFFERENCES[name].intended !== undefined;

describe('conversations with the sidecar of llm-d', () => {
  let certificate: Certificate;
  beforeAll(async () => {
    const made = await generate([{ name: 'commonName', value: 'sidecar' }], { keyType: 'ec', curve: 'P-256' });
    certificate = { cert: made.cert, key: made.private };
  });

  it('are all known by name where something is different', () => {
    expect(Object.keys(DIFFERENCES).filter((name) => !names.has(name))).toEqual([]);
  });

  it('that differ are documented', () => {
    const page = readFileSync(new URL('../../../docs/sidecar.md', import.meta.url), 'utf8');
    for (const [name, { why }] of Object.entries(DIFFERENCES)) expect(page).toContain(`| \`${name}\` | ${why} |`);
  });

  it('that are not replayed need a flag that is refused', () => {
    for (const { name, text } of recordings) {
      if (isReplayed(name)) continue;
      expect(() => optionsOf(JSON.parse(text) as Recording, { decode: 1 })).toThrow(/--(decode-chunk-size|moriio-)/);
    }
  });

  it.concurrent.each(recordings.filter(({ name }) => isReplayed(name)))('$name', async ({ name, text }) => {
    const { recording, expected, seen } = await replay(text, certificate);
    DIFFERENCES[name]?.intended?.(expected);
    expect(new Comparison(recording.compare).problems(expected, seen)).toEqual([]);
  });
});
