import { type GivenDatum, optional, requestValue, usePlugin } from '@pointsman/core';
import { readGolden } from '@pointsman/testkit/harness';
import { describe, expect, it } from 'vitest';
import { sessionAffinityPlugins } from '../src/index.ts';
import { createSessionBench, type Seen } from './session-bench.ts';

interface Attribute {
  readonly dataType: string;
  readonly producer?: string;
  readonly value: unknown;
}

type Step =
  | {
      readonly op: 'score' | 'filter';
      readonly candidates: readonly string[];
      readonly request: {
        readonly requestId: string;
        readonly headers?: Readonly<Record<string, string>>;
        readonly attributes?: readonly Attribute[];
      };
      readonly expected: { readonly scores?: object; readonly kept?: readonly string[] };
    }
  | {
      readonly op: 'preRequest';
      readonly requestId: string;
      readonly primaryProfile: string;
      readonly profileTargets: Readonly<Record<string, readonly string[]>>;
    }
  | {
      readonly op: 'responseHeader';
      readonly requestId: string;
      readonly servedBy: string;
      readonly expected: { readonly responseHeaders: Readonly<Record<string, string>> };
    };

interface Case {
  readonly id: string;
  readonly plugin: string;
  readonly params?: { readonly strategy?: string; readonly profileName?: string };
  readonly endpoints: readonly { readonly id: string }[];
  readonly steps: readonly Step[];
}

function given(attributes: readonly Attribute[] = []): GivenDatum[] {
  return attributes.map(({ dataType, producer = '', value }) => ({
    key: optional(requestValue<unknown>()(producer === '' ? dataType : `${dataType}/${producer}`)),
    value,
  }));
}

/** Which endpoint each profile chose, the primary profile first; nothing when the request was not dispatched. */
function targetsOf(recorded: Case, at: number): Record<string, string> | undefined {
  const [next, afterNext] = recorded.steps.slice(at + 1);
  if (next?.op === 'preRequest') {
    const { primaryProfile, profileTargets } = next;
    const names = [primaryProfile, ...Object.keys(profileTargets).filter((name) => name !== primaryProfile)];
    return Object.fromEntries(names.map((name) => [name, profileTargets[name]![0]!]));
  }
  // An answer without a recorded choice: chosen was the one that served. It teaches a stateful plugin nothing.
  if (next?.op !== 'responseHeader' || recorded.params?.strategy === 'session_id') return undefined;
  const { profileName = '' } = recorded.params ?? {};
  expect(afterNext?.op).not.toBe('preRequest');
  const token = Object.values(next.expected.responseHeaders)[0];
  const named = token === undefined ? {} : { [profileName]: Buffer.from(token, 'base64').toString() };
  return { decode: next.servedBy, ...(profileName === '' ? {} : named) };
}

describe('session-affinity.jsonl', () => {
  const cases = readGolden<Case>('session-affinity.jsonl', new URL('./golden/', import.meta.url));
  it.each(cases.map((recorded) => [recorded.id, recorded] as const))('%s', async (_, recorded) => {
    const definition = sessionAffinityPlugins.find(({ type }) => type === recorded.plugin)!;
    const use = usePlugin(definition, definition.params.parse(recorded.params ?? {}), definition.type);
    await using bench = createSessionBench(use, {
      endpoints: recorded.endpoints.map(({ id }, i) => ({ id, address: `10.0.0.${i + 1}`, port: 8000 })),
      profiles: ['default', 'decode', 'prefill'],
    });
    let seen: Seen | undefined;
    for (const [at, step] of recorded.steps.entries()) {
      if (step.op === 'preRequest') continue;
      if (step.op === 'responseHeader') {
        const served = bench.pool.endpoints().find(({ id }) => id === step.servedBy);
        const headers = seen?.call?.responseHeaders(200, {}, served) ?? {};
        expect(headers, `step ${at}`).toEqual(step.expected.responseHeaders);
        seen?.call?.end();
        continue;
      }
      const targets = targetsOf(recorded, at);
      seen = await bench.run({
        request: { id: step.request.requestId, headers: step.request.headers ?? {} },
        candidates: step.candidates,
        given: given(step.request.attributes),
        ...(targets === undefined ? {} : { targets }),
      });
      if (step.op === 'score') expect(seen.scores, `step ${at}`).toEqual(step.expected.scores);
      else expect([...seen.kept].sort(), `step ${at}`).toEqual([...step.expected.kept!].sort());
    }
  });
});
