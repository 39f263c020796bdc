// The gateway as it is published, with four scorers. Runs the built packages, because that is what users run.
import { createGatewayServer } from '@pointsman/adapter-http/node';
import {
  createScheduler,
  definePicker,
  definePlugin,
  defineScorer,
  kvCacheUsage,
  runningRequestsSize,
  staticEndpoints,
  waitingQueueSize,
} from '@pointsman/core';
import { reportCpu } from './report-cpu.mjs';

/** Less is better, relative to the largest and the smallest. */
const leastOf = (type, key) =>
  defineScorer({
    type,
    reads: [key],
    create: ({ read }) => {
      const column = read(key);
      return {
        scoreAll({ length, rows }, _cycle, out) {
          const { values } = column;
          let min = Number.POSITIVE_INFINITY;
          let max = Number.NEGATIVE_INFINITY;
          for (let i = 0; i < length; i++) {
            min = Math.min(min, values[rows[i]]);
            max = Math.max(max, values[rows[i]]);
          }
          for (let i = 0; i < length; i++) out[i] = max === min ? 1 : (max - values[rows[i]]) / (max - min);
        },
      };
    },
  });

/** Stands in for scraped metrics: knows what runs, because all requests come through here. */
const ownLoad = definePlugin({
  type: 'own-load',
  writes: [waitingQueueSize, runningRequestsSize, kvCacheUsage],
  create: ({ write }) => {
    const running = new Map();
    const [waitingOf, runningOf, kvOf] = [waitingQueueSize, runningRequestsSize, kvCacheUsage].map(write);
    const change = (endpoint, by) => {
      const now = (running.get(endpoint.id) ?? 0) + by;
      running.set(endpoint.id, now);
      waitingOf.set(endpoint, Math.max(0, now - 8));
      runningOf.set(endpoint, now);
      kvOf.set(endpoint, Math.min(1, now / 32));
    };
    return {
      postChoice(_cycle, { target }) {
        change(target, 1);
        return () => change(target, -1);
      },
    };
  },
});

/** Remembers which endpoint saw the beginning of a prompt, so that bodies are looked at and chosen by. */
const samePrompt = defineScorer({
  type: 'same-prompt',
  create: () => {
    const seen = new Map();
    const prefixOf = ({ payload }) => payload.content.messages?.[0]?.content?.slice?.(0, 64) ?? '';
    return {
      scoreAll(candidates, { request }, out) {
        const last = seen.get(prefixOf(request));
        for (let i = 0; i < candidates.length; i++) out[i] = candidates.endpoint(i).id === last ? 1 : 0;
      },
      postChoice({ request }, decision) {
        if (seen.size > 1000) seen.clear();
        seen.set(prefixOf(request), decision.target.id);
      },
    };
  },
});

const bestThree = definePicker({
  type: 'best-three',
  create: () => ({
    pick({ length }, totals, { random }, order) {
      const start = random.below(length);
      const rank = Array.from({ length }, (_, i) => (start + i) % length).sort((a, b) => totals[b] - totals[a]);
      const picked = Math.min(3, length);
      for (let i = 0; i < picked; i++) order[i] = rank[i];
      return picked;
    },
  }),
});

const scheduler = createScheduler({
  endpoints: staticEndpoints(process.argv.slice(2)),
  plugins: [ownLoad()],
  profiles: {
    default: {
      scorers: [
        [leastOf('least-waiting', waitingQueueSize)(), 2],
        [leastOf('least-kv', kvCacheUsage)(), 2],
        [leastOf('least-running', runningRequestsSize)(), 1],
        [samePrompt(), 1],
      ],
      picker: bestThree(),
    },
  },
});

const { url } = await createGatewayServer({ scheduler }).listen({ host: '127.0.0.1' });
process.send({ url });
reportCpu();
