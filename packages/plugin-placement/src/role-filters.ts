import { defineFilter } from '@pointsman/core';
import { z } from 'zod';

/** Label that says what an endpoint is for: one stage of serving, or several joined by `-`. */
const ROLE = 'llm-d.ai/role';

/** Stands for `prefill-decode`; llm-d has deprecated it. */
const BOTH = 'both';

/** A filter for one stage. Values are compared letter by letter; parameters are not looked at, as in the reference. */
function defineRoleFilter(stage: string, roles: readonly string[], unlabelled: 'kept' | 'dropped') {
  const accepted = new Set<string | undefined>(roles);
  return defineFilter({
    type: `${stage}-filter`,
    description: `Keeps endpoints whose role includes ${stage}${unlabelled === 'kept' ? ', and those without a role' : ''}.`,
    params: z.looseObject({}),
    create: () => ({
      keep: ({ labels }) => {
        if (!Object.hasOwn(labels, ROLE)) return unlabelled === 'kept' || `no label ${ROLE}`;
        return accepted.has(labels[ROLE]) || `label ${ROLE} does not say ${stage}`;
      },
    }),
  });
}

/** Keeps endpoints that generate tokens. One without a role serves whole requests, and so it can decode. */
export const decodeFilter = defineRoleFilter(
  'decode',
  ['decode', 'prefill-decode', BOTH, 'encode-prefill-decode'],
  'kept',
);

/** Keeps endpoints that compute prompts for others. */
export const prefillFilter = defineRoleFilter(
  'prefill',
  ['prefill', 'encode-prefill', 'prefill-decode', BOTH, 'encode-prefill-decode'],
  'dropped',
);

/** Keeps endpoints that encode images, video and sound for others. */
export const encodeFilter = defineRoleFilter(
  'encode',
  ['encode', 'encode-prefill', 'encode-prefill-decode'],
  'dropped',
);
