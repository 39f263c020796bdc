import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

interface Recorded {
  readonly source: string;
  readonly yaml: string;
}

const RECORDED = new URL('../../../../../shared/data/golden/scheduling/config-loading.jsonl', import.meta.url);

/** The reference's own sample configurations by where they stand in its repository; empty where they are not at hand. */
export function sampleConfigurations(): Readonly<Record<string, string>> {
  const path = fileURLToPath(RECORDED);
  if (!existsSync(path)) return {};
  const recorded = readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Recorded)
    .filter(({ source }) => source.startsWith('repository: '));
  const byText = new Map<string, string>();
  for (const { source, yaml } of recorded) {
    if (!byText.has(yaml)) byText.set(yaml, source.slice('repository: '.length));
  }
  return Object.fromEntries([...byText].map(([yaml, source]) => [source, yaml]));
}
