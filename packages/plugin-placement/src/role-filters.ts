import { defineFilter, ROLE_LABEL, type Stage, stagesOfRole } from '@pointsman/core';
import { z } from 'zod';

/** A filter for one stage. Parameters are not looked at, as in the reference. */
function defineRoleFilter(stage: Stage, unlabelled: 'kept' | 'dropped') {
  return defineFilter({
    type: `${stage}-filter`,
    description: `Keeps endpoints whose role includes ${stage}${unlabelled === 'kept' ? ', and those without a role' : ''}.`,
    params: z.looseObject({}),
    create: () => ({
      keep: ({ labels }) => {
        if (!Object.hasOwn(labels, ROLE_LABEL)) return unlabelled === 'kept' || `no label ${ROLE_LABEL}`;
        return stagesOfRole(labels[ROLE_LABEL]!).includes(stage) || `label ${ROLE_LABEL} does not say ${stage}`;
      },
    }),
  });
}

/** Keeps endpoints that generate tokens. One without a role serves whole requests, and so it can decode. */
export const decodeFilter = defineRoleFilter('decode', 'kept');

/** Keeps endpoints that compute prompts for others. */
export const prefillFilter = defineRoleFilter('prefill', 'dropped');

/** Keeps endpoints that encode images, video and sound for others. */
export const encodeFilter = defineRoleFilter('encode', 'dropped');
