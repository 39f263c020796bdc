import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spec, specs } from '../../test/sample-pool.ts';
import type { Endpoint, EndpointSpec } from '../index.ts';
import { EndpointTable } from './endpoint-table.ts';

const ids = (table: EndpointTable) => table.list().map(({ id }) => id);

/** A table, and what its observers are told. */
function observed() {
  const table = new EndpointTable();
  const log: string[] = [];
  table.observe({
    added: ({ id }) => void log.push(`added ${id}`),
    removed: ({ id }) => void log.push(`removed ${id}`),
    replaced: ({ id }) => void log.push(`replaced ${id}`),
    grown: (capacity) => void log.push(`grown ${capacity}`),
  });
  return { table, log };
}

describe('endpoints', () => {
  it('get an id from namespace and name, or from their address', () => {
    const { table } = observed();
    table.replaceAll([
      { address: '10.0.0.1', port: 80 },
      { address: '10.0.0.2', port: 80, name: 'pod-2' },
      { address: '10.0.0.3', port: 80, name: 'pod-3', namespace: 'prod' },
      { address: '10.0.0.4', port: 80, name: 'pod-4', id: 'given' },
    ]);
    expect(ids(table)).toEqual(['default/10.0.0.1:80', 'default/pod-2', 'prod/pod-3', 'given']);
    expect(table.byId('given')?.address).toBe('10.0.0.4');
    expect(table.byId('unknown')).toBeUndefined();
  });

  it('know where requests and metrics go', () => {
    const { table } = observed();
    table.upsert({ id: 'plain', address: 'model.local', port: 8000 });
    table.upsert({ id: 'tls', address: 'model.local', port: 8443, scheme: 'https', metricsPort: 9090 });
    table.upsert({ id: 'apart', address: '10.0.0.1', port: 80, metricsAddress: '10.0.0.2' });
    expect(table.list().map(({ hostPort, origin, metricsOrigin }) => [hostPort, origin, metricsOrigin])).toEqual([
      ['model.local:8000', 'http://model.local:8000', 'http://model.local:8000'],
      ['model.local:8443', 'https://model.local:8443', 'https://model.local:9090'],
      ['10.0.0.1:80', 'http://10.0.0.1:80', 'http://10.0.0.2:80'],
    ]);
  });

  it.each(['2001:db8::1', '[2001:db8::1]'])('may have an IPv6 address: %s', (address) => {
    const { table } = observed();
    table.upsert({ address, port: 8000, metricsAddress: address, metricsPort: 9000 });
    expect(table.list()).toMatchObject([
      {
        id: 'default/[2001:db8::1]:8000',
        address: '2001:db8::1',
        hostPort: '[2001:db8::1]:8000',
        origin: 'http://[2001:db8::1]:8000',
        metricsOrigin: 'http://[2001:db8::1]:9000',
      },
    ]);
    expect(new URL(table.list()[0]!.metricsOrigin).port).toBe('9000');
  });

  it('are one and the same with and without brackets', () => {
    const { table } = observed();
    table.upsert({ address: '::1', port: 80 });
    table.upsert({ address: '[::1]', port: 80 });
    expect(table.list()).toHaveLength(1);
  });
});

describe('an endpoint that changes', () => {
  it('keeps its row when only its labels do', () => {
    const { table, log } = observed();
    table.upsert({ ...spec(0), labels: { zone: 'a' } });
    const before = table.list();
    const [old] = before;
    table.upsert({ ...spec(0), labels: { zone: 'a' } });
    expect(table.list()).toBe(before);
    table.upsert({ ...spec(0), labels: { zone: 'b' } });
    const [renewed] = table.list();
    expect(table.list()).not.toBe(before);
    expect(renewed).toMatchObject({ row: old!.row, incarnation: old!.incarnation, labels: { zone: 'b' } });
    expect(old?.labels).toEqual({ zone: 'a' });
    expect(table.isLive(old!)).toBe(true);
    table.upsert(spec(0));
    expect(table.list()[0]?.labels).toEqual({});
    expect(log).toEqual(['added e0', 'replaced e0', 'replaced e0']);
  });

  it.each<[string, Partial<EndpointSpec>]>([
    ['address', { address: '10.9.9.9' }],
    ['port', { port: 8001 }],
    ['scheme', { scheme: 'https' }],
    ['metrics address', { metricsAddress: '10.9.9.9' }],
    ['metrics port', { metricsPort: 9090 }],
  ])('is another server when its %s does', (_, change) => {
    const { table, log } = observed();
    table.upsert(spec(0));
    const old = table.list()[0]!;
    table.openCalls[old.row] = 3;
    table.upsert({ ...spec(0), ...change });
    const renewed = table.list()[0]!;
    expect(renewed.incarnation).not.toBe(old.incarnation);
    expect(table.isLive(old)).toBe(false);
    expect(table.isLive(renewed)).toBe(true);
    expect(table.openCalls[renewed.row]).toBe(0);
    expect(log).toEqual(['added e0', 'removed e0', 'added e0']);
  });

  it('does not follow what the source does to its labels later', () => {
    const { table } = observed();
    const labels: Record<string, string> = { zone: 'a' };
    table.upsert({ ...spec(0), labels });
    labels['zone'] = 'b';
    expect(table.list()[0]?.labels).toEqual({ zone: 'a' });
  });
});

