/** How often it is looked whether anything is still going on, in milliseconds. */
const LOOK_MS = 100;
/** Without a request for so long, proxies have heard that this picker drains. */
const QUIET_MS = 10_000;

/**
 * Waits while a picker that says it drains still serves: until the time is over, or no request has been open for ten
 * seconds.
 * @param openStreams how many requests are open
 */
export async function drainWindow(timeoutMs: number, openStreams: () => number): Promise<void> {
  const startedMs = performance.now();
  let quietSinceMs = startedMs;
  for (;;) {
    const nowMs = performance.now();
    if (openStreams() > 0) quietSinceMs = nowMs;
    if (nowMs - startedMs >= timeoutMs || nowMs - quietSinceMs >= QUIET_MS) return;
    await new Promise((resolve) => setTimeout(resolve, Math.min(LOOK_MS, timeoutMs)));
  }
}
