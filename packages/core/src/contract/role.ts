/** A part of serving a request that may have endpoints of its own. */
export type Stage = 'encode' | 'prefill' | 'decode';

/** The label that says what an endpoint is for. */
export const ROLE_LABEL = 'llm-d.ai/role';

const STAGES = new Map<string, readonly Stage[]>([
  ['encode', ['encode']],
  ['prefill', ['prefill']],
  ['decode', ['decode']],
  ['encode-prefill', ['encode', 'prefill']],
  ['prefill-decode', ['prefill', 'decode']],
  // Deprecated by llm-d.
  ['both', ['prefill', 'decode']],
  ['encode-prefill-decode', ['encode', 'prefill', 'decode']],
]);

const NONE: readonly Stage[] = Object.freeze([]);

/** The stages that endpoints of a role take part in. Roles are compared letter by letter; one that is not known has none. */
export function stagesOfRole(role: string): readonly Stage[] {
  return STAGES.get(role) ?? NONE;
}
