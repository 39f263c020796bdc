import { describe, expect, it } from 'vitest';
import { WantedMetrics } from './wanted-metrics.ts';

describe('the metrics that are looked for', () => {
  it('make a query that asks for each of them once', () => {
    const wanted = new WantedMetrics();
    expect(wanted.query).toBeUndefined();
    for (const name of ['vllm:running', 'waiting', 'vllm:running']) wanted.add(name);
    expect(wanted.names).toEqual(['vllm:running', 'waiting']);
    expect(wanted.query).toBe('name%5B%5D=vllm:running&name%5B%5D=waiting');
  });

  it('are another list when one joins, and only then', () => {
    const wanted = new WantedMetrics();
    wanted.add('a');
    const before = wanted.names;
    wanted.add('a');
    expect(wanted.names).toBe(before);
    wanted.add('b');
    expect(wanted.names).not.toBe(before);
    expect(before).toEqual(['a']);
  });

  it('may have any name', () => {
    const wanted = new WantedMetrics();
    const name = 'a&name[]=b c#ü:%';
    wanted.add(name);
    expect(wanted.query).toMatch(/^[!-~]+$/);
    expect(new URLSearchParams(wanted.query).getAll('name[]')).toEqual([name]);
  });

  it('are not asked for by name when there are too many', () => {
    const wanted = new WantedMetrics();
    for (let i = 0; i < 300; i++) wanted.add(`metric_${i}`);
    expect(wanted.names).toHaveLength(300);
    expect(wanted.query).toBeUndefined();
  });
});
