import type { CallListener, GrpcCall } from '../grpc/grpc-call.ts';
import { GRPC_STATUS } from '../grpc/grpc-status.ts';
import type { StreamCode } from '../metrics/stream-metrics.ts';
import { ExtProcStream, type StreamContext } from '../stream/ext-proc-stream.ts';
import { decodeRequest } from '../wire/decode-request.ts';
import { encodeResponse } from '../wire/encode-response.ts';
import type { ProcessingRequest } from '../wire/messages.ts';

/** Connects one gRPC call with the state machine. @param onOver called once, when nothing more happens on the call */
export function serveStream(
  context: StreamContext,
  call: GrpcCall,
  onOver: (code: StreamCode) => void,
): [ExtProcStream, CallListener] {
  const fail = (message: string) => {
    call.end(GRPC_STATUS.INTERNAL, message);
    onOver('Internal');
  };
  const stream = new ExtProcStream(context, {
    send: (response) => call.send(encodeResponse(response)),
    end() {
      call.end();
      onOver('OK');
    },
    fail,
  });
  const listener: CallListener = {
    onMessage(bytes) {
      let message: ProcessingRequest;
      try {
        message = decodeRequest(bytes);
      } catch {
        stream.cancelled();
        fail('what came is no ProcessingRequest');
        return;
      }
      stream.receive(message);
    },
    onHalfClose: () => stream.halfClosed(),
    onCancel() {
      stream.cancelled();
      onOver('Canceled');
    },
  };
  return [stream, listener];
}
