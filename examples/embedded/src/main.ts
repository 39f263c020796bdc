import { text } from 'node:stream/consumers';
import { ask } from './ask.ts';
import { schedulerFor } from './scheduler-for.ts';

const { ENDPOINTS, MODEL = 'simulated-model', CONCURRENCY = '8' } = process.env;
if (ENDPOINTS === undefined) {
  console.error('Name the model servers: ENDPOINTS=http://10.0.0.1:8000,http://10.0.0.2:8000');
  process.exit(2);
}

const scheduler = schedulerFor(ENDPOINTS.split(','));
await scheduler.start();

/** One prompt a line; those who work take the next one. */
const prompts = (await text(process.stdin)).split('\n').filter(Boolean).values();
async function work(): Promise<void> {
  for (const prompt of prompts) {
    const { endpoint, text: answer } = await ask(scheduler, MODEL, prompt);
    console.log(JSON.stringify({ prompt, endpoint, answer }));
  }
}
await Promise.all(Array.from({ length: Number(CONCURRENCY) }, work));
await scheduler.close();
