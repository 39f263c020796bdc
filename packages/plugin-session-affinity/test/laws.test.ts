import { pluginLaws } from '@pointsman/testkit/conformance';
import { describe, it } from 'vitest';
import {
  agentIdentityHook,
  multiclusterSessionAffinityFilter,
  sessionAffinityFilter,
  sessionAffinityScorer,
  sessionIdProducer,
} from '../src/index.ts';

const token = (id: string) => Buffer.from(id).toString('base64');
const headers = {
  'x-session-token': [token('ns/a'), token('ns/b'), token('ns/gone'), 'forged'],
  cookie: ['sid=s1', 'a=b; sid = s2 ; sid=s3', ';;=;', 'sid'],
  session_id: ['s1'],
  'x-session-id': ['s1', 's2', ' s1 '],
};
const byId = {
  strategy: 'session_id' as const,
  sessionIdConfig: { sources: [{ attribute: 'agent-identity' }, { header: 'x-session-id' }] },
};
const values = { 'agent-identity': ['s3', '', 7, null, { id: 's3' }] };

describe.each([
  [sessionAffinityScorer(), false],
  [sessionAffinityScorer(byId), true],
  [sessionAffinityFilter(), false],
  [sessionAffinityFilter(byId), true],
  [multiclusterSessionAffinityFilter(), false],
  [sessionIdProducer({ cookieName: 'sid' }), false],
  [sessionIdProducer({ headerName: 'x-session-id' }), false],
  [agentIdentityHook(), false],
] as const)('laws of $definition.type', (use, remembers) => {
  it.each(pluginLaws(use, { headers, values, remembers }))('$name', ({ check }) => check());
});
