import type { Clock } from "../contract/clock.ts";

/** Wall time with the resolution of the monotonic clock. The only place in core that touches the real time. */
export const systemClock: Clock = {
	now: () => performance.timeOrigin + performance.now(),
	schedule(delayMs, fn) {
		const timer = setTimeout(fn, delayMs);
		timer.unref();
		return () => clearTimeout(timer);
	},
};
