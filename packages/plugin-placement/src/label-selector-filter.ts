import { defineFilter } from '@pointsman/core';
import { compileSelector, labelSelector } from './label-selector.ts';

/** Keeps endpoints whose labels satisfy a Kubernetes label selector. May leave none. */
export const labelSelectorFilter = defineFilter({
  type: 'label-selector-filter',
  aliases: ['by-label-selector'],
  description: 'Keeps endpoints whose labels satisfy a Kubernetes label selector.',
  params: labelSelector,
  create: ({ params }) => {
    const matches = compileSelector(params);
    return { keep: (endpoint) => matches(endpoint.labels) };
  },
});
