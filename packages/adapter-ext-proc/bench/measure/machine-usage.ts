import { readFileSync } from 'node:fs';

/** Of the clock in which /proc/stat counts, a second. */
const TICKS = 100;
/** The columns of waiting: for work, and for disks. */
const WAITING = [3, 4];
/** Columns from here on are contained in others. */
const END = 8;

/** Time that all processors together have been busy so far, with whatever, in milliseconds. */
export function busyMs(): number {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n', 1);
  const columns = line.split(/ +/).slice(1, END + 1);
  const ticks = columns.reduce((sum, text, i) => (WAITING.includes(i) ? sum : sum + Number(text)), 0);
  return (ticks * 1000) / TICKS;
}
