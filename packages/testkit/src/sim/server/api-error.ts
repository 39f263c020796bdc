const TYPES: Record<number, string> = {
  400: 'BadRequestError',
  401: 'AuthenticationError',
  403: 'PermissionDeniedError',
  404: 'NotFoundError',
  413: 'BadRequestError',
  422: 'UnprocessableEntityError',
  429: 'RateLimitError',
};

/** A request that is answered with an error, in the form of vLLM. */
export class ApiError extends Error {
  readonly status: number;
  readonly type: string;
  readonly param: string | null;

  constructor(status: number, message: string, param: string | null = null) {
    super(message);
    this.status = status;
    this.param = param;
    this.name = 'ApiError';
    this.type = TYPES[status] ?? (status >= 500 ? 'InternalServerError' : 'APIConnectionError');
  }

  toJSON(): unknown {
    return { error: { message: this.message, type: this.type, param: this.param, code: this.status } };
  }
}

/** The body is not what it should be. */
export function malformed(problem: string): ApiError {
  return new ApiError(400, `Failed to read and parse request body, ${problem}`);
}
