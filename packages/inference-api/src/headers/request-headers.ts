/** Request headers by lower-case name, as `node:http` gives them in `IncomingMessage.headers`. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;
