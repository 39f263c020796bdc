/** What is wrong with an address that cannot be listened on. Gives back anything else that was thrown as it is. */
export function describeListenError(error: unknown, host: string, port: number): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const where = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  switch (code) {
    case 'EADDRINUSE':
      return `cannot listen on ${where}: the port is taken. Choose another one, or 0 for a free one`;
    case 'EACCES':
      return `cannot listen on ${where}: that is not allowed. Choose a port above 1023`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `cannot listen on ${where}: this machine does not have that address`;
    case 'ERR_SOCKET_BAD_PORT':
      return `cannot listen on ${where}: ports end at 65535`;
    default:
      throw new Error(`cannot listen on ${where}: ${message}`, { cause: error });
  }
}
