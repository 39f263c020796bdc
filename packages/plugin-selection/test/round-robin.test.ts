import { createScheduler, type EndpointSpec } from '@pointsman/core';
import { describe, expect, it } from 'vitest';
import { roundRobinPicker } from '../src/index.ts';

const specs = (count: number): EndpointSpec[] =>
  Array.from({ length: count }, (_, i) => ({ id: `e${i}`, address: '10.0.0.1', port: 8000 + i }));

async function targets(scheduler: ReturnType<typeof createScheduler>, requests: number): Promise<string[]> {
  const seen: string[] = [];
  for (let i = 0; i < requests; i++) {
    const call = await scheduler.schedule({});
    seen.push([call.decision.target, ...call.decision.fallbacks].map(({ id }) => id).join(' '));
    call.end();
  }
  return seen;
}

describe('the round-robin picker', () => {
  it('gives every endpoint its turn, in pool order', async () => {
    await using scheduler = createScheduler({
      endpoints: specs(3),
      profiles: { default: { picker: roundRobinPicker() } },
    });
    expect(await targets(scheduler, 7)).toEqual(['e0', 'e1', 'e2', 'e0', 'e1', 'e2', 'e0']);
  });

  it('names those whose turn comes next as fallbacks, at most as many as there are', async () => {
    await using scheduler = createScheduler({
      endpoints: specs(3),
      profiles: { default: { picker: roundRobinPicker({ maxNumOfEndpoints: 5 }) } },
    });
    expect(await targets(scheduler, 2)).toEqual(['e0 e1 e2', 'e1 e2 e0']);
  });

  it('goes on where it was after a change of configuration', async () => {
    await using scheduler = createScheduler({
      endpoints: specs(3),
      profiles: { default: { picker: roundRobinPicker() } },
    });
    await targets(scheduler, 2);
    scheduler.reload({
      pools: {
        default: {
          endpoints: specs(3),
          profiles: { default: { picker: roundRobinPicker({ maxNumOfEndpoints: 2 }) } },
        },
      },
    });
    expect(await targets(scheduler, 1)).toEqual(['e2 e0']);
  });
});
