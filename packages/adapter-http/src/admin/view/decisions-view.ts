import type { DecisionEntry } from '../traffic/decision-entry.ts';
import type { DecisionLists } from '../traffic/decision-log.ts';

/** The lists of decisions in a message of the live stream: who is in which, and what of them is new to the viewers. */
export interface DecisionsView {
  /** Keys of entries by list, newest first. */
  readonly lists: { readonly [List in keyof DecisionLists]: readonly number[] };
  readonly entries: readonly DecisionEntry[];
}

/** What was sent, by key: the revision of each entry. */
export type Sent = ReadonlyMap<number, number>;

/**
 * @param before what the last message to all viewers held
 * @returns the view, and what it leaves the viewers with
 */
export function decisionsView(
  lists: DecisionLists,
  before: Sent,
): { readonly view: DecisionsView; readonly sent: Sent } {
  const sent = new Map<number, number>();
  const entries: DecisionEntry[] = [];
  const keysOf = (list: DecisionLists[keyof DecisionLists]) =>
    list.map(({ entry, revision }) => {
      if (!sent.has(entry.key)) {
        sent.set(entry.key, revision);
        if (before.get(entry.key) !== revision) entries.push(entry);
      }
      return entry.key;
    });
  const view = {
    lists: {
      finished: keysOf(lists.finished),
      running: keysOf(lists.running),
      slow: keysOf(lists.slow),
      failed: keysOf(lists.failed),
    },
    entries,
  };
  return { view, sent };
}
