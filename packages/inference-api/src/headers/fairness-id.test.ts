import { expect, it } from 'vitest';
import { fairnessIdOf } from './fairness-id.ts';

const [name, older] = ['x-llm-d-inference-fairness-id', 'x-gateway-inference-fairness-id'];

it.each([
  [{}, undefined],
  [{ [older]: 'b' }, 'b'],
  [{ [name]: 'a', [older]: 'b' }, 'a'],
  // Empty is an answer: it is not asked further.
  [{ [name]: '', [older]: 'b' }, undefined],
])('in %j finds %s', (headers, fairnessId) => {
  expect(fairnessIdOf(headers)).toBe(fairnessId);
});
