const LABELS = 'engine="0",model_name="m"';
const BUCKETS = ['0.001', '0.005', '0.01', '0.02', '0.04', '0.06', '0.08', '0.1', '0.25', '0.5', '0.75', '1.0', '+Inf'];
const PAGE_BYTES = 30_000;
/** Requests that fill the KV cache. */
const SEATS = 256;

const pages = new Map<string, Buffer>();

/**
 * The answer of a model server that serves so many requests: 30 KB, of which little is wanted.
 * @param query `name[]=...` for these metrics alone, percent-encoded; without one the whole page
 */
export function metricsResponse(running: number, query = ''): Buffer {
  const key = `${running} ${query}`;
  let page = pages.get(key);
  if (page === undefined) {
    const names = new URLSearchParams(query).getAll('name[]');
    const text = names.length === 0 ? metricsText(running) : selected(metricsText(running), names);
    page = Buffer.from(
      `HTTP/1.1 200 OK\r\ncontent-type: text/plain; version=0.0.4\r\ncontent-length: ${text.length}\r\n\r\n${text}`,
    );
    pages.set(key, page);
  }
  return page;
}

/** The samples of these names, with what is said about their metrics. */
function selected(text: string, names: readonly string[]): string {
  const lines = text
    .split('\n')
    .filter((line) => names.includes(/^(?:# (?:HELP|TYPE) )?([\w:]+)/.exec(line)?.[1] ?? ''));
  return lines.map((line) => `${line}\n`).join('');
}

function metricsText(running: number): string {
  let text = '';
  const gauge = (name: string, value: string) => {
    text += `# HELP ${name} A gauge.\n# TYPE ${name} gauge\n${name}{${LABELS}} ${value}\n`;
  };
  for (let i = 0; i < 20; i++) gauge(`python_gc_objects_collected_${i}`, `${1000 + i}.0`);
  gauge('vllm:num_requests_running', `${running}.0`);
  gauge('vllm:num_requests_waiting', '0.0');
  gauge('vllm:kv_cache_usage_perc', String(Math.min(1, running / SEATS)));
  text += '# HELP vllm:cache_config_info Information.\n# TYPE vllm:cache_config_info gauge\n';
  text += `vllm:cache_config_info{block_size="16",${LABELS},num_gpu_blocks="27000"} 1.0\n`;
  for (let i = 0; text.length < PAGE_BYTES; i++) {
    const name = `vllm:request_time_${i}_seconds`;
    text += `# HELP ${name} A histogram.\n# TYPE ${name} histogram\n`;
    for (const le of BUCKETS) text += `${name}_bucket{${LABELS},le="${le}"} 184.0\n`;
    text += `${name}_count{${LABELS}} 184.0\n${name}_sum{${LABELS}} 73.20125\n`;
  }
  return text;
}
