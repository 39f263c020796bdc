import { type ChannelCredentials, Client, credentials } from '@grpc/grpc-js';
import protobuf from 'protobufjs';

/** As much of gRPC health checking and of Envoy's external processing as the tests look at. */
const { root } = protobuf.parse(`
syntax = "proto3";
message Nothing {}
message Status { int32 status = 1; }
message Statuses { map<string, Status> statuses = 1; }
message Header { string key = 1; bytes raw_value = 3; }
message HeaderMap { repeated Header headers = 1; }
message Headers { HeaderMap headers = 1; }
message Body { bytes body = 1; bool end_of_stream = 2; }
message Request { Headers request_headers = 2; Body request_body = 4; }
message SetHeader { Header header = 1; }
message Mutation { repeated SetHeader set_headers = 1; }
message Common { Mutation header_mutation = 2; }
message HeadersReply { Common response = 1; }
message Reply { HeadersReply request_headers = 1; }
`);

interface Reply {
  readonly requestHeaders?: {
    readonly response?: { readonly headerMutation?: { readonly setHeaders?: readonly SetHeader[] } };
  } | null;
}

interface SetHeader {
  readonly header: { readonly key: string; readonly rawValue: Uint8Array };
}

const plain = credentials.createInsecure();
/** TLS without a look at the certificate. */
export const unchecked = credentials.createSsl(null, null, null, {
  rejectUnauthorized: false,
  checkServerIdentity: () => undefined,
});

/** Which services are healthy: a status by name. */
export function healthOf(port: number): Promise<Readonly<Record<string, 'SERVING' | 'NOT_SERVING'>>> {
  return withClient(port, plain, async (client) => {
    const decode = decoderOf<{ readonly statuses: Readonly<Record<string, { readonly status: number }>> }>('Statuses');
    const { statuses } = await new Promise<ReturnType<typeof decode>>((resolve, reject) => {
      client.makeUnaryRequest('/grpc.health.v1.Health/List', encoderOf('Nothing'), decode, {}, (error, answer) =>
        error === null ? resolve(answer!) : reject(error),
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
  more: Readonly<Record<string, string>> = {},
): Promise<Readonly<Record<string, string>>> {
  return withClient(port, channel, async (client) => {
    const path = '/envoy.service.ext_proc.v3.ExternalProcessor/Process';
    const call = client.makeBidiStreamRequest(path, encoderOf('Request'), decoderOf<Reply>('Reply'));
    const headers = [
      { key: ':method', rawValue: Buffer.from('POST') },
      { key: ':path', rawValue: Buffer.from('/v1/chat/completions') },
      ...Object.entries(more).map(([key, value]) => ({ key, rawValue: Buffer.from(value) })),
    ];
    call.write({ requestHeaders: { headers: { headers } } });
    const body = Buffer.from(JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] }));
    call.write({ requestBody: { body, endOfStream: true } });
    const reply = await new Promise<Reply>((resolve, reject) => {
      call.once('data', resolve).on('error', reject);
    });
    call.end();
    const set = reply.requestHeaders?.response?.headerMutation?.setHeaders;
    if (set === undefined) throw new Error(JSON.stringify(reply));
    return Object.fromEntries(set.map(({ header }) => [header.key, String(header.rawValue)]));
  });
}

function encoderOf(name: string) {
  const type = root.lookupType(name);
  return (message: object) => type.encode(message).finish() as Buffer;
}

function decoderOf<T>(name: string) {
  const type = root.lookupType(name);
  return (bytes: Buffer) => type.decode(bytes) as unknown as T;
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
