import { type Command, InvalidArgumentError, Option } from 'commander';
import { examples } from '../help/examples.ts';
import { bytesValue, countValue, durationValue, millisecondsValue, nameListValue, portValue } from '../help/values.ts';
import { refuseFlags } from '../llmd-flags/absent-flag.ts';
import { booleanFlag } from '../llmd-flags/boolean-flag.ts';
import { ZAP_LEVELS } from '../llmd-flags/log-level.ts';
import { LOG_LEVELS } from '../process/log-levels.ts';
import { ABSENT_FLAGS } from '../sidecar/absent-flags.ts';
import { readConfiguration } from '../sidecar/read-configuration.ts';
import type { SidecarRunOptions } from '../sidecar/sidecar-run-options.ts';

const CONNECTORS = ['nixlv2', 'shared-storage', 'sglang', 'mooncake', 'offloading'];
const ENCODER_CONNECTORS = ['ec-example', 'ec-nixl', ''];

/** `pointsman sidecar` */
export function addSidecar(program: Command): void {
  const command = program
    .command('sidecar')
    .summary('run a sidecar beside a model server that decodes')
    .description(
      "Runs in front of a model server that decodes: has the prefill done by the endpoint that the picker names in a header, then lets the model server answer. Everything else passes. It takes the flags of llm-d's sidecar. A flag that cannot be honoured ends it with exit code 2. SIGTERM makes GET /health fail, and lets requests finish; a second signal ends at once.",
    )
    .option('--host <address>', 'address to listen on (default: all)')
    .option('--port <port>', 'port to listen on; with data parallelism the first of several', portValue, 8000)
    .option('--model-server-port <port>', 'port of the model server on this machine', portValue, 8200)
    .addOption(new Option('--vllm-port <port>', 'the same').argParser(portValue).hideHelp())
    .option('--data-parallel-size <n>', 'ranks of the model server, on consecutive ports', countValue, 1)
    .addOption(
      new Option('--kv-connector <name>', 'how KV cache gets from the prefiller').choices(CONNECTORS).default('nixlv2'),
    )
    .addOption(
      new Option('--ec-connector <name>', 'how encoders are used (default: not at all)').choices(ENCODER_CONNECTORS),
    )
    .addOption(portOption('mooncake-bootstrap-port', 'bootstrap server of Mooncake', 8998, 'MOONCAKE_BOOTSTRAP_PORT'))
    .addOption(portOption('p2p-connector-port', 'peer-to-peer tier of engines', 7777, 'P2P_CONNECTOR_PORT'))
    .addOption(
      booleanFlag('enable-p2p-pull', 'nixlv2: prefillers pull cached blocks from the source that is named', false),
    )
    .addOption(
      booleanFlag('enable-prefiller-sampling', 'take any of several prefillers, not the first', false).env(
        'ENABLE_PREFILLER_SAMPLING',
      ),
    )
    .option('--prefill-max-retries <n>', 'further tries of a prefill that ended with 502, 503 or 504', retriesValue, 0)
    .option('--prefill-retry-backoff <duration>', 'time between them', durationValue, 200)
    .option('--prefill-timeout <duration>', 'how long a prefill may take, 0 for ever', durationValue, 600_000)
    .option('--decode-timeout <duration>', 'how long the model server may take to begin', durationValue, 600_000)
    .addOption(
      new Option('--prefill-failure <what>', 'what becomes of a request whose prefill failed')
        .choices(['error', 'decode-only'])
        .default('error'),
    )
    .addOption(booleanFlag('enable-ssrf-protection', 'headers may name only hosts of --allowed-hosts', false))
    .option('--allowed-hosts <hosts>', 'addresses, subnets and names, with commas between them', nameListValue)
    .addOption(booleanFlag('secure-proxy', 'TLS', true))
    .option('--cert-path <folder>', 'folder with tls.crt and tls.key (default: a certificate made at the start)')
    .option('--enable-tls <stages>', 'speak TLS to: prefiller, decoder, encoder', nameListValue)
    .option('--tls-insecure-skip-verify <stages>', 'and do not look at their certificates', nameListValue)
    .option('--metrics-port <port>', 'port of /metrics, 0 for none', portValue, 0)
    .option('--max-body-bytes <bytes>', 'longest request body that is split (default: 32Mi)', bytesValue)
    .option('--drain <ms>', 'milliseconds in which it serves on after SIGTERM but says no', millisecondsValue, 0)
    .option('--grace <ms>', 'milliseconds that requests then get to finish', millisecondsValue, 60_000)
    .addOption(new Option('--configuration <yaml>', 'these options as YAML').conflicts('configurationFile'))
    .option('--configuration-file <file>', 'the same in a file')
    .addOption(new Option('--log-level <level>', 'what is logged, as JSON lines to standard error').choices(LOG_LEVELS))
    .addOption(new Option('--zap-log-level <level>', 'the same').choices(ZAP_LEVELS))
    .option('--json', 'print the URLs as one line of JSON')
    .option('--stop-with-stdin', 'end when standard input ends: for programs that start it');
  refuseFlags(command, ABSENT_FLAGS);
  command
    .addHelpText(
      'after',
      examples([
        'Beside a vLLM that listens on port 8200',
        'pointsman sidecar --secure-proxy=false --allowed-hosts 10.0.0.0/8',
      ]),
    )
    .action(async () => {
      readConfiguration(command);
      const { vllmPort, ...options } = command.opts<SidecarRunOptions & { readonly vllmPort?: number }>();
      const { runSidecar } = await import('../sidecar/run-sidecar.ts');
      await runSidecar(vllmPort === undefined ? options : { ...options, modelServerPort: vllmPort });
    });
}

function portOption(name: string, description: string, fallback: number, variable: string): Option {
  return new Option(`--${name} <port>`, `port of the ${description}`)
    .argParser(portValue)
    .default(fallback)
    .env(variable);
}

function retriesValue(text: string): number {
  if (!/^\d{1,3}$/.test(text)) throw new InvalidArgumentError('Expected a whole number in 0..999.');
  return Number(text);
}
