/** A picker with the default scorers over the endpoints that the arguments name. Tells its port, then its CPU when asked. */
import { createCatalog, createConfiguredScheduler } from '@pointsman/config';
import { builtinPlugins } from '@pointsman/plugins';
import { createExtProcServer } from '../../src/index.ts';

const text = `plugins:
  - { type: queue-scorer }
  - { type: kv-cache-utilization-scorer }
  - { type: prefix-cache-scorer }
schedulingProfiles:
  - name: default
    plugins:
      - { pluginRef: queue-scorer, weight: 2 }
      - { pluginRef: kv-cache-utilization-scorer, weight: 2 }
      - { pluginRef: prefix-cache-scorer, weight: 3 }
endpoints: ${JSON.stringify(process.argv.slice(2))}
`;
const { scheduler } = await createConfiguredScheduler({ text, catalog: createCatalog(builtinPlugins) });
await scheduler.start();
const server = createExtProcServer({ scheduler });
process.send!(await server.listen({ host: '127.0.0.1', port: 0 }));
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send!({ cpuUs: user + system, rssBytes: process.memoryUsage.rss() });
});
process.on('disconnect', () => process.exit());
