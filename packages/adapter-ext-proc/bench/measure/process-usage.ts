import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';

/**
 * Time on the processor that a process has had so far with all its threads, in milliseconds; Linux counts it exactly.
 * @throws Error when the process has ended
 */
export function cpuMs(pid: number): number {
  if (!existsSync(`/proc/${pid}/task`)) throw new Error(`Process ${pid}, which was being measured, has ended.`);
  let ns = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    ns += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
  }
  return ns / 1e6;
}

/** Memory of a process that is resident now, and the most that was since `forgetPeak`, in bytes. */
export function residentBytes(pid: number): { readonly now: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const bytes = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024;
  return { now: bytes('VmRSS'), peak: bytes('VmHWM') };
}

export function forgetPeak(pid: number): void {
  // 5 means this to the kernel.
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}
