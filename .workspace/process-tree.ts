import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** The ids of all processes that this one started, and of those that they started. Empty where that cannot be told. */
export function descendants(pid: number = process.pid): number[] {
  const parents = parentIds();
  const childrenOf = (parent: number): number[] =>
    parents.filter((row) => row.parent === parent).flatMap(({ id }) => [id, ...childrenOf(id)]);
  return childrenOf(pid);
}

function parentIds(): { id: number; parent: number }[] {
  try {
    return process.platform === 'linux' ? fromProc() : fromPs();
  } catch {
    return [];
  }
}

function fromProc(): { id: number; parent: number }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((id) => {
      try {
        // `id (name) state parent ...`, where the name may hold spaces and brackets.
        const [, parent] = readFileSync(`/proc/${id}/stat`, 'utf8').replace(/.*\) /s, '').split(' ');
        return [{ id: Number(id), parent: Number(parent) }];
      } catch {
        return []; // It ended while we were reading.
      }
    });
}

function fromPs(): { id: number; parent: number }[] {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  return rows.map((row) => row.trim().split(/\s+/).map(Number)).map(([id = 0, parent = 0]) => ({ id, parent }));
}
