import { z } from 'zod';
import { duration } from './duration.ts';

/** Something that goes wrong on purpose. */
export type Fault =
  /** Every delay is `factor` times longer. */
  | { readonly kind: 'slow'; readonly factor: number }
  /** Requests are accepted and never answered. */
  | { readonly kind: 'hang' }
  /** Requests are answered with an error. */
  | { readonly kind: 'error'; readonly status: number }
  /** The connection breaks when the first token would come. */
  | { readonly kind: 'die-before-first-byte' }
  /** The connection breaks after so many tokens (of an answer that is not streamed: in the middle of its body). */
  | { readonly kind: 'die-mid-stream'; readonly tokens: number }
  /** The metrics page stays as it is. */
  | { readonly kind: 'stale-metrics' }
  /** The metrics page makes no sense. */
  | { readonly kind: 'garbage-metrics' }
  /** Nobody listens; with a time, only for so long. */
  | { readonly kind: 'refuse-connections'; readonly forMs: number | undefined };

const FORMS = [
  'slow:FACTOR',
  'hang',
  'error[:STATUS]',
  'die-before-first-byte',
  'die-mid-stream[:TOKENS]',
  'stale-metrics',
  'garbage-metrics',
  'refuse-connections[:DURATION]',
];

/** A fault as text, the same in an option, a header and the admin path: `slow:4`, `hang`, `error:503`, `die-mid-stream:10`. */
export const fault = z.string().transform((text, context): Fault => {
  const [kind = '', ...rest] = text.trim().split(':');
  const parsed = parseFault(kind, rest.length === 0 ? undefined : rest.join(':'));
  if (parsed) return parsed;
  context.addIssue({ code: 'custom', message: `"${text}" is not a fault; write one of: ${FORMS.join(', ')}` });
  return z.NEVER;
});

/** The text form of a fault. */
export function formatFault(value: Fault): string {
  switch (value.kind) {
    case 'slow':
      return `slow:${value.factor}`;
    case 'error':
      return `error:${value.status}`;
    case 'die-mid-stream':
      return `die-mid-stream:${value.tokens}`;
    case 'refuse-connections':
      return value.forMs === undefined ? value.kind : `${value.kind}:${value.forMs}ms`;
    default:
      return value.kind;
  }
}

function parseFault(kind: string, argument: string | undefined): Fault | undefined {
  switch (kind) {
    case 'slow': {
      const factor = Number(argument);
      return argument !== undefined && factor > 0 && Number.isFinite(factor) ? { kind, factor } : undefined;
    }
    case 'error': {
      const status = argument === undefined ? 500 : Number(argument);
      return Number.isInteger(status) && status >= 400 && status <= 599 ? { kind, status } : undefined;
    }
    case 'die-mid-stream': {
      const tokens = argument === undefined ? 1 : Number(argument);
      return Number.isInteger(tokens) && tokens >= 1 ? { kind, tokens } : undefined;
    }
    case 'refuse-connections': {
      if (argument === undefined) return { kind, forMs: undefined };
      const forMs = duration.safeParse(argument);
      return forMs.success ? { kind, forMs: forMs.data } : undefined;
    }
    case 'hang':
    case 'die-before-first-byte':
    case 'stale-metrics':
    case 'garbage-metrics':
      return argument === undefined ? { kind } : undefined;
    default:
      return undefined;
  }
}
