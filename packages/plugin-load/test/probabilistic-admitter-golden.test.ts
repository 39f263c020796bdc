import { type NumberColumn, noMetrics, PointsmanError, silentLogger, systemClock } from '@pointsman/core';
import { type RecordedEndpoint, readGolden } from '@pointsman/testkit/harness';
import { endpointDataOf } from '@pointsman/testkit/state';
import { describe, expect, it } from 'vitest';
import { probabilisticAdmitter } from '../src/index.ts';

interface Case {
  readonly id: string;
  readonly params?: Record<string, unknown>;
  readonly endpoints: readonly RecordedEndpoint[];
  readonly randomDraw: number;
  readonly request: { readonly priority?: number };
  readonly expected: { readonly admitted: boolean };
}

/** The admitter over given columns and with a given draw: an engine draws for itself. */
function admits({ params, endpoints, randomDraw, request }: Case): boolean {
  const columns = new Map<string, NumberColumn>();
  const columnOf = (id: string) => {
    const empty = () => new Float64Array(endpoints.length);
    const column = columns.get(id) ?? { values: empty(), writtenAt: empty().fill(Number.NaN) };
    columns.set(id, column);
    return column;
  };
  for (const [row, endpoint] of endpoints.entries()) {
    for (const { key, value } of endpointDataOf(endpoint)) {
      if (key.shape !== 'number') continue;
      columnOf(key.id).values[row] = value as number;
      columnOf(key.id).writtenAt[row] = 1;
    }
  }
  const use = probabilisticAdmitter(params as never);
  const plugin = use.definition.create({
    params: use.params,
    name: use.name,
    pool: 'default',
    clock: systemClock,
    log: silentLogger,
    metrics: noMetrics,
    endpoints: {
      list: () => endpoints.map(({ id }, row) => ({ ...nowhere, id, row })),
      byId: () => undefined,
      isLive: () => true,
    },
    inherited: undefined,
    read: (key) => columnOf(key.id) as never,
    write: () => {
      throw new Error('it writes nothing');
    },
    saturation: () => () => 0,
    onClose() {},
  });
  try {
    const random = { next: () => randomDraw, below: () => 0 };
    void plugin.preCall!({ request: { priority: request.priority ?? 0 }, random } as never);
    return true;
  } catch (error) {
    if (PointsmanError.is(error, 'REJECTED') && error.httpStatus === 429) return false;
    throw error;
  }
}

const nowhere = { address: '', port: 1, hostPort: '', origin: '', metricsOrigin: '', labels: {}, incarnation: 1 };

describe('probabilistic-admitter as recorded', () => {
  const cases = readGolden<Case & { plugin: string }>('admitters.jsonl', new URL('./golden/', import.meta.url)).filter(
    ({ plugin }) => plugin === 'probabilistic-admitter',
  );
  it.each(cases.map((recorded) => [recorded.id, recorded] as const))('%s', (_, recorded) => {
    expect(admits(recorded)).toBe(recorded.expected.admitted);
  });
});
