import { Client, credentials, status as grpcStatus, type ServiceError } from '@grpc/grpc-js';
import { createScheduler } from '@pointsman/core';
import { afterEach, describe, expect, it } from 'vitest';
import { createExtProcServer, createHealthServer, HEALTH_SERVICES, ServingState } from '../../src/index.ts';
import { healthClient } from '../wire/health-client.ts';
import { inOrderPicker } from './in-order-picker.ts';

const EXT_PROC = 'envoy.service.ext_proc.v3.ExternalProcessor';
const [SERVING, NOT_SERVING] = [1, 2];

describe('health', () => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  /** A probe of a port. */
  function probeOf(port: number) {
    const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
    });
    ends.push(() => client.close());
    const { check, list, watch } = healthClient(client);
    return {
      check,
      list,
      watch(service: string) {
        const call = watch(service);
        call.on('error', () => {});
        ends.push(() => call.cancel());
        const told: AsyncIterator<{ status: number }> = call[Symbol.asyncIterator]();
        return async () => (await told.next()).value.status;
      },
    };
  }

  async function start() {
    const state = new ServingState();
    const server = createHealthServer(state);
    ends.push(() => server.close());
    return { state, probe: probeOf(await server.listen({ host: '127.0.0.1', port: 0 })) };
  }

  it('tells liveness from readiness, and follows drain', async () => {
    const { state, probe } = await start();
    const asked = ['', 'readiness', EXT_PROC, 'inference-extension', 'liveness'];
    const answers = async () => (await Promise.all(asked.map(probe.check))).map(({ status }) => status);
    expect(await answers()).toEqual([NOT_SERVING, NOT_SERVING, NOT_SERVING, NOT_SERVING, SERVING]);
    state.ready();
    expect(await answers()).toEqual([SERVING, SERVING, SERVING, SERVING, SERVING]);
    state.drain();
    expect(await answers()).toEqual([NOT_SERVING, NOT_SERVING, NOT_SERVING, NOT_SERVING, SERVING]);
    state.ready();
    expect((await probe.check('')).status).toBe(NOT_SERVING);
  });

  it('lists its services', async () => {
    const { state, probe } = await start();
    state.ready();
    const { statuses } = await probe.list();
    expect(Object.keys(statuses).sort()).toEqual([...HEALTH_SERVICES].sort());
    expect(statuses.liveness?.status).toBe(SERVING);
  });

  it('tells whoever watches of every change', async () => {
    const { state, probe } = await start();
    const [ready, live, unknown] = [probe.watch('readiness'), probe.watch('liveness'), probe.watch('nonsense')];
    expect([await ready(), await live(), await unknown()]).toEqual([NOT_SERVING, SERVING, 3]);
    state.ready();
    expect(await ready()).toBe(SERVING);
    state.drain();
    expect(await ready()).toBe(NOT_SERVING);
  });

  it.each(['nonsense', 'constructor', '__proto__'])('knows no service "%s"', async (service) => {
    const { probe } = await start();
    const failure: ServiceError = await probe.check(service).then(
      () => undefined,
      (error) => error,
    );
    expect(failure.code).toBe(grpcStatus.NOT_FOUND);
    expect(failure.details).toContain('"readiness"');
  });

  it('is answered on the port of the picker too', async () => {
    const scheduler = createScheduler({ endpoints: [], profiles: { default: { picker: inOrderPicker() } } });
    ends.push(() => scheduler.close());
    const health = new ServingState();
    const server = createExtProcServer({ scheduler, health });
    ends.push(() => server.close());
    const probe = probeOf(await server.listen({ host: '127.0.0.1', port: 0 }));
    health.ready();
    expect((await probe.check(EXT_PROC)).status).toBe(SERVING);
    health.drain();
    expect((await probe.check(EXT_PROC)).status).toBe(NOT_SERVING);
  });

  it('does not have a server that ends wait for those who watch', async () => {
    const scheduler = createScheduler({ endpoints: [], profiles: { default: { picker: inOrderPicker() } } });
    ends.push(() => scheduler.close());
    const health = new ServingState();
    const server = createExtProcServer({ scheduler, health });
    ends.push(() => server.close());
    const probe = probeOf(await server.listen({ host: '127.0.0.1', port: 0 }));
    health.ready();
    const told = probe.watch('');
    expect(await told()).toBe(SERVING);
    health.drain();
    expect(await told()).toBe(NOT_SERVING);
    const ended = expect(told()).rejects.toMatchObject({ code: grpcStatus.UNAVAILABLE });
    await server.drain();
    await ended;
  });

  it('says when the port is taken', async () => {
    const { state } = await start();
    const first = createHealthServer(state);
    ends.push(() => first.close());
    const port = await first.listen({ host: '127.0.0.1', port: 0 });
    const second = createHealthServer(state);
    ends.push(() => second.close());
    await expect(second.listen({ host: '127.0.0.1', port })).rejects.toThrow(/EADDRINUSE/);
  });
});
