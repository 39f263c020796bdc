import { endpointNumber, type NumberColumn, optional } from '@pointsman/core';
import { z } from 'zod';

/** Whose data an attribute is when the configuration does not say. */
const DEFAULT_PRODUCER = 'core-metrics-extractor';

/** Instance name of the plugin that writes the attribute; empty for an attribute without one. */
export const producerParam = z.string().nullish();

/** Which number of an endpoint a plugin looks at. */
export interface AttributeName {
  readonly attribute: string;
  readonly producer: string | null | undefined;
}

/** Why a name makes no sense; undefined when it does. */
export function attributeProblem({ attribute, producer }: AttributeName): string | undefined {
  const slash = attribute.lastIndexOf('/');
  if (slash === -1 || (producer !== undefined && producer !== null)) return undefined;
  return (
    `"${attribute}" has a slash, and there is no producer. Write the attribute "${attribute.slice(0, slash)}" and the ` +
    `producer "${attribute.slice(slash + 1)}", or set the producer to say that the slash belongs to the name`
  );
}

/** The data key of an attribute. Optional: where nobody writes it, it is missing everywhere. */
export function attributeKey({ attribute, producer }: AttributeName) {
  const by = producer ?? DEFAULT_PRODUCER;
  return optional(endpointNumber(by === '' ? attribute : `${attribute}/${by}`));
}

/** True when the endpoint has the attribute and it is a number, be it NaN. */
export function hasAttribute({ values, writtenAt }: NumberColumn, row: number): boolean {
  return !Number.isNaN(writtenAt[row]) && typeof values[row] === 'number';
}
