import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { tempFolder } from '../../test/temp-folder.ts';
import { watchPath } from './file-watcher.ts';

/** Watches, and gives what was told, one after the other. */
function told(path: string) {
  const waiting: ((exists: boolean) => void)[] = [];
  const queue: boolean[] = [];
  const stop = watchPath(
    path,
    (exists) => {
      const next = waiting.shift();
      if (next === undefined) queue.push(exists);
      else next(exists);
    },
    { intervalMs: 5 },
  );
  onTestFinished(stop);
  return {
    stop,
    queue,
    next: () => {
      const known = queue.shift();
      return known === undefined ? new Promise<boolean>((resolve) => waiting.push(resolve)) : Promise.resolve(known);
    },
  };
}

test('a change, a deletion and a new file are told', async () => {
  const path = join(tempFolder(), 'f');
  writeFileSync(path, 'a');
  const { next } = told(path);
  writeFileSync(path, 'bb');
  expect(await next()).toBe(true);
  rmSync(path);
  expect(await next()).toBe(false);
  writeFileSync(path, 'ccc');
  expect(await next()).toBe(true);
});

test('a file that takes the place of another is told, as editors write it', async () => {
  const folder = tempFolder();
  const path = join(folder, 'f');
  writeFileSync(path, 'same');
  const { next } = told(path);
  writeFileSync(`${path}.tmp`, 'same');
  renameSync(`${path}.tmp`, path);
  expect(await next()).toBe(true);
});

test('a file that is not there yet is told when it comes', async () => {
  const path = join(tempFolder(), 'later');
  const { next } = told(path);
  writeFileSync(path, 'here');
  expect(await next()).toBe(true);
});

test('a ConfigMap that Kubernetes swaps is told', async () => {
  const folder = tempFolder();
  const version = (name: string, text: string) => {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'config.yaml'), text);
  };
  // As the kubelet lays it out: the file is a link into ..data, which is a link to a folder with a date.
  version('..2026_01_01', 'one');
  symlinkSync('..2026_01_01', join(folder, '..data'));
  symlinkSync('..data/config.yaml', join(folder, 'config.yaml'));
  const { next } = told(join(folder, 'config.yaml'));
  for (const [before, after] of [
    ['..2026_01_01', '..2026_01_02'],
    ['..2026_01_02', '..2026_01_03'],
  ] as const) {
    version(after, 'two');
    symlinkSync(after, join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    rmSync(join(folder, before), { recursive: true });
    expect(await next()).toBe(true);
  }
});

test('nothing is told when nothing happens, nor after the end', async () => {
  const folder = tempFolder();
  const path = join(folder, 'f');
  writeFileSync(path, 'a');
  const quiet = told(path);
  quiet.stop();
  writeFileSync(path, 'b');
  // Another watcher shows that the time for it has passed.
  const other = told(join(folder, 'g'));
  writeFileSync(join(folder, 'g'), '');
  await other.next();
  expect(quiet.queue).toEqual([]);
});
