import { STATUS_CODES } from "node:http";

/** Why the proxy does not do what it was asked to; the value of the answer's `X-Proxy-Error`. */
export type RefusalReason = keyof typeof STATUS_OF;

const STATUS_OF = {
  "blocked-by-allowlist": 403,
  "blocked-by-address": 403,
  "invalid-target": 400,
  "invalid-request": 400,
  "invalid-request-body": 400,
  "header-too-large": 431,
  "too-many-connections": 503,
  "upstream-failure": 502,
  "unrelayable-upstream-header": 502,
} as const;

/** A request that is refused, with the sentence that tells the client. */
export class Refusal extends Error {
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, text: string) {
    super(text);
    this.reason = reason;
  }

  get status(): number {
    return STATUS_OF[this.reason];
  }

  get headers(): Readonly<Record<string, string>> {
    return {
      "X-Proxy-Error": this.reason,
      "Content-Type": "text/plain; charset=utf-8",
      "Content-Length": String(Buffer.byteLength(this.body)),
      Connection: "close",
    };
  }

  get body(): string {
    return `${this.message}\n`;
  }

  /** The whole answer, for a connection that no response object belongs to. */
  get answer(): string {
    const headers = Object.entries(this.headers).map(([name, value]) => `${name}: ${value}\r\n`);
    return `HTTP/1.1 ${this.status} ${STATUS_CODES[this.status]}\r\n${headers.join("")}\r\n${this.body}`;
  }

  /** What was thrown, as a refusal: without words of the system's, which may tell what the inside must not know. */
  static of(error: unknown): Refusal {
    return error instanceof Refusal ? error : new Refusal("upstream-failure", "the upstream failed");
  }
}
