import { statSync } from 'node:fs';
import { stat } from 'node:fs/promises';

/** How a file is watched. */
export interface WatchOptions {
  /** Milliseconds between two looks at the file. Default 500. */
  readonly intervalMs?: number;
}

const GONE = 'gone';

/**
 * Calls back whenever a file is there anew, changed, or gone, once it has held still between two looks: whoever writes in
 * several steps is not read in between. Nothing that happens after this function
 * has returned is missed, nor anything after `since`: what {@link signatureOf} said then.
 *
 * It looks at the path again and again (`stat`, which follows links) in place of waiting for events of the file system.
 * That sees what events miss, or tell of a neighbour only: Kubernetes swapping the link above a mounted ConfigMap, a
 * file that is deleted and made again, network file systems. One look costs microseconds.
 * @returns a function that stops it
 */
export function watchPath(
  path: string,
  onChange: (exists: boolean) => void,
  options: WatchOptions & { readonly since?: string } = {},
): () => void {
  let told = options.since ?? signatureOf(path);
  let last = told;
  let isLooking = false;
  const look = async () => {
    if (isLooking) return;
    isLooking = true;
    const now = signature(await stat(path, { bigint: true }).catch(() => undefined));
    isLooking = false;
    if (now === last && now !== told && !isStopped) {
      told = now;
      onChange(now !== GONE);
    }
    last = now;
  };
  let isStopped = false;
  const timer = setInterval(() => void look(), options.intervalMs ?? 500);
  timer.unref();
  return () => {
    isStopped = true;
    clearInterval(timer);
  };
}

/** Tells apart what a path leads to at different times, without reading it. */
export function signatureOf(path: string): string {
  try {
    return signature(statSync(path, { bigint: true }));
  } catch {
    return GONE;
  }
}

type Stats = {
  readonly ino: bigint;
  readonly dev: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
};

function signature(stats: Stats | undefined): string {
  return stats === undefined ? GONE : [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(':');
}
