import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus } from 'node:os';

/** What figures were measured on. */
export interface Machine {
  readonly node: string;
  readonly envoy: string;
  readonly cores: number;
  readonly processor: string;
}

export function describeMachine(envoyPath: string): Machine {
  const version = execFileSync(envoyPath, ['--version'], { encoding: 'utf8' });
  return {
    node: process.version,
    envoy: /\/(\d+\.\d+\.\d+)/.exec(version)?.[1] ?? version.trim(),
    cores: availableParallelism(),
    processor: cpus()[0]?.model ?? 'unknown',
  };
}
