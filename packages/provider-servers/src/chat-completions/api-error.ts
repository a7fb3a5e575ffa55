/** A refusal, in the shape of the API. */
export class ApiError extends Error {
  readonly status: number;
  readonly type: string;
  readonly code: string | null;
  readonly param: string | null;

  constructor(options: { status?: number; message: string; type?: string; code?: string | null; param?: string }) {
    super(options.message);
    this.status = options.status ?? 400;
    this.type = options.type ?? "invalid_request_error";
    this.code = options.code ?? null;
    this.param = options.param ?? null;
  }

  get body(): string {
    const { message, type, param, code } = this;
    return JSON.stringify({ error: { message, type, param, code } });
  }
}

/** The refusal of a request for one of its members. */
export function invalid(param: string, problem: string): ApiError {
  return new ApiError({ message: `Invalid '${param}': ${problem}`, param });
}
