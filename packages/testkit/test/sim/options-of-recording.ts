import { type SimOptions, simOptionDescriptors } from '../../src/sim/index.ts';

/** Flags of the reference simulator that mean nothing here. */
const WITHOUT_MEANING = new Set(['port', 'force-dummy-tokenizer', 'zmq-endpoint', 'tool-call-extra-call-probability']);

/** The options that a recorded command line stands for. The port is a free one. */
export function optionsOfRecording(simulator: {
  readonly args: readonly string[];
  readonly env?: Record<string, string>;
}): SimOptions {
  const { args, env = {} } = simulator;
  const options: Record<string, unknown> = {
    port: 0,
    podName: env['POD_NAME'] ?? '',
    podNamespace: env['POD_NAMESPACE'] ?? '',
  };
  for (let i = 0; i < args.length; ) {
    const flag = args[i++]!.replace(/^--/, '');
    const values: string[] = [];
    while (i < args.length && !args[i]!.startsWith('--')) values.push(args[i++]!);
    if (WITHOUT_MEANING.has(flag)) continue;
    const option = simOptionDescriptors.find((each) => each.flag === flag);
    if (!option) throw new Error(`no option --${flag}`);
    options[option.name] = valueOfFlag(option.value, values);
  }
  return options;
}

function valueOfFlag(kind: string, values: readonly string[]): unknown {
  switch (kind) {
    case 'boolean':
      return values.length === 0 || values[0] === 'true';
    case 'number':
      return Number(values[0]);
    case 'list':
      return values;
    case 'json-list':
      return values.map((value) => JSON.parse(value) as unknown);
    default:
      return values[0];
  }
}
