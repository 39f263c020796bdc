import { type ServerDuplexStream, status } from '@grpc/grpc-js';
import { ExtProcStream, type StreamContext } from '../stream/ext-proc-stream.ts';
import type { ProcessingRequest, ProcessingResponse } from '../wire/messages.ts';

/** Connects one gRPC call with the state machine. @param onOver called once, when nothing more happens on the call */
export function serveStream(
  context: StreamContext,
  call: ServerDuplexStream<ProcessingRequest, ProcessingResponse>,
  onOver: () => void,
): ExtProcStream {
  let isOver = false;
  const over = () => {
    if (isOver) return;
    isOver = true;
    onOver();
  };
  const stream = new ExtProcStream(context, {
    send(response) {
      if (call.cancelled || call.write(response)) return;
      // The proxy reads more slowly than it writes: it has to wait, not we to remember.
      call.pause();
      call.once('drain', () => call.resume());
    },
    end() {
      call.end();
      over();
    },
    fail(details) {
      call.emit('error', { code: status.INTERNAL, details });
      over();
    },
  });
  call.on('data', (message: ProcessingRequest) => stream.receive(message));
  call.on('end', () => stream.halfClosed());
  call.on('cancelled', () => {
    stream.cancelled();
    over();
  });
  call.on('error', () => {
    stream.cancelled();
    over();
  });
  return stream;
}
