import { type ChannelCredentials, Client, credentials } from '@grpc/grpc-js';
import { EXTERNAL_PROCESSOR, HEALTH, type ProcessingResponse } from '@pointsman/adapter-ext-proc';

const plain = credentials.createInsecure();
/** TLS without a look at the certificate. */
export const unchecked = credentials.createSsl(null, null, null, {
  rejectUnauthorized: false,
  checkServerIdentity: () => undefined,
});

/** Which services are healthy: a status by name. */
export function healthOf(port: number): Promise<Readonly<Record<string, 'SERVING' | 'NOT_SERVING'>>> {
  return withClient(port, plain, async (client) => {
    const { path, requestSerialize, responseDeserialize } = HEALTH.list!;
    const { statuses } = await new Promise<{ statuses: Record<string, { status: number }> }>((resolve, reject) => {
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, {}, (error, answer) =>
        error === null ? resolve(answer) : reject(error),
      );
    });
    return Object.fromEntries(
      Object.entries(statuses).map(([name, { status }]) => [name, status === 1 ? 'SERVING' : 'NOT_SERVING']),
    );
  });
}

/** Asks a picker, or a body router, what to do with a chat request. @returns the headers that it sets */
export function processChat(
  port: number,
  model: string,
  channel: ChannelCredentials = plain,
): Promise<Readonly<Record<string, string>>> {
  return withClient(port, channel, async (client) => {
    const { path, requestSerialize, responseDeserialize } = EXTERNAL_PROCESSOR.process;
    const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
    const headers = [
      { key: ':method', rawValue: Buffer.from('POST') },
      { key: ':path', rawValue: Buffer.from('/v1/chat/completions') },
    ];
    call.write({ requestHeaders: { headers: { headers }, endOfStream: false } });
    const body = Buffer.from(JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] }));
    call.write({ requestBody: { body, endOfStream: true, endOfStreamWithoutMessage: false } });
    const reply = await new Promise<ProcessingResponse>((resolve, reject) => {
      call.once('data', resolve).on('error', reject);
    });
    call.end();
    if (!('requestHeaders' in reply) || reply.requestHeaders === null) throw new Error(JSON.stringify(reply));
    const set = reply.requestHeaders.response?.headerMutation?.setHeaders ?? [];
    return Object.fromEntries(set.map(({ header }) => [header.key, String(header.rawValue)]));
  });
}

async function withClient<T>(
  port: number,
  channel: ChannelCredentials,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client(`127.0.0.1:${port}`, channel, { 'grpc.use_local_subchannel_pool': 1 });
  try {
    return await use(client);
  } finally {
    client.close();
  }
}
