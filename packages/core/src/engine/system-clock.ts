import type { Clock } from '../contract/clock.ts';

const origin = performance.timeOrigin;

/** Wall time with the resolution of the monotonic clock. The only place in core that touches the real time. */
export const systemClock: Clock = {
  now: () => origin + performance.now(),
  schedule(delayMs, fn) {
    const timer = setTimeout(fn, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
