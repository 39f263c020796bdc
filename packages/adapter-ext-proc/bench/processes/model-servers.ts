/**
 * Model servers that compute nothing, as many as the argument says, all in this process. Tells their ports; then, whenever
 * it is asked, how many metrics pages each of them has served.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { streamAnswer, wholeAnswer } from '../http/answer.ts';
import { MessageReader } from '../http/message-reader.ts';
import { metricsResponse } from '../http/metrics-page.ts';
import { ANSWER_HEADER } from '../load.ts';

const ANSWER = new RegExp(`\r\n${ANSWER_HEADER}: (\\d+) (\\d+) (true|false) (\\d+)`);
const METRICS = /^GET \/metrics(\/?)(?:\?(\S*))? /;
/** How many of them do not know metrics by name; the others do. */
const WITHOUT_SELECTION = Number(process.argv[3]);
const NOT_FOUND = 'HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n';
const NOT_WHOLE = 'HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n';

const wholeAnswers = new Map<number, Buffer>();
const pagesServed: number[] = [];

async function startServer(_: unknown, index: number): Promise<number> {
  const selects = index >= WITHOUT_SELECTION;
  pagesServed[index] = 0;
  let running = 0;
  const server = createServer({ noDelay: true }, (socket: Socket) => {
    let head = '';
    const reader = new MessageReader({
      head: (text) => {
        head = text;
      },
      bodyBegins: () => {},
      end: (bodyBytes) => {
        const page = METRICS.exec(head);
        if (page !== null && (page[1] === '' || selects)) {
          pagesServed[index]!++;
          // Like vLLM: only below the path it looks at what is asked for.
          socket.write(metricsResponse(running, page[1] === '' ? '' : page[2]));
          return;
        }
        const answer = ANSWER.exec(head);
        if (answer === null) {
          socket.write(NOT_FOUND);
          return;
        }
        if (bodyBytes !== Number(answer[4])) {
          socket.write(NOT_WHOLE);
          return;
        }
        const [tokens, gapMs] = [Number(answer[1]), Number(answer[2])];
        if (answer[3] === 'false') {
          socket.write(answerOf(tokens));
          return;
        }
        running++;
        streamAnswer(socket, tokens, gapMs, () => running--);
      },
    });
    socket.on('data', (bytes) => reader.push(bytes)).on('error', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function answerOf(tokens: number): Buffer {
  let answer = wholeAnswers.get(tokens);
  if (answer === undefined) {
    answer = wholeAnswer(tokens);
    wholeAnswers.set(tokens, answer);
  }
  return answer;
}

const ports = await Promise.all(Array.from({ length: Number(process.argv[2]) }, startServer));
process.on('message', () => process.send!(pagesServed));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});
process.on('disconnect', () => process.exit());
process.send!(ports);
