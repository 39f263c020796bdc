import { type Command, InvalidArgumentError, Option } from 'commander';
import { ABSENT_FLAGS } from '../epp/absent-flags.ts';
import type { EppOptions } from '../epp/epp-options.ts';
import { TLS_VERSIONS } from '../epp/tls-versions.ts';
import { examples } from '../help/examples.ts';
import { bytesValue, durationValue, millisecondsValue, nameListValue, portValue } from '../help/values.ts';
import { refuseFlags } from '../llmd-flags/absent-flag.ts';
import { booleanFlag } from '../llmd-flags/boolean-flag.ts';
import { ZAP_LEVELS } from '../llmd-flags/log-level.ts';
import { LOG_LEVELS } from '../process/log-levels.ts';

/** `pointsman epp` */
export function addEpp(program: Command): void {
  const command = program
    .command('epp')
    .summary('run an endpoint picker behind Envoy')
    .description(
      "Runs an endpoint picker for Envoy's ext_proc filter, and for gateways that speak the Endpoint Picker Protocol of the Gateway API Inference Extension. It takes the flags and the configuration file of llm-d's endpoint picker. A flag that cannot be honoured ends it with exit code 2 and says what to do in its place. The file is reloaded when it changes and on SIGHUP. SIGTERM makes it say that it is not ready, serve on for --drain-timeout, and let requests finish; SIGINT skips the first; a second signal ends at once.",
    )
    .addOption(new Option('--config-file <file>', 'the configuration').conflicts('configText'))
    .option('--config-text <yaml>', 'the configuration itself')
    .option('--pool-name <name>', 'name of the pool, unless the configuration names pools')
    .option('--pool-namespace <name>', 'its namespace; has no further meaning')
    .option('--host <address>', 'address to listen on (default: all)')
    .option('--grpc-port <port>', 'port of the picker, 0 for a free one', portValue, 9002)
    .option('--grpc-health-port <port>', 'port of the health service, 0 for a free one', portValue, 9003)
    .option('--metrics-port <port>', 'port of /metrics, 0 for a free one', portValue, 9090)
    .option('--admin-port <port>', 'port of the live page and the admin API (default: none)', portValue)
    .option('--bbr-port <port>', 'also body-based routing, on this port (default: none)', portValue)
    .option('--bbr-base-models <file>', 'YAML file of base models with their adapters, for body-based routing')
    .addOption(booleanFlag('health-checking', 'answer health probes on the port of the picker too', false))
    .addOption(booleanFlag('secure-serving', 'TLS', true))
    .option('--cert-path <folder>', 'folder with tls.crt and tls.key (default: a certificate made at the start)')
    .addOption(booleanFlag('enable-cert-reload', 'take new files of --cert-path while it serves', false))
    .addOption(new Option('--tls-min-version <version>', 'oldest version of TLS').choices(Object.keys(TLS_VERSIONS)))
    .option('--tls-cipher-suites <names>', 'cipher suites up to TLS 1.2, with commas between them', nameListValue)
    .addOption(
      booleanFlag('disable-endpoint-subset-filter', 'ignore the subset of endpoints that the proxy names', false),
    )
    .addOption(booleanFlag('emit-endpoint-scores', 'tell the proxy what every endpoint scored', false))
    .addOption(booleanFlag('enable-grpc-stream-metrics', 'metrics of streams', false))
    .addOption(booleanFlag('enable-plugin-metrics', 'how long each plugin takes', false))
    .addOption(booleanFlag('tracing', 'OpenTelemetry traces, set up by the OTEL_ variables of the environment', false))
    .option('--grpc-max-recv-msg-size <bytes>', 'longest gRPC message (default: 4Mi)', bytesValue)
    .option('--max-body-bytes <bytes>', 'longest request body (default: 32Mi)', bytesValue)
    .option('--max-buffered-bytes <bytes>', 'all request bodies that are being read (default: 1Gi)', bytesValue)
    .option('--max-streams <n>', 'requests that may be open (default: 40000)', streamsValue)
    .option('--pass-header <names>', 'control headers of clients that model servers get too', nameListValue)
    .option('--drain-timeout <duration>', 'how long it serves on after SIGTERM, at most', durationValue, 30_000)
    .option('--grace <ms>', 'milliseconds that requests then get to finish', millisecondsValue, 30_000)
    .option('--no-watch', 'do not reload the file by itself')
    .addOption(new Option('--log-level <level>', 'what is logged, as JSON lines to standard error').choices(LOG_LEVELS))
    .addOption(new Option('--zap-log-level <level>', 'the same').choices(ZAP_LEVELS))
    .option('-v, --v <n>', 'the same as a number: 4 and above log every request', verbosityValue)
    .option('--json', 'print the ports as one line of JSON')
    .option('--stop-with-stdin', 'end when standard input ends: for programs that start it');
  refuseFlags(command, ABSENT_FLAGS);
  command
    .addHelpText(
      'after',
      examples(
        [
          "As llm-d's endpoint picker is started",
          'pointsman epp --pool-name epp --config-file epp.yaml --secure-serving=false --health-checking --tracing=false',
        ],
        [
          'With a certificate that is renewed, and the live page',
          'pointsman epp --config-file epp.yaml --cert-path /etc/tls --enable-cert-reload --admin-port 9091',
        ],
      ),
    )
    .action(async (options: EppOptions) => {
      const { runEpp } = await import('../epp/run-epp.ts');
      await runEpp(options);
    });
}

function verbosityValue(text: string): number {
  // `-v=4` reaches this as "=4".
  const digits = text.replace(/^=/, '');
  if (!/^\d{1,3}$/.test(digits)) throw new InvalidArgumentError('Expected a whole number.');
  return Number(digits);
}

function streamsValue(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('Expected a whole number from 1 on.');
  return Number(text);
}
