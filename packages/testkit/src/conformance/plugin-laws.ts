import { isDeepStrictEqual } from 'node:util';
import { type PluginUse, usePlugin } from '@pointsman/core';
import fc from 'fast-check';
import type { ConformanceOptions } from './conformance-options.ts';
import { frozen } from './frozen.ts';
import { guarded } from './guarded.ts';
import { createStage, type Observed, observe } from './run-world.ts';
import { anyEndpoints, anyRequest, type World } from './world.ts';

/** One law, to be run by any test runner. */
export interface Law {
  /** What has to hold, such as `gives scores from 0 to 1`. */
  readonly name: string;
  /** Rejects with the smallest world that was found to break the law. */
  check(): Promise<void>;
}

/**
 * The laws that a plugin has to keep to be trusted in production, each tried in the real engine over random endpoints, data
 * and requests: absent, huge, negative, infinite and NaN ones included.
 *
 * ```ts
 * describe('laws', () => {
 *   it.each(pluginLaws(sameZone({ zone: 'a' })))('$name', ({ check }) => check());
 * });
 * ```
 */
export function pluginLaws(use: PluginUse, options: ConformanceOptions = {}): readonly Law[] {
  const { kinds } = use.definition;
  const endpoints = anyEndpoints(use, options);
  const request = anyRequest(use, options);
  const world = fc.record({ endpoints, request });
  const plan = { numRuns: options.runs ?? 60, seed: options.seed ?? 1 };
  const law = <T>(name: string, inputs: fc.Arbitrary<T>, holds: (input: T) => Promise<void>): Law => ({
    name,
    check: () => fc.assert(fc.asyncProperty(inputs, holds), plan),
  });
  const look = (at: World) => observe(use, at, options);

  const laws: Law[] = [
    law('fails in no stage, whatever data there is', world, async (at) => {
      await look(at);
    }),
    law('uses only the time and the chance that it is given', world, async (at) => {
      await observe(guarded(use), at, options);
    }),
    law('changes nothing that it is given', world, async (input) => {
      const at = frozen(input);
      await using stage = createStage(use, options);
      stage.put(at.endpoints);
      const before = structuredClone(stage.data());
      await stage.run(at.request, at.endpoints);
      same(stage.data(), before, 'endpoints after a request');
      refuseFaults(stage.faults);
    }),
    law('decides the same for the same inputs and seed', world, async (at) => {
      same(await look(at), await look(at), 'twice the same inputs');
    }),
    law('follows endpoints that change, come and go', fc.tuple(world, endpoints), async ([at, before]) => {
      const wanted = await look(at);
      await using stage = createStage(use, options);
      stage.put(before);
      stage.put([]);
      stage.put(at.endpoints);
      same(await stage.run(at.request, at.endpoints), wanted, 'endpoints that had other labels and data before');
      refuseFaults(stage.faults);
    }),
    law('stands a pool without endpoints', request, async (only) => {
      await using stage = createStage(use, options);
      const { error } = await stage.run(only, []);
      if (error !== 'NO_ENDPOINTS' && error !== 'REJECTED') throw new Error(`the error was ${error}`);
      refuseFaults(stage.faults);
    }),
    law('works on after a change of configuration', world, async (at) => {
      await using stage = createStage(use, options);
      stage.put(at.endpoints);
      await stage.run(at.request, at.endpoints);
      // The same type, but not the same object: this is what new parameters or new code look like.
      stage.reload(usePlugin({ ...use.definition }, use.params, use.name));
      await stage.run(at.request, at.endpoints);
      refuseFaults(stage.faults);
    }),
  ];
  if (kinds.includes('scorer')) {
    laws.push(
      law('gives scores from 0 to 1', world, async (at) => {
        for (const [profile, scores] of Object.entries((await look(at)).scores)) {
          for (const [id, score] of Object.entries(scores)) {
            if (!(score >= 0 && score <= 1)) throw new Error(`${id} got ${score} in profile "${profile}"`);
          }
        }
      }),
    );
  }
  if (kinds.includes('filter')) {
    laws.push(
      law('keeps a part of the candidates, in their order', world, async (at) => {
        const ids = at.endpoints.map(({ id }) => id);
        for (const kept of Object.values((await look(at)).kept)) {
          const inOrder = ids.filter((id) => kept.includes(id));
          if (!isDeepStrictEqual(kept, inOrder)) throw new Error(`of ${ids.join()} it kept ${kept.join()}`);
        }
      }),
    );
  }
  if (kinds.includes('picker')) {
    laws.push(
      law('names candidates, each at most once', world, async (at) => {
        const { picked } = await look(at);
        const ids = at.endpoints.map(({ id }) => id);
        const strange = picked.filter((id, i) => !ids.includes(id) || picked.indexOf(id) !== i);
        if (picked.length === 0 || strange.length > 0) throw new Error(`of ${ids.join()} it named ${picked.join()}`);
      }),
    );
  } else {
    laws.push(
      law('pays no attention to the order of endpoints', fc.tuple(world, fc.nat()), async ([at, turn]) => {
        const reordered = { ...at, endpoints: rotated([...at.endpoints].reverse(), turn) };
        same(unordered(await look(reordered)), unordered(await look(at)), 'endpoints in another order');
      }),
    );
  }
  if (options.remembers !== true) {
    laws.push(
      law('leaves nothing behind from one request to the next', fc.tuple(world, request, endpoints), async (inputs) => {
        const [at, other, elsewhere] = inputs;
        // Data of endpoints stays until it is written anew; so those of the other request have to be others.
        const others = elsewhere.map((endpoint) => ({ ...endpoint, id: endpoint.id.replace('ns/', 'other/') }));
        const wanted = await look(at);
        await using stage = createStage(use, options);
        stage.put([...others, ...at.endpoints]);
        await stage.run(other, [...others, ...at.endpoints]);
        stage.put(at.endpoints);
        const seen = await stage.run(at.request, at.endpoints);
        // Chance differs from decision to decision, so what was picked by it may.
        same(unordered(seen), unordered(wanted), 'another request before');
        refuseFaults(stage.faults);
      }),
    );
  }
  return laws;
}

function same(actual: unknown, expected: unknown, difference: string): void {
  if (isDeepStrictEqual(actual, expected)) return;
  throw new Error(`${difference}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`);
}

function refuseFaults(faults: readonly string[]): void {
  if (faults.length > 0) throw new Error(faults.join('\n'));
}

/** What does not depend on the order of the endpoints or on chance. */
function unordered({ kept, scores, error }: Observed): Pick<Observed, 'kept' | 'scores' | 'error'> {
  const sorted = Object.entries(kept).map(([profile, ids]) => [profile, [...ids].sort()] as const);
  return { kept: Object.fromEntries(sorted), scores, error };
}

function rotated<T>(items: readonly T[], turn: number): readonly T[] {
  const by = items.length === 0 ? 0 : turn % items.length;
  return [...items.slice(by), ...items.slice(0, by)];
}
