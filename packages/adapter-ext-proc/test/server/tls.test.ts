import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { createScheduler } from '@pointsman/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { certificateFolder, createExtProcServer, type ServerTls, selfSigned } from '../../src/index.ts';
import { inOrderPicker } from './in-order-picker.ts';

describe('TLS', () => {
  const ends: (() => unknown)[] = [];
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'pointsman-tls-'));
    ends.push(() => rm(folder, { recursive: true, force: true }));
  });
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  async function serve(tls: ServerTls): Promise<number> {
    const scheduler = createScheduler({ endpoints: [], profiles: { default: { picker: inOrderPicker() } } });
    ends.push(() => scheduler.close());
    const server = createExtProcServer({ scheduler, tls });
    ends.push(() => server.close());
    return server.listen({ host: '127.0.0.1', port: 0 });
  }

  async function handshake(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ALPNProtocols: ['h2'], ...options });
    ends.push(() => socket.destroy());
    await once(socket, 'secureConnect');
    return socket;
  }

  async function write(certificate: { cert: Buffer; key: Buffer }): Promise<void> {
    await writeFile(path.join(folder, 'tls.crt'), certificate.cert);
    await writeFile(path.join(folder, 'tls.key'), certificate.key);
  }

  const fingerprintAt = async (port: number) => (await handshake(port)).getPeerCertificate().fingerprint256;

  it('makes a certificate for itself', async () => {
    const socket = await handshake(await serve({ certificate: selfSigned() }));
    expect(socket.alpnProtocol).toBe('h2');
    expect(socket.getPeerCertificate().subject.CN).toBe('pointsman');
  });

  it('survives handshakes that are none', async () => {
    const port = await serve({ certificate: selfSigned() });
    for (const garbage of ['GET / HTTP/1.1\r\n\r\n', '\x16\x03\x01\xff\xffnonsense', '']) {
      const socket = connectSocket(port, '127.0.0.1');
      socket.on('error', () => {});
      socket.end(garbage);
      socket.resume();
      await once(socket, 'close');
    }
    expect((await handshake(port)).alpnProtocol).toBe('h2');
  });

  it('agrees on HTTP/2 or on nothing', async () => {
    const port = await serve({ certificate: selfSigned() });
    await expect(handshake(port, { ALPNProtocols: ['http/1.1'] })).rejects.toThrow(/no.application.protocol/i);
    expect((await handshake(port, { ALPNProtocols: ['http/1.1', 'h2'] })).alpnProtocol).toBe('h2');
  });

  it('refuses older versions than it is told to', async () => {
    const port = await serve({ certificate: selfSigned(), minVersion: 'TLSv1.3' });
    expect((await handshake(port)).getProtocol()).toBe('TLSv1.3');
    await expect(handshake(port, { maxVersion: 'TLSv1.2' })).rejects.toThrow();
  });

  it('takes a new certificate while it serves, and keeps the old one when the new one is none', async () => {
    const [first, second] = [await selfSigned().load(), await selfSigned().load()];
    await write(first);
    let told = (_message: string) => {};
    const note = (message: string) => told(message);
    const log = { debug() {}, info: note, warn: note, error: note };
    const port = await serve({ certificate: certificateFolder(folder, { reload: true, log }) });
    const before = await fingerprintAt(port);

    const refused = new Promise<string>((resolve) => {
      told = resolve;
    });
    await writeFile(path.join(folder, 'tls.crt'), 'nonsense');
    expect(await refused).toContain('the old one stays');
    expect(await fingerprintAt(port)).toBe(before);

    const taken = new Promise<string>((resolve) => {
      told = (message) => message === 'certificate reloaded' && resolve(message);
    });
    await write(second);
    await taken;
    expect(await fingerprintAt(port)).not.toBe(before);
  });

  it('says what is wrong with a certificate', async () => {
    const [first, second] = [await selfSigned().load(), await selfSigned().load()];
    const from = certificateFolder(folder);
    await expect(from.load()).rejects.toThrow(/tls\.crt/);
    await write({ cert: first.cert, key: second.key });
    await expect(from.load()).rejects.toThrow(/tls\.key is not the key of .*tls\.crt/);
    await write({ cert: first.cert, key: Buffer.from('nonsense') });
    await expect(from.load()).rejects.toThrow(/tls\.key cannot be used: /);
  });
});