describe('rows', () => {
  it('are used again, oldest first, with a new incarnation', () => {
    const { table } = observed();
    table.replaceAll(specs(4));
    table.remove('e1');
    table.remove('e3');
    table.remove('e3');
    table.remove('nobody');
    table.upsert(spec(7));
    table.upsert(spec(8));
    table.upsert(spec(9));
    expect(table.list().map(({ id, row }) => [id, row])).toEqual([
      ['e0', 0],
      ['e2', 2],
      ['e7', 1],
      ['e8', 3],
      ['e9', 4],
    ]);
    expect(new Set(table.list().map(({ incarnation }) => incarnation)).size).toBe(5);
  });

  it('grow beyond the first capacity and keep the counts', () => {
    const { table, log } = observed();
    table.replaceAll(specs(16));
    table.openCalls[5] = 7;
    expect(log).not.toContain('grown 32');
    table.upsert(spec(16));
    table.replaceAll(specs(70));
    expect(log.filter((line) => line.startsWith('grown'))).toEqual(['grown 32', 'grown 64', 'grown 128']);
    expect(table.openCalls[5]).toBe(7);
    expect(table.openCalls).toHaveLength(128);
    expect(new Set(table.list().map(({ row }) => row)).size).toBe(70);
  });
});

describe('replaceAll', () => {
  it('makes the table hold exactly what is given', () => {
    const { table, log } = observed();
    table.replaceAll(specs(3));
    const kept = table.byId('e1');
    log.length = 0;
    table.replaceAll([{ ...spec(2), port: 81 }, spec(1), spec(5)]);
    expect(log).toEqual(['removed e0', 'removed e2', 'added e2', 'added e5']);
    expect(table.byId('e1')).toBe(kept);
    table.replaceAll([]);
    expect(table.list()).toEqual([]);
  });
});

describe('an endpoint that makes no sense', () => {
  it.each<[string, Partial<EndpointSpec>]>([
    ['no address', { address: '' }],
    ['brackets around nothing', { address: '[]' }],
    ['an address with a path', { address: '10.0.0.1/x' }],
    ['an address with a space', { address: '10.0.0.1 ' }],
    ['an address with a user', { address: 'me@10.0.0.1' }],
    ['an address with a query', { address: 'host?x' }],
    ['port 0', { port: 0 }],
    ['port 65536', { port: 65_536 }],
    ['a negative port', { port: -1 }],
    ['a fraction as port', { port: 80.5 }],
    ['NaN as port', { port: Number.NaN }],
    ['a text as port', { port: '80' as never }],
    ['metrics port 0', { metricsPort: 0 }],
    ['a metrics address with a path', { metricsAddress: '10.0.0.1/metrics' }],
  ])('is refused, and everything stays as it was: %s', (_, wrong) => {
    const { table, log } = observed();
    table.replaceAll(specs(2));
    log.length = 0;
    const before = table.list();
    const refusal = expect.objectContaining({ code: 'ENDPOINT_INVALID' });
    expect(() => table.upsert({ ...spec(5), ...wrong })).toThrow(refusal);
    expect(() => table.upsert({ ...spec(1), ...wrong })).toThrow(refusal);
    expect(() => table.replaceAll([spec(7), { ...spec(1), ...wrong }])).toThrow(refusal);
    expect(table.list()).toBe(before);
    expect(log).toEqual([]);
  });
});

it('a listener that unsubscribed hears nothing', () => {
  const table = new EndpointTable();
  const log: Endpoint[] = [];
  const stop = table.observe({ added: (e) => void log.push(e), removed() {}, replaced() {}, grown() {} });
  table.upsert(spec(0));
  stop();
  table.upsert(spec(1));
  expect(log).toHaveLength(1);
});

it('whatever comes and goes: rows are distinct, within capacity, and ids lead to their endpoints', () => {
  const change = fc.oneof(
    fc.record({ kind: fc.constant('upsert' as const), i: fc.nat(30), port: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ kind: fc.constant('remove' as const), i: fc.nat(30) }),
    fc.record({ kind: fc.constant('replace' as const), count: fc.nat(40) }),
  );
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
      const { table, log } = observed();
      const model = new Map<string, number>();
      const incarnations = new Map<number, string>();
      for (const step of changes) {
        if (step.kind === 'upsert') {
          table.upsert({ ...spec(step.i), port: step.port });
          model.set(`e${step.i}`, step.port);
        } else if (step.kind === 'remove') {
          table.remove(`e${step.i}`);
          model.delete(`e${step.i}`);
        } else {
          table.replaceAll(specs(step.count));
          model.clear();
          for (const { id, port } of specs(step.count)) model.set(id!, port);
        }
        const list = table.list();
        expect(new Map(list.map(({ id, port }) => [id, port]))).toEqual(model);
        expect(new Set(list.map(({ row }) => row)).size).toBe(list.length);
        for (const endpoint of list) {
          expect(endpoint.row).toBeLessThan(table.capacity);
          expect(table.byId(endpoint.id)).toBe(endpoint);
          expect(table.isLive(endpoint)).toBe(true);
          const server = `${endpoint.id}:${endpoint.port}`;
          expect(incarnations.get(endpoint.incarnation) ?? server).toBe(server);
          incarnations.set(endpoint.incarnation, server);
        }
        expect([...table.snapshot.rows]).toEqual(list.map(({ row }) => row));
      }
      const added = log.filter((line) => line.startsWith('added')).length;
      expect(added - log.filter((line) => line.startsWith('removed')).length).toBe(model.size);
    }),
    { numRuns: 100 },
  );
});
