import { inFlightLoad } from '@pointsman/core';
import { openaiParser } from '@pointsman/inference-api';
import { describe, expect, it } from 'vitest';
import { createAdminRig } from './create-admin-rig.ts';

const body = { model: 'llama', messages: [{ role: 'user', content: 'Hello there, what would you do with me?' }] };

describe('decide-only', () => {
  it('says where a request would go and why, and leaves nothing reserved', async () => {
    await using rig = await createAdminRig();
    const { status, json } = await rig.post('/api/decide', { body, headers: { 'X-Tenant': 'a' } });
    expect(status).toBe(200);
    expect(json.target).toMatch(/^default\/m\d$/);
    expect(json.rejected).toBeNull();
    expect(json.explanation).toMatchObject({ model: 'llama', target: json.target });
    expect(json.explanation.profiles[0].candidates).toHaveLength(3);
    expect(rig.pool.openCalls).toBe(0);
    expect(rig.pool.recent()).toEqual([]);
    for (const endpoint of rig.pool.endpoints()) {
      expect(rig.pool.openCallsOf(endpoint)).toBe(0);
      const load = rig.pool.dataOf(endpoint)[inFlightLoad().id] ?? { requests: 0, tokens: 0 };
      expect(load).toEqual({ requests: 0, tokens: 0 });
    }
  });

  it('is no traffic', async () => {
    await using rig = await createAdminRig();
    await rig.post('/api/decide', { model: 'llama' });
    await rig.post('/api/decide', { model: 'forbidden' });
    expect((await rig.ask('/api/decisions')).json.decisions).toEqual([]);
    const { endpoints } = (await rig.ask('/api/endpoints')).json;
    expect(endpoints.map((endpoint: { requests: number }) => endpoint.requests)).toEqual([0, 0, 0]);
  });

  it('tells what a refused request would be told', async () => {
    await using rig = await createAdminRig();
    const refused = await rig.post('/api/decide', { model: 'forbidden' });
    expect(refused.status).toBe(200);
    expect(refused.json.rejected).toMatchObject({ code: 'REJECTED', httpStatus: 403, reason: 'forbidden-model' });
    const nowhere = await rig.post('/api/decide', { model: 'llama', subset: ['10.9.9.9:1'] });
    expect(nowhere.json.rejected).toMatchObject({ code: 'NO_ENDPOINTS', httpStatus: 503 });
  });

  it('keeps to the subset, and reads the body as the gateway does', async () => {
    await using rig = await createAdminRig();
    const { json } = await rig.post('/api/decide', { body, subset: ['default/m2'], priority: -1 });
    expect(json.target).toBe('default/m2');
    const bad = await rig.post('/api/decide', { body: { model: 'llama', messages: 'no list' } });
    expect([bad.status, bad.json.error.message]).toEqual([400, expect.stringContaining('/v1/chat/completions')]);
    await using strict = await createAdminRig({ parsers: [openaiParser] });
    const unknown = await strict.post('/api/decide', { path: '/v1/unheard-of', body });
    expect(unknown.json.error.code).toBe('unknown_path');
  });
});
