/**
 * A picker that sends every request to the endpoint that the argument names, at once: what the transport costs alone. It
 * runs the built package, as `pointsman epp` does. Tells its port.
 */
import { createExtProcServer } from '@pointsman/adapter-ext-proc';

const onward = {
  edits: { set: { 'x-gateway-destination-endpoint': process.argv[2] }, remove: [] },
  clearsRoute: true,
  followsResponse: true,
};
const server = createExtProcServer({ processor: { process: () => onward } });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});
process.on('disconnect', () => process.exit());
process.send(await server.listen({ host: '127.0.0.1', port: 0 }));
