import { simOptions } from './sim-options.ts';

/** One option of a simulated model server, for a command line and its help. */
export interface SimOptionDescriptor {
  /** Name in `SimOptions`. */
  readonly name: string;
  /** Name on a command line, without dashes in front: `time-to-first-token`. */
  readonly flag: string;
  /** How its value is written: `list` and `json-list` may be given more than once. */
  readonly value: 'text' | 'number' | 'boolean' | 'duration' | 'list' | 'json-list';
  readonly description: string;
  /** Milliseconds for a duration. */
  readonly default: unknown;
}

/** All options of `SimOptions`, in the order of the documentation. */
export const simOptionDescriptors: readonly SimOptionDescriptor[] = Object.entries(simOptions.shape).map(
  ([name, field]) => {
    const fallback: unknown = field.parse(undefined);
    const { description = '', value } = field.meta() ?? {};
    return {
      name,
      flag: name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
      value: (value as SimOptionDescriptor['value'] | undefined) ?? valueOfDefault(fallback),
      description,
      default: fallback,
    };
  },
);

function valueOfDefault(fallback: unknown): SimOptionDescriptor['value'] {
  if (typeof fallback === 'number') return 'number';
  return typeof fallback === 'boolean' ? 'boolean' : 'text';
}
