import { describe, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import {
  candidateRecord,
  defineFetcher,
  definePlugin,
  defineScorer,
  endpointNumber,
  endpointValue,
  optional,
  type PluginUse,
  requestValue,
} from '../src/index.ts';

const load = endpointNumber('load/probe', { fallback: 0 });
const heat = endpointNumber('heat/probe');
const driver = endpointValue<string>()('driver/probe');
const tenant = requestValue<{ name: string }>()('tenant/gate');
const match = candidateRecord('match/index', ['blocks', 'total']);

describe('what a plugin reads', () => {
  it('has the type of its key, and undefined only where nothing may be there', () => {
    defineScorer({
      type: 'reader',
      reads: [load, heat, driver, tenant, match, optional(load)],
      create: ({ read }) => {
        expectTypeOf(read(load).values).toEqualTypeOf<Float64Array<ArrayBufferLike>>();
        return {
          score(endpoint, cycle) {
            expectTypeOf(endpoint.get(load)).toEqualTypeOf<number>();
            expectTypeOf(endpoint.get(heat)).toEqualTypeOf<number | undefined>();
            expectTypeOf(endpoint.get(driver)).toEqualTypeOf<string | undefined>();
            expectTypeOf(cycle.get(tenant)).toEqualTypeOf<{ name: string } | undefined>();
            expectTypeOf(endpoint.get(match)?.blocks).toEqualTypeOf<number | undefined>();
            expectTypeOf(read(match).of(cycle)?.fields.total[0]).toEqualTypeOf<number | undefined>();
            return 0;
          },
        };
      },
    });
  });

  it('must be declared', () => {
    defineScorer({
      type: 'sly',
      reads: [load],
      create: ({ read }) => {
        // @ts-expect-error heat is not declared
        read(heat);
        return {
          score(endpoint, cycle) {
            // @ts-expect-error heat is not declared
            endpoint.get(heat);
            // @ts-expect-error tenant is not declared
            cycle.get(tenant);
            // @ts-expect-error load is about endpoints, not about the request
            cycle.get(load);
            return 0;
          },
        };
      },
    });
  });
});

describe('what a plugin writes', () => {
  it('must be declared, and be of the type of its key', () => {
    defineFetcher({
      type: 'writer',
      writes: [tenant, match, load],
      create: ({ write }) => {
        expectTypeOf(write(load).set).parameter(1).toEqualTypeOf<number>();
        // @ts-expect-error request data is not written through an endpoint writer
        write(tenant);
        return {
          prepare(_cycle, sink, [first]) {
            sink.set(tenant, { name: 'a' });
            sink.setCandidate(first!, match, { blocks: 1, total: 2 });
            expectTypeOf(sink.candidates(match).fields.blocks).toEqualTypeOf<Float64Array<ArrayBufferLike>>();
            // @ts-expect-error a number is no tenant
            sink.set(tenant, 1);
            // @ts-expect-error total is missing
            sink.setCandidate(first!, match, { blocks: 1 });
          },
        };
      },
    });
    definePlugin({
      type: 'hook',
      writes: [tenant],
      create: () => ({
        preCall(cycle) {
          cycle.set(tenant, { name: 'a' });
          // @ts-expect-error match is not declared
          cycle.set(match, { blocks: 1, total: 2 });
        },
      }),
    });
  });
});

describe('parameters', () => {
  const zoned = defineScorer({
    type: 'zoned',
    params: z.strictObject({ zone: z.string(), penalty: z.number().default(0.5) }),
    create: ({ params }) => {
      expectTypeOf(params).toEqualTypeOf<{ zone: string; penalty: number }>();
      return { score: () => params.penalty };
    },
  });

  it('are what goes into the schema for callers, and what comes out for the plugin', () => {
    expectTypeOf(zoned({ zone: 'a' })).toEqualTypeOf<PluginUse>();
    expectTypeOf(zoned).parameter(0).toEqualTypeOf<{ zone: string; penalty?: number | undefined }>();
    // @ts-expect-error zone is missing
    zoned();
    // @ts-expect-error zone is a text
    zoned({ zone: 1 });
    // @ts-expect-error there is no such parameter
    zoned({ zone: 'a', penality: 1 });
  });
});
