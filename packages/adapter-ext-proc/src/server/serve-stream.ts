import { type ServerDuplexStream, status } from '@grpc/grpc-js';
import type { StreamCode } from '../metrics/stream-metrics.ts';
import { ExtProcStream, type StreamContext } from '../stream/ext-proc-stream.ts';
import type { ProcessingRequest, ProcessingResponse } from '../wire/messages.ts';

/** Connects one gRPC call with the state machine. @param onOver called once, when nothing more happens on the call */
export function serveStream(
  context: StreamContext,
  call: ServerDuplexStream<ProcessingRequest, ProcessingResponse>,
  onOver: (code: StreamCode) => void,
): ExtProcStream {
  let isOver = false;
  const over = (code: StreamCode) => {
    if (isOver) return;
    isOver = true;
    onOver(code);
  };
  let isWaiting = false;
  const stream = new ExtProcStream(context, {
    send(response) {
      if (call.cancelled || call.write(response) || isWaiting) return;
      // The proxy reads more slowly than it writes: it has to wait, not we to remember.
      isWaiting = true;
      call.pause();
      call.once('drain', () => {
        isWaiting = false;
        call.resume();
      });
    },
    end() {
      call.end();
      over('OK');
    },
    fail(details) {
      call.emit('error', { code: status.INTERNAL, details });
      over('Internal');
    },
  });
  call.on('data', (message: ProcessingRequest) => stream.receive(message));
  call.on('end', () => stream.halfClosed());
  call.on('cancelled', () => {
    stream.cancelled();
    over('Canceled');
  });
  call.on('error', () => {
    stream.cancelled();
    over('Internal');
  });
  return stream;
}
