import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readDifferences } from '@pointsman/testkit/harness';

/** What a recorded case says about the type that it is about. */
export interface RecordedCase {
  readonly id: string;
  readonly type?: string;
  readonly plugin?: string;
  readonly profileHandler?: string;
  readonly parser?: string;
  readonly yaml?: string;
  readonly profile?: readonly { readonly type: string }[];
  readonly expected?: { readonly parser?: string; readonly ok?: boolean };
}

/** Recorded cases about one type. */
export interface TypeVectors {
  readonly type: string;
  /** Names of the recordings, without their ending. */
  readonly recordings: readonly string[];
  readonly vectors: number;
  /** Cases that need something which is not built. */
  readonly waiting: number;
  /** Reasons, with the number of cases that come out otherwise for it. */
  readonly differences: ReadonlyMap<string, number>;
}

/** Recordings that are all about one thing, which they are not named after. */
const ABOUT: Readonly<Record<string, string>> = {
  'approx-prefix-cache-bodies': 'approx-prefix-cache-producer',
  'prefix-block-hashes': 'approx-prefix-cache-producer',
  'kvblock-extra-features': 'precise-prefix-cache-producer',
  'kvblock-index': 'precise-prefix-cache-producer',
  'kvblock-keys': 'precise-prefix-cache-producer',
  'kvblock-request-keys': 'precise-prefix-cache-producer',
  'token-estimate': 'token-producer',
  'scheduling-profiles': 'whole profiles',
  'config-loading': 'whole configurations',
};

const NO_PARSER = 'requests that no parser takes';

const packages = new URL('../../', import.meta.url);

/** Where recordings are kept: beside the tests that read them. */
function recordings(): URL[] {
  return readdirSync(packages)
    .map((name) => new URL(`${name}/test/golden/`, packages))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder)
        .filter((file) => file.endsWith('.jsonl'))
        .map((file) => new URL(file, folder)),
    )
    .toSorted((a, b) => (basename(a.pathname) < basename(b.pathname) ? -1 : 1));
}

/**
 * Counts all recorded cases that are kept in the packages, by the type that they are about.
 * @param isWaiting whether a case needs something that is not built
 */
export async function goldenVectors(
  isWaiting: (recorded: RecordedCase) => Promise<boolean>,
): Promise<readonly TypeVectors[]> {
  const tallies = new Map<string, Tally>();
  for (const file of recordings()) {
    const name = basename(fileURLToPath(file), '.jsonl');
    const different = readDifferences(`${name}.jsonl`, new URL('.', file));
    for (const line of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
      const recorded = JSON.parse(line) as RecordedCase;
      const type = typeOf(recorded, name);
      const tally = tallies.get(type) ?? new Tally();
      tallies.set(type, tally);
      // A part of a recording may be kept by two packages.
      const id = `${name} ${recorded.id}`;
      if (tally.ids.has(id)) continue;
      tally.ids.add(id);
      tally.recordings.add(name);
      if (await isWaiting(recorded)) tally.waiting++;
      const why = different.get(recorded.id);
      if (why !== undefined) tally.differences.set(why, (tally.differences.get(why) ?? 0) + 1);
    }
  }
  return [...tallies]
    .map(([type, { recordings: names, ids, waiting, differences }]) => ({
      type,
      recordings: [...names],
      vectors: ids.size,
      waiting,
      differences,
    }))
    .toSorted((a, b) => (a.type < b.type ? -1 : 1));
}

class Tally {
  readonly recordings = new Set<string>();
  readonly ids = new Set<string>();
  readonly differences = new Map<string, number>();
  waiting = 0;
}

function typeOf({ type, plugin, profileHandler, parser, expected }: RecordedCase, recording: string): string {
  const isAboutParsers = recording === 'parser-resolution' || recording === 'request-parsing';
  if (isAboutParsers) return expected?.parser ?? NO_PARSER;
  return ABOUT[recording] ?? type ?? plugin ?? profileHandler ?? parser ?? recording;
}
