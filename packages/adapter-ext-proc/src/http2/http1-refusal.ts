const TEXT = 'This port speaks gRPC: HTTP/2, begun without an upgrade (prior knowledge, or h2 in TLS).\n';

/** What whoever speaks HTTP/1 is told. */
export const HTTP1_REFUSAL = Buffer.from(
  `HTTP/1.1 505 HTTP Version Not Supported\r\ncontent-type: text/plain\r\ncontent-length: ${TEXT.length}\r\n` +
    `connection: close\r\n\r\n${TEXT}`,
);
