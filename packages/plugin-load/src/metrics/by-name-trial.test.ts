import { describe, expect, it } from 'vitest';
import { ByNameTrial } from './by-name-trial.ts';

describe('the path that asks by name', () => {
  it.each([
    ['/metrics', '/metrics?q', '/metrics/?q'],
    ['/metrics/', '/metrics/?q', '/metrics/?q'],
    ['/metrics?format=text', '/metrics?format=text&q', '/metrics/?format=text&q'],
    ['/metrics?', '/metrics?q', '/metrics/?q'],
    ['/a?b=c?d', '/a?b=c?d&q', '/a/?b=c?d&q'],
    ['/', '/?q', '/?q'],
  ])('of %s is %s, then %s', (whole, first, second) => {
    const trial = new ByNameTrial();
    expect(trial.path(whole, 'q')).toBe(first);
    trial.failed(0);
    expect(trial.path(whole, 'q')).toBe(second);
  });

  it('follows the page and the names', () => {
    const trial = new ByNameTrial();
    expect(trial.path('/metrics', 'a')).toBe('/metrics?a');
    expect(trial.path('/metrics', 'a&b')).toBe('/metrics?a&b');
    expect(trial.path('/elsewhere', 'a&b')).toBe('/elsewhere?a&b');
  });
});

describe('an endpoint that cannot be asked by name', () => {
  const restMs = (trial: ByNameTrial, from: number) => {
    let ms = 0;
    while (trial.rests(from + ms)) ms += 1000;
    return ms;
  };

  it('is asked in both ways, and rests longer each time', () => {
    const trial = new ByNameTrial();
    const rests: number[] = [];
    let now = 0;
    for (let i = 0; i < 9; i++) {
      trial.failed(now);
      expect(trial.rests(now)).toBe(false);
      trial.failed(now);
      const ms = restMs(trial, now);
      rests.push(ms / 1000);
      now += ms;
    }
    expect(rests).toEqual([30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
  });

  it('rests shortly again once it has worked', () => {
    const trial = new ByNameTrial();
    for (let i = 0; i < 6; i++) trial.failed(0);
    expect(trial.works).toBe(false);
    trial.succeeded();
    expect(trial.works).toBe(true);
    trial.failed(5000);
    expect(trial.works).toBe(false);
    trial.failed(5000);
    expect(restMs(trial, 5000)).toBe(30_000);
  });

  it('may be late once in a row', () => {
    const trial = new ByNameTrial();
    trial.timedOut(0);
    expect(trial.path('/metrics', 'q')).toBe('/metrics?q');
    trial.succeeded();
    trial.timedOut(0);
    expect(trial.path('/metrics', 'q')).toBe('/metrics?q');
    trial.timedOut(0);
    expect(trial.path('/metrics', 'q')).toBe('/metrics/?q');
    expect(trial.works).toBe(false);
  });
});
