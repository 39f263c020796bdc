import { APPEND_ACTION, type HeaderMutation } from '../wire/messages.ts';

/** Changes of headers: removals happen first. */
export interface HeaderEdits {
  /** Values by lower-case name; each takes the place of all values that the header has. */
  readonly set: Readonly<Record<string, string>>;
  /** Lower-case names. */
  readonly remove: readonly string[];
}

export const NO_EDITS: HeaderEdits = Object.freeze({ set: Object.freeze({}), remove: Object.freeze([]) });

/** Control characters make Envoy refuse the whole mutation. */
const UNSENDABLE = /[^\t -~\u0080-\uffff]/g;

/** @returns undefined when there is nothing to change */
export function headerMutation({ set, remove }: HeaderEdits): HeaderMutation | undefined {
  const names = Object.keys(set);
  if (names.length === 0 && remove.length === 0) return undefined;
  const setHeaders = names.map((key) => ({
    key,
    value: set[key]!.replace(UNSENDABLE, '?'),
    // Not left to the proxy's default, which has changed between versions.
    appendAction: APPEND_ACTION.OVERWRITE_IF_EXISTS_OR_ADD,
  }));
  return { ...(names.length > 0 && { setHeaders }), ...(remove.length > 0 && { removeHeaders: remove }) };
}
