import { type Blame, ERROR_TABLE, type ErrorCode, type ErrorKind } from "./table.ts";

// Two copies of this package may meet in one process (a global CLI and a project's own): instanceof would miss, the brand does not.
const BRAND = Symbol.for("hud-ts.sdk-error");

/** What an {@link SdkError} is made of. */
export interface SdkErrorOptions<TCode extends ErrorCode = ErrorCode> {
  readonly code: TCode;
  /** What was expected and what came. */
  readonly message: string;
  /** What to do about it, one sentence. */
  readonly hint?: string | undefined;
  /** The caught value this error explains. */
  readonly cause?: unknown;
  /** Machine-readable facts: JSON-safe, no secrets. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

/** The one error class: a code of the table, a message with expectation and value, a hint with the remedy. */
export class SdkError<TCode extends ErrorCode = ErrorCode> extends Error {
  readonly code: TCode;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(options: SdkErrorOptions<TCode>) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "SdkError";
    this.code = options.code;
    this.hint = options.hint;
    this.details = options.details ?? {};
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** Who caused it. */
  get blame(): Blame {
    return ERROR_TABLE[this.code].blame;
  }

  /** Whether a fresh attempt can help. */
  get retryable(): boolean {
    return ERROR_TABLE[this.code].retryable;
  }

  /** The word a command prints for it. */
  get kind(): ErrorKind {
    return ERROR_TABLE[this.code].kind;
  }

  /** Whether `value` is an SdkError (of `code`, when given), also when another copy of this package made it. */
  static is<TCode extends ErrorCode = ErrorCode>(value: unknown, code?: TCode): value is SdkError<TCode> {
    if (typeof value !== "object" || value === null || !(BRAND in value)) return false;
    return code === undefined || (value as unknown as SdkError).code === code;
  }
}

/** The text of anything thrown: an error's message, else its string form. Never throws. */
export function errorText(value: unknown): string {
  try {
    // Whoever throws may have put anything in an error's place for a text.
    return String(value instanceof Error ? (value.message as unknown) || value.name : value);
  } catch {
    return "unprintable value";
  }
}

/** Wraps what was caught under `code`, unless it is an SdkError already. */
export function toSdkError(value: unknown, code: ErrorCode, hint?: string): SdkError {
  if (SdkError.is(value)) return value;
  return new SdkError({ code, message: errorText(value), cause: value, hint });
}
