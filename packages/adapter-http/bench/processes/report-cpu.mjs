/** Answers every message with the CPU time that this process has used, in microseconds, and its memory in bytes. */
export function reportCpu() {
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send({ cpuUs: user + system, rssBytes: process.memoryUsage.rss() });
  });
}
