import type { Recording } from './recording.ts';
import type { View } from './view.ts';

/** Where ours does something else on purpose. */
interface Difference {
  readonly why: string;
  /** What must come instead of what was recorded. */
  intended(recorded: View, recording: Recording): View;
}

const DESTINATION = 'x-gateway-destination-endpoint';
const ANY_UUID = '^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$';
const REQUEST_BODY = '{"model":"m","prompt":"Say hello","max_tokens":5}';

/** The endpoints in the order of the recording, where they are now. */
const addresses = ({ servers }: Recording) => Object.keys(servers);

function goingTo(view: View, destination: string): View {
  return {
    ...view,
    clearsRoute: true,
    requestHeaders: { ...view.requestHeaders, [DESTINATION]: [destination] },
    metadata: { ...view.metadata, requestHeaders: { 'envoy.lb': { [DESTINATION]: destination } } },
  };
}

function withRequestHeader(view: View, name: string, value: string): View {
  return { ...view, requestHeaders: { ...view.requestHeaders, [name]: [value] } };
}

function withRequestBody(view: View, bytes: string, end: 'last' | 'nowhere' = 'last'): View {
  return { ...view, requestBody: { bytes, end, isOverLimit: false } };
}

function withResponseBody(view: View, bytes: string): View {
  return { ...view, responseBody: { ...view.responseBody!, bytes } };
}

/** The request is answered by the picker, and the stream is over. */
function refused(step: number, status: number, body: string, reason?: string): View {
  return {
    replies: [`immediateResponse after ${step}`],
    responseHeaders: [],
    clearsRoute: false,
    metadata: {},
    immediate: { status, body, headers: reason === undefined ? {} : { 'x-llm-d-request-dropped-reason': reason } },
    status: `OK by picker after ${step}`,
  };
}

/** The completion of the recordings goes to a model server, and no answer comes. */
function placed(step: number, requestId: string, destination: string): View {
  const view: View = {
    replies: [`requestHeaders after ${step}`, `requestBody after ${step}`],
    requestHeaders: {
      ':method': ['POST'],
      ':path': ['/v1/completions'],
      ':scheme': ['http'],
      ':authority': ['models.example'],
      'content-type': ['application/json'],
      'x-request-id': [requestId],
    },
    responseHeaders: [],
    clearsRoute: true,
    metadata: {},
    status: 'OK by client',
  };
  return withRequestBody(goingTo(view, destination), REQUEST_BODY);
}

const NO_CANDIDATES =
  'inference error: ServiceUnavailable - failed to find endpoint candidates for serving the request';

const NO_ROOM = 'inference error: ResourceExhausted - no endpoints available for the given request';

const BYTE_RANGE: string =
  'only the bytes of the model change: no sorted keys, no escaped characters, no rounded numbers';

