// The gateway as it is published, with the blend of scorers that llm-d starts with. Runs the built packages, because
// that is what users run.
import { createGatewayServer } from '@pointsman/adapter-http/node';
import {
  createScheduler,
  definePlugin,
  kvCacheUsage,
  runningRequestsSize,
  staticEndpoints,
  waitingQueueSize,
} from '@pointsman/core';
import { inflightLoadProducer, kvCacheUtilizationScorer, queueScorer } from '@pointsman/plugin-load';
import { approxPrefixCacheProducer, prefixCacheScorer } from '@pointsman/plugin-prefix-cache';
import { maxScorePicker } from '@pointsman/plugin-selection';
import { tokenProducer } from '@pointsman/plugin-tokenizer';
import { reportCpu } from './report-cpu.mjs';

/** Stands in for scraped metrics, which have a benchmark of their own: knows what runs, because all comes through here. */
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

const scheduler = createScheduler({
  endpoints: staticEndpoints(process.argv.slice(2)),
  plugins: [ownLoad(), tokenProducer(), approxPrefixCacheProducer(), inflightLoadProducer()],
  profiles: {
    default: {
      scorers: [
        [queueScorer(), 2],
        [kvCacheUtilizationScorer(), 2],
        [prefixCacheScorer(), 3],
      ],
      picker: maxScorePicker(),
    },
  },
});

const { url } = await createGatewayServer({ scheduler }).listen({ host: '127.0.0.1' });
process.send({ url });
reportCpu();
