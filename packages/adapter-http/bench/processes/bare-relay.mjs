// What no proxy of this kind can do without: node:http in, JSON.parse, undici out, back-pressure. Nothing else.
import { createServer } from 'node:http';
import { Pool } from 'undici';
import { reportCpu } from './report-cpu.mjs';

const pools = process.argv.slice(2).map((origin) => new Pool(origin, { pipelining: 1 }));
let turn = 0;

class Relay {
  constructor(response) {
    this.response = response;
    this.controller = undefined;
    this.waits = false;
  }

  onRequestStart(controller) {
    this.controller = controller;
  }

  onResponseStart(_controller, status, headers) {
    const { connection, 'transfer-encoding': encoding, 'keep-alive': keepAlive, ...rest } = headers;
    this.response.writeHead(status, rest);
  }

  onResponseData(controller, chunk) {
    if (this.response.write(chunk)) return;
    controller.pause();
    if (!this.waits) this.response.on('drain', () => controller.resume());
    this.waits = true;
  }

  onResponseEnd() {
    this.response.end();
  }

  onResponseError() {
    this.response.destroy();
  }
}

const server = createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
    JSON.parse(body.toString());
    const { 'content-type': type } = request.headers;
    const relay = new Relay(response);
    response.on('close', () => {
      if (!response.writableEnded) relay.controller?.abort(new Error('client left'));
    });
    pools[turn++ % pools.length].dispatch(
      { path: request.url, method: request.method, headers: ['content-type', type], body },
      relay,
    );
  });
});
server.listen(0, '127.0.0.1', () => process.send({ url: `http://127.0.0.1:${server.address().port}` }));
reportCpu();
