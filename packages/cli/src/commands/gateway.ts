import { type Command, Option } from 'commander';
import type { GatewayRunOptions } from '../gateway/run-gateway.ts';
import { examples } from '../help/examples.ts';
import { millisecondsValue, portValue, urlListValue } from '../help/values.ts';
import { booleanFlag } from '../llmd-flags/boolean-flag.ts';
import { LOG_LEVELS } from '../process/log-levels.ts';

/** `pointsman gateway` */
export function addGateway(program: Command): void {
  program
    .command('gateway')
    .summary('run a gateway in front of model servers')
    .description(
      'Runs an HTTP gateway that sends each inference request to the model server that should run it. One file describes it: endpoints, scorers, listeners. The file is reloaded when it changes, on SIGHUP, and by POST /api/reload of the admin listener; a bad one changes nothing. SIGTERM and SIGINT let requests finish; a second signal ends at once.',
    )
    .addOption(new Option('-c, --config <file>', 'the configuration').conflicts('endpoints'))
    .option(
      '-e, --endpoints <urls>',
      'model servers, with commas between them: a gateway with the default scorers and no file',
      urlListValue,
    )
    .option('--host <address>', 'address to listen on (default: gateway.host of the file, else all)')
    .option(
      '-p, --port <port>',
      'port to listen on, 0 for a free one (default: gateway.port of the file, else 8080)',
      portValue,
    )
    .option('--admin-host <address>', 'address of the admin listener (default: admin.host of the file, else 127.0.0.1)')
    .option('--admin-port <port>', 'its port, 0 for a free one (default: admin.port of the file, else 9090)', portValue)
    .option('--no-admin', 'no admin listener')
    .option('--no-watch', 'do not reload the file by itself')
    .addOption(booleanFlag('enable-plugin-metrics', 'how long each plugin takes', false))
    .addOption(booleanFlag('tracing', 'OpenTelemetry traces, set up by the OTEL_ variables of the environment', false))
    .addOption(
      new Option('--log-level <level>', 'what is logged, as JSON lines to standard error')
        .choices(LOG_LEVELS)
        .default('info'),
    )
    .option(
      '--drain <ms>',
      'milliseconds in which it still serves but says that it is not ready, before it stops',
      millisecondsValue,
      0,
    )
    .option('--grace <ms>', 'milliseconds that requests get to finish', millisecondsValue, 30_000)
    .option('--json', 'print the URLs as one line of JSON')
    .option('--stop-with-stdin', 'end when standard input ends: for programs that start it')
    .addHelpText(
      'after',
      examples(
        ['Two model servers, no file', 'pointsman gateway --endpoints http://10.0.0.1:8000,http://10.0.0.2:8000'],
        ['A file, and another port than it says', 'pointsman gateway --config pointsman.yaml --port 8081'],
      ),
    )
    .action(async (options: GatewayRunOptions) => {
      const { runGateway } = await import('../gateway/run-gateway.ts');
      await runGateway(options);
    });
}
