import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const start = fileURLToPath(new URL('../src/start.ts', import.meta.url));
const places = [process.env.POINTSMAN_ENVOY ?? '', path.join(homedir(), '.cache/pointsman/envoy/envoy')];
const hasEnvoy =
  places.some((file) => file !== '' && existsSync(file)) ||
  (process.env.PATH ?? '').split(path.delimiter).some((folder) => existsSync(path.join(folder, 'envoy')));
if (!hasEnvoy) console.warn('Left out: "the Envoy example". There is no Envoy here: .ci/install-envoy gets it.');

it.skipIf(!hasEnvoy)(
  'the example keeps every conversation where its beginning is cached',
  { timeout: 120_000 },
  async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...['--import', 'tsx', '--conditions=@pointsman/source', start, '--once'],
    ]);
    const rows = stdout
      .split('\n')
      .map((line) => line.match(/^(\d) +(\d) +default\/(\S+) +(\d+) +(\d+)$/))
      .filter((match) => match !== null)
      .map(([, conversation, turn, server, prompt, cached]) => ({ conversation, turn, server, prompt, cached }));
    expect(rows).toHaveLength(9);
    for (const row of rows) {
      const first = rows.find(({ conversation, turn }) => conversation === row.conversation && turn === '0')!;
      expect(row.server).toBe(first.server);
      if (row !== first) expect(Number(row.cached)).toBeGreaterThan(Number(row.prompt) / 2);
    }
  },
);
