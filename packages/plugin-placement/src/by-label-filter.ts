import { defineFilter } from '@pointsman/core';
import { z } from 'zod';

/** Keeps endpoints by the value of one label. The older form of `label-selector-filter`. */
export const byLabelFilter = defineFilter({
  type: 'by-label',
  description: 'Keeps endpoints by the value of one label; prefer label-selector-filter.',
  params: z
    .strictObject({
      label: z.string().min(1),
      /** Values that are kept. An absent label reads as an empty text. */
      validValues: z.array(z.string()).default([]),
      /** Keeps endpoints without the label. */
      allowsNoLabel: z.boolean().default(false),
    })
    .refine((params) => params.validValues.length > 0 || params.allowsNoLabel, {
      message: 'validValues must name at least one value unless allowsNoLabel is true',
      path: ['validValues'],
    }),
  create: ({ params: { label, validValues, allowsNoLabel } }) => {
    const valid = new Set(validValues);
    const reason = `label ${label} is none of ${validValues.join(', ')}`;
    return {
      keep: ({ labels }) =>
        (allowsNoLabel && !Object.hasOwn(labels, label)) || valid.has(labels[label] ?? '') || reason,
    };
  },
});
