import { createServer } from 'node:http';

/**
 * Model servers that only have a metrics page of about 30 KB each. Arguments: how many, and `busy` when the values
 * change with every scrape. Like vLLM they give single metrics below the path of the page. Tells its ports to the
 * parent process, and how many pages it has served when asked.
 */
const count = Number(process.argv[2]);
const busy = process.argv[3] === 'busy';

const BUCKETS = ['0.001', '0.005', '0.01', '0.02', '0.04', '0.06', '0.08', '0.1', '0.25', '0.5', '0.75', '1.0', '+Inf'];
const LABELS = 'engine="0",model_name="meta-llama/Llama-3.1-8B-Instruct"';

function page(waiting, running, usage) {
  const lines = [];
  const gauge = (name, value) =>
    lines.push(`# HELP ${name} A gauge.`, `# TYPE ${name} gauge`, `${name}{${LABELS}} ${value}`);
  for (let i = 0; i < 20; i++) gauge(`python_gc_objects_collected_${i}`, 1000 + i);
  gauge('vllm:num_requests_running', running);
  gauge('vllm:num_requests_waiting', waiting);
  gauge('vllm:kv_cache_usage_perc', usage);
  lines.push(
    '# HELP vllm:cache_config_info Information of the LLMEngine CacheConfig',
    '# TYPE vllm:cache_config_info gauge',
  );
  lines.push(`vllm:cache_config_info{block_size="16",cache_dtype="auto",engine="0",num_gpu_blocks="27000"} 1.0`);
  for (let i = 0; lines.reduce((sum, line) => sum + line.length + 1, 0) < 30_000; i++) {
    const name = `vllm:request_time_${i}_seconds`;
    lines.push(`# HELP ${name} A histogram.`, `# TYPE ${name} histogram`);
    for (const le of BUCKETS) lines.push(`${name}_bucket{${LABELS},le="${le}"} 184.0`);
    lines.push(`${name}_count{${LABELS}} 184.0`, `${name}_sum{${LABELS}} 73.20125`);
  }
  return Buffer.from(`${lines.join('\n')}\n`);
}

const pages = Array.from({ length: busy ? 16 : 1 }, (_, i) => page(i % 5, i, (i / 16).toFixed(4)));
const selections = new Map();

/** The metrics of page `i` that the query of the URL names. */
function selected(i, url) {
  const key = `${i} ${url}`;
  let body = selections.get(key);
  if (body === undefined) {
    const names = new URL(url, 'http://localhost').searchParams.getAll('name[]');
    const isNamed = (line) => names.includes(/^(?:# (?:HELP|TYPE) )?([\w:]+)/.exec(line)?.[1]);
    const lines = pages[i].toString().split('\n').filter(isNamed);
    body = Buffer.from(lines.map((line) => `${line}\n`).join(''));
    selections.set(key, body);
  }
  return body;
}

const headers = { 'content-type': 'text/plain; version=0.0.4', 'content-length': pages[0].length };
let answered = 0;
const ports = await Promise.all(
  Array.from(
    { length: count },
    () =>
      new Promise((resolve) => {
        const server = createServer((request, response) => {
          const i = answered++ % pages.length;
          const body = request.url.startsWith('/metrics/?') ? selected(i, request.url) : pages[i];
          response.writeHead(200, { ...headers, 'content-length': body.length });
          response.end(body);
        });
        server.keepAliveTimeout = 60_000;
        server.listen(0, '127.0.0.1', () => resolve(server.address().port));
      }),
  ),
);
process.on('message', () => process.send({ answered }));
process.send({ ports });
process.on('disconnect', () => process.exit());
