import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { chat } from './rig/chat.ts';
import { createRig, type Rig, type RigOptions } from './rig/create-rig.ts';
import { describeWithEnvoy } from './rig/describe-with-envoy.ts';
import { send } from './rig/send.ts';
import { connectionManager, extProcFilters } from './rig/shipped-config.ts';

/** Other settings of the filter, and other modes. */
const having = (
  settings: Readonly<Record<string, unknown>>,
  modes: Readonly<Record<string, string>> = {},
): Required<Pick<RigOptions, 'edit'>> => ({
  edit(config) {
    const [filter] = extProcFilters(config);
    Object.assign(filter!, settings);
    Object.assign(filter!.processing_mode as object, modes);
  },
});

describeWithEnvoy('settings of Envoy that ours do not have', () => {
  let rig: Rig | undefined;
  afterEach(async () => {
    await rig?.[Symbol.asyncDispose]();
    rig = undefined;
  });

  const statusOf = async () => (await send(rig!.envoy.origin, { body: chat('m1') })).status;

  it('attributes do no harm', async () => {
    const attributes = {
      request_attributes: ['request.path', 'request.headers'],
      response_attributes: ['response.code'],
    };
    rig = await createRig(having(attributes));
    expect(await statusOf()).toBe(200);
    expect(rig.models[1]!.arrivals).toHaveLength(1);
    await rig.settled();
  });

  it('request_header_mode: SKIP leaves Envoy without a destination: it chooses before the picker is asked', async () => {
    rig = await createRig({ config: 'buffered', ...having({}, { request_header_mode: 'SKIP' }) });
    expect(await statusOf()).toBe(503);
    expect(rig.models.map(({ arrivals }) => arrivals.length)).toEqual([0, 0]);
    await rig.settled();
  });

  it('observability_mode leaves Envoy without a destination, and the picker says so', async () => {
    rig = await createRig({
      config: 'buffered',
      ...having(
        { observability_mode: true, deferred_close_timeout: '0.1s' },
        { request_body_mode: 'NONE', response_trailer_mode: 'SKIP' },
      ),
    });
    expect(await statusOf()).toBe(503);
    // The picker hears of it when it is over.
    while (rig.warnings.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(rig.warnings).toEqual([expect.stringContaining('observability_mode: false')]);
    await rig.settled();
  });

  it('BUFFERED_PARTIAL: bodies beyond the buffer are placed unread, and arrive whole', async () => {
    rig = await createRig({
      config: 'buffered',
      edit(config, models) {
        having({}, { request_body_mode: 'BUFFERED_PARTIAL' }).edit(config, models);
        Object.assign(config.static_resources.listeners[0]!, { per_connection_buffer_limit_bytes: 100_000 });
      },
    });
    expect(await statusOf()).toBe(200);
    expect(rig.models[1]!.arrivals).toHaveLength(1);
    const body = chat('m1', { bytes: 300_000 });
    expect((await send(rig.envoy.origin, { body })).status).toBe(200);
    expect(rig.models[0]!.last?.body.toString()).toBe(body);
    await rig.settled();
  });

  it.each([
    [300_000, 200, 2],
    // Longer than Envoy keeps.
    [3_000_000, 503, 1],
  ])('retries of a route go to the same model server, with all of %i bytes if at all', async (bytes, status, tries) => {
    rig = await createRig({
      edit(config) {
        const { virtual_hosts } = connectionManager(config).route_config as {
          virtual_hosts: { routes: { route: Record<string, unknown> }[] }[];
        };
        const previous = 'envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate';
        const retry_policy = {
          retry_on: '5xx',
          num_retries: 1,
          retry_host_predicate: [
            { name: 'previous-hosts', typed_config: { '@type': `type.googleapis.com/${previous}` } },
          ],
        };
        for (const { route } of virtual_hosts[0]!.routes) route.retry_policy = retry_policy;
      },
    });
    const [, model] = rig.models;
    model!.answer = (_arrival, response) => {
      response.writeHead(model!.arrivals.length === 1 ? 503 : 200).end('{}');
    };
    const body = chat('m1', { bytes });
    expect((await send(rig.envoy.origin, { body })).status).toBe(status);
    expect(model!.arrivals.map((arrival) => arrival.body.toString() === body)).toEqual(Array(tries).fill(true));
    // The picker was asked once.
    expect(await rig.envoy.stat('cluster.picker.upstream_rq_total')).toBe(1);
    await rig.settled();
  });

  it('accept_http_10: clients of HTTP/1.0 are served', async () => {
    rig = await createRig({
      edit(config) {
        connectionManager(config).http_protocol_options = { accept_http_10: true, default_host_for_http_10: 'a' };
      },
    });
    const body = chat('m1');
    const socket = connect(rig.envoy.port, '127.0.0.1');
    let text = '';
    socket.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    socket.write(`POST /v1/chat/completions HTTP/1.0\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    await once(socket, 'close');
    expect(text).toMatch(/^HTTP\/1\.[01] 200 /);
    expect(rig.models[1]!.last?.body.toString()).toBe(body);
    await rig.settled();
  });
});