/** Recordings that end differently here, by name. The same list is in docs/coming-from-llm-d.md. */
export const DIFFERENCES: Readonly<Record<string, Difference>> = {
  'concurrency-duplicate-eos': {
    why: 'a request is placed once, however often its end comes: nothing of it stays in flight',
    intended: (recorded, recording) =>
      recorded.immediate === undefined ? recorded : placed(10, 'req-3', addresses(recording)[0]!),
  },
  'concurrency-empty-request-id': {
    why: 'a request without an id is in flight like any other',
    intended: (recorded) =>
      recorded.replies.includes('requestHeaders after 4')
        ? refused(4, 429, NO_ROOM, 'rejected-saturated')
        : withRequestHeader(recorded, 'x-request-id', ANY_UUID),
  },
  'concurrency-same-id-one-endpoint': {
    why: 'requests with one id are told apart: nothing of them stays in flight',
    intended: (recorded, recording) =>
      recorded.immediate === undefined ? recorded : placed(14, 'req-4', addresses(recording)[0]!),
  },
  'cost-stream-split': {
    why: 'an event that is cut in two is read as one: its usage counts',
    intended: (recorded) => ({
      ...recorded,
      metadata: { ...recorded.metadata, responseBody: { 'envoy.lb': { 'x-gateway-inference-request-cost': 10 } } },
    }),
  },
  'cost-trailers': {
    why: 'the body is passed on as it comes, so that what plugins tell at the end goes with the trailers',
    intended: ({ metadata: { responseBody, ...metadata }, ...recorded }) => ({
      ...recorded,
      metadata: { ...metadata, responseTrailers: responseBody! },
    }),
  },
  'fallback-get': {
    why: 'a request without body is placed like any other, with fallbacks',
    intended: (recorded, recording) => {
      const [e0, e1, e2] = addresses(recording);
      return goingTo(recorded, [e1, e2, e0].join());
    },
  },
  'get-hooks-cost': {
    why: 'the response to GET /v1/models is no completion, whatever it looks like',
    intended: ({ metadata: { responseBody: _, ...metadata }, ...recorded }) => ({ ...recorded, metadata }),
  },
  'headers-null': {
    why: 'headers that are missing are no headers: the process goes on, and so does the request',
    intended: (recorded, recording) =>
      withRequestBody(
        goingTo(
          {
            ...recorded,
            replies: ['requestHeaders after 2', 'requestBody after 2'],
            requestHeaders: { 'x-request-id': [ANY_UUID] },
            status: 'OK by client',
          },
          addresses(recording)[1]!,
        ),
        REQUEST_BODY,
      ),
  },
  'headers-prefer-if-available': {
    why: 'every refusal of a plugin says its reason',
    intended: () =>
      refused(
        2,
        412,
        'inference error: PreconditionFailed - no decode worker has the requested KV cache',
        'kv-cache-absent',
      ),
  },
  'ipv6-endpoint-get': {
    why: 'an IPv6 address with a port has brackets, always',
    intended: (recorded, recording) => goingTo(recorded, addresses(recording)[0]!),
  },
  'mode-buffered': {
    why: 'a proxy that buffers gets replies for buffered bodies, and need not send the response',
    intended: ({ requestBody: _, responseBody: __, ...recorded }) => ({
      ...recorded,
      replies: ['requestHeaders after 1', 'requestBody after 2', 'responseHeaders after 3', 'responseBody'],
      requestBody: { bytes: '', end: 'nowhere', isOverLimit: false },
      responseBody: { bytes: '', end: 'nowhere', isOverLimit: false },
      metadata: { requestBody: recorded.metadata.requestHeaders! },
      modeOverride: { requestBodyMode: 'BUFFERED', responseBodyMode: 'NONE', responseTrailerMode: 'SEND' },
    }),
  },
  'no-endpoints-get': {
    why: 'a request without body is refused like any other: 503, with the reason',
    intended: () => refused(1, 503, NO_CANDIDATES, 'rejected-no-endpoints'),
  },
  'odd-duplicate-eos': {
    why: 'the end of a body that comes a second time is ignored',
    intended: ({ immediate: _, ...recorded }) => ({
      ...recorded,
      replies: ['requestHeaders after 2', 'requestBody after 2'],
      status: 'OK by client',
    }),
  },
  'odd-response-trailers-first': {
    why: 'a proxy that sends no response headers waits for an answer to the trailers all the same',
    intended: (recorded) => ({ ...recorded, replies: ['responseTrailers after 1'] }),
  },
  'odd-trailers-after-eos': {
    why: 'a proxy that sends trailers waits for an answer',
    intended: (recorded) => {
      const [headers, body, ...response] = recorded.replies;
      return { ...recorded, replies: [headers!, body!, 'requestTrailers after 3', ...response] };
    },
  },
  'odd-trailers-instead-of-eos': {
    why: 'trailers end a body',
    intended: (_, recording) => ({
      ...withRequestBody(placed(3, 'req-1', addresses(recording)[1]!), REQUEST_BODY, 'nowhere'),
      replies: ['requestHeaders after 3', 'requestBody after 3', 'requestTrailers after 3'],
    }),
  },
  'profile-header-unknown': {
    why: 'a profile that does not exist will not exist when the client tries again: 400, not 429',
    intended: () => refused(2, 400, 'inference error: BadRequest - no scheduling profile serves the request'),
  },
  'request-id-empty': {
    why: 'an empty id is none: one is made',
    intended: (recorded) => withRequestHeader(recorded, 'x-request-id', ANY_UUID),
  },
  'response-trailers-only': {
    why: 'nothing is said about a body that did not come',
    intended: ({ responseBody: _, ...recorded }) => ({
      ...recorded,
      replies: recorded.replies.filter((reply) => reply !== 'responseBody'),
    }),
  },
  'rewrite-header': {
    why: BYTE_RANGE,
    intended: (recorded) => {
      const body = '{"prompt":"a <b> & c","model":"target","temperature":0,"max_tokens":100,"z":[1,{"y":2,"x":1.50}]}';
      return withRequestHeader(withRequestBody(recorded, body), 'content-length', String(body.length));
    },
  },
  'rewrite-header-chunks': {
    why: BYTE_RANGE,
    intended: (recorded) => withRequestBody(recorded, '{"model":"target","prompt":"Say hello","max_tokens":5}'),
  },
  'rewrite-large-integer': {
    why: BYTE_RANGE,
    intended: (recorded) =>
      withRequestBody(recorded, '{"model":"target","prompt":"x","seed":12345678901234567890,"id":9007199254740993}'),
  },
  'rewrite-response': {
    why: 'the length of a response whose model is turned back is not the one that the model server gave',
    intended: (recorded) => {
      const [{ 'content-length': _, ...headers }] = recorded.responseHeaders as [Record<string, readonly string[]>];
      return { ...recorded, responseHeaders: [headers] };
    },
  },
  'rewrite-response-mixed': {
    why: 'the model is turned back however it is spelled, where a response names it, and nowhere else',
    intended: (recorded) => withResponseBody(recorded, '{"model":"m","nested":{"model": "target"},"model" : "m"}'),
  },
  'rewrite-stream-split': {
    why: 'an event that is cut in two is held back until it is whole, so that its model is turned back too',
    intended: (recorded) => withResponseBody(recorded, 'data: {"model":"m","choices":[]}\n\ndata: [DONE]\n\n'),
  },
  'subset-get': {
    why: 'a subset holds for a request without body too',
    intended: () => refused(1, 503, NO_CANDIDATES, 'rejected-no-endpoints'),
  },
  'subset-on-headers-message': {
    why: 'a subset that comes with the headers holds',
    intended: (recorded, recording) => goingTo(recorded, addresses(recording)[0]!),
  },
  'subset-string': {
    why: 'a subset may be a text',
    intended: (recorded, recording) => goingTo(recorded, addresses(recording)[2]!),
  },
  'subset-wrong-port': {
    why: 'a subset that names a port means that port',
    intended: () => refused(2, 503, NO_CANDIDATES, 'rejected-no-endpoints'),
  },
};
