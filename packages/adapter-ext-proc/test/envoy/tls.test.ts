import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { selfSigned } from '../../src/index.ts';
import { chat } from './rig/chat.ts';
import { createRig, type Rig } from './rig/create-rig.ts';
import { describeWithEnvoy } from './rig/describe-with-envoy.ts';
import { send } from './rig/send.ts';
import type { EnvoyConfig } from './rig/shipped-config.ts';

describeWithEnvoy('TLS between Envoy and the picker', () => {
  const ends: (() => unknown)[] = [];
  let rig: Rig;
  afterEach(async () => {
    await rig[Symbol.asyncDispose]();
    for (const end of ends.splice(0).reverse()) await end();
  });

  it('works with a certificate that nobody can check', async () => {
    rig = await createRig({ config: 'tls', server: { tls: { certificate: selfSigned() } } });
    const body = chat('m1', { bytes: 220_000 });
    expect((await send(rig.envoy.origin, { body })).status).toBe(200);
    expect(rig.models[1]!.last?.body.toString()).toBe(body);
    await rig.settled();
  });

  /** Has Envoy check the picker's certificate, as the comment in the configuration says. */
  const checking = (ca: string) => (config: EnvoyConfig) => {
    const picker = config.static_resources.clusters.find(({ name }) => name === 'picker')!;
    const socket = picker.transport_socket as { typed_config: { common_tls_context: Record<string, unknown> } };
    socket.typed_config.common_tls_context.validation_context = {
      trusted_ca: { filename: ca },
      match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact: 'localhost' } }],
    };
  };

  it('goes on with a certificate that Envoy checks, and not with another one', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'pointsman-ca-'));
    ends.push(() => rm(folder, { recursive: true, force: true }));
    const ca = path.join(folder, 'ca.pem');
    const [trusted, other] = [await selfSigned().load(), await selfSigned().load()];
    await writeFile(ca, trusted.cert);
    for (const [certificate, status] of [
      [trusted, 200],
      [other, 503],
    ] as const) {
      await rig?.[Symbol.asyncDispose]();
      rig = await createRig({
        config: 'tls',
        edit: checking(ca),
        server: { tls: { certificate: { load: async () => certificate } } },
      });
      expect((await send(rig.envoy.origin, { body: chat('m1') })).status).toBe(status);
    }
  });

  it('does not speak to a picker without TLS', async () => {
    rig = await createRig({ config: 'tls' });
    expect((await send(rig.envoy.origin, { body: chat('m1') })).status).toBe(503);
  });
});
