import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatFault, simOptionDescriptors, simOptions } from '../../src/sim/index.ts';

describe('options', () => {
  it('are all in the documentation', () => {
    const page = readFileSync(new URL('../../../../docs/simulated-model-servers.md', import.meta.url), 'utf8');
    for (const { flag, value, description } of simOptionDescriptors) {
      expect(page).toContain(`| \`--${flag}\` | ${value} |`);
      expect(page).toContain(`| ${description} |`);
    }
  });

  it('have their defaults', () => {
    const defaults = simOptions.parse({});
    for (const { name, default: fallback } of simOptionDescriptors) {
      expect(defaults[name as keyof typeof defaults], name).toEqual(fallback);
    }
  });

  it('take times as milliseconds and as Go durations', () => {
    const { timeToFirstToken, interTokenLatency, prefillOverhead, prefillTimePerToken } = simOptions.parse({
      timeToFirstToken: 12.5,
      interTokenLatency: '750us',
      prefillOverhead: '1m1.5s',
      prefillTimePerToken: '0',
    });
    expect([timeToFirstToken, interTokenLatency, prefillOverhead, prefillTimePerToken]).toEqual([
      12.5, 0.75, 61_500, 0,
    ]);
  });

  it('write faults as they were read', () => {
    const texts = ['slow:2', 'hang', 'error:503', 'die-mid-stream:4', 'refuse-connections:250ms', 'refuse-connections'];
    expect(simOptions.parse({ fault: texts }).fault.map(formatFault)).toEqual(texts);
  });
});
