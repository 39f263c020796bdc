import { createConnection } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createAdmin } from '../../src/admin/create-admin.ts';
import { createAdminRig } from './create-admin-rig.ts';
import { metricsPage } from './metrics-page.ts';

const TOKEN = 'correct-horse-battery';

describe('who may call the admin API', () => {
  it('wants the token for everything but the page', async () => {
    await using rig = await createAdminRig({ token: TOKEN, metricsPage: () => metricsPage('up 1\n') });
    expect((await rig.ask('/')).status).toBe(200);
    for (const path of ['/api', '/api/decisions', '/api/stream', '/metrics', '/nothing']) {
      const { status, headers, json } = await rig.ask(path);
      expect([path, status]).toEqual([path, 401]);
      expect(headers['www-authenticate']).toContain('Bearer');
      expect(json.error.code).toBe('token_missing');
    }
    expect((await rig.post('/api/decide', {})).status).toBe(401);
    for (const wrong of [`Bearer ${TOKEN}x`, 'Bearer x', `Basic ${TOKEN}`, TOKEN, 'Bearer ', `Bearer ${TOKEN} y`]) {
      expect([wrong, (await rig.ask('/api', { headers: { authorization: wrong } })).status]).toEqual([wrong, 401]);
    }
    // Addresses are logged.
    expect((await rig.ask(`/api?token=${TOKEN}`)).status).toBe(401);
    expect((await rig.ask('/api', { headers: { authorization: `bearer ${TOKEN}` } })).status).toBe(200);
  });

  it('does not take an empty token for protection', async () => {
    await using rig = await createAdminRig();
    expect(() => createAdmin({ scheduler: rig.scheduler, token: '' })).toThrow('empty');
  });

  it('is not known under names that could be rebound', async () => {
    await using rig = await createAdminRig({ allowedHosts: ['Admin.Example'] });
    const statusFor = async (host: string) => (await rig.ask('/api', { headers: { host } })).status;
    for (const host of ['localhost', 'localhost:9', '127.0.0.1:1', '[::1]:80', 'a.localhost', 'admin.example:8080']) {
      expect([host, await statusFor(host)]).toEqual([host, 200]);
    }
    for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', 'x@localhost:a']) {
      expect([host, await statusFor(host)]).toEqual([host, 421]);
    }
  });

  it('lets no other site change anything', async () => {
    let reloads = 0;
    await using rig = await createAdminRig({ reload: async () => ++reloads });
    const send = (headers: Record<string, string>) => rig.ask('/api/reload', { method: 'POST', headers });
    expect((await send({ origin: 'http://evil.example' })).status).toBe(403);
    expect((await send({ origin: 'null' })).status).toBe(403);
    // Another port of the same machine is another site.
    expect((await send({ origin: 'http://127.0.0.1:1' })).status).toBe(403);
    expect((await send({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await send({ 'sec-fetch-site': 'same-site' })).status).toBe(403);
    expect(reloads).toBe(0);
    expect((await send({ origin: rig.url, 'sec-fetch-site': 'same-origin' })).status).toBe(200);
    expect((await send({})).status).toBe(200);
    expect(reloads).toBe(2);
    const form = { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{}' };
    expect((await rig.ask('/api/decide', form)).status).toBe(415);
  });

  it('answers with headers that let nothing be framed, sniffed, cached or embedded', async () => {
    await using rig = await createAdminRig();
    for (const path of ['/', '/api', '/nothing']) {
      const { headers } = await rig.ask(path);
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'cache-control': 'no-store',
        'cross-origin-resource-policy': 'same-origin',
      });
      expect(headers['access-control-allow-origin']).toBeUndefined();
      expect(headers['content-security-policy']).toContain("default-src 'none'");
    }
  });

  it('reads bodies up to a limit, and only JSON', async () => {
    await using rig = await createAdminRig({ bodyBytes: 1000 });
    const big = await rig.post('/api/decide', { model: 'x'.repeat(2_000_000) });
    expect([big.status, big.json.error.code]).toEqual([413, 'body_too_large']);
    const chunked = await rig.ask('/api/decide', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
      body: Buffer.alloc(5_000, 0x20),
    });
    expect(chunked.status).toBe(413);
    for (const body of ['', '{', '\xff{}', '{"model":']) {
      const bytes = Buffer.from(body, 'latin1');
      const { status, json } = await rig.ask('/api/decide', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: bytes,
      });
      expect([body, status, json.error.code]).toEqual([body, 400, 'bad_json']);
    }
    for (const body of [
      [],
      'text',
      null,
      { unknown: 1 },
      { subset: 'a' },
      { headers: { a: 1 } },
      { path: 'no-slash' },
    ]) {
      expect((await rig.post('/api/decide', body)).json.error.code).toBe('bad_request');
    }
  });

  it('survives request targets that are no paths', async () => {
    await using rig = await createAdminRig();
    const { hostname, port } = new URL(rig.url);
    for (const target of ['//evil.example/api', 'http://evil.example/api', '*', '/%', '/api/decisions/%E0%A4%A']) {
      const answer = await new Promise<string>((resolve, reject) => {
        const socket = createConnection(Number(port), hostname, () => {
          socket.write(`GET ${target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`);
        });
        let text = '';
        socket.on('data', (chunk) => {
          text += chunk;
        });
        socket.on('end', () => resolve(text)).on('error', reject);
      });
      expect(answer).toMatch(/^HTTP\/1\.1 (400|404) /);
    }
  });
});
