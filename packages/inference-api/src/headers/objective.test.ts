import { expect, it } from 'vitest';
import { objectiveOf } from './objective.ts';

const [name, older] = ['x-llm-d-inference-objective', 'x-gateway-inference-objective'];

it.each([
  [{}, undefined],
  [{ [name]: 'a' }, 'a'],
  [{ [older]: 'b' }, 'b'],
  [{ [name]: 'a', [older]: 'b' }, 'a'],
  // Empty is an answer: it is not asked further.
  [{ [name]: '', [older]: 'b' }, undefined],
  [{ [name]: ['a', 'b'] }, 'a'],
  [{ [name]: [] }, undefined],
])('in %j finds %s', (headers, objective) => {
  expect(objectiveOf(headers)).toBe(objective);
});
