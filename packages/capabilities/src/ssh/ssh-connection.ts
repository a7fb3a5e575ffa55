import { setMaxListeners } from "node:events";
import { delay, SdkError } from "@hud-ts/core/adapter";
import type { Connection, Session } from "ssh2";
import { type Admission, authenticate } from "./authenticate.ts";
import { type ForwardListener, RemoteForwards } from "./remote-forwards.ts";
import { type SessionContext, SshSession } from "./ssh-session.ts";
import { socketOf } from "./ssh2-internals.ts";

/** What every connection of a server shares. */
export interface ConnectionContext extends Admission, Pick<SessionContext, "host" | "cwd"> {
  readonly listen: ForwardListener | undefined;
}

const MAX_SESSIONS = 256;
const MAX_REJECTIONS = 6;
/** Longer than a killed program takes: SIGTERM, a second, SIGKILL. */
const CLOSE_GRACE_MS = 3000;

/** One client: authenticated once, then any number of sessions and remote forwards. Everything else is refused. */
export class SshConnection {
  /** Fires when the connection is gone or is being closed. */
  readonly closed: AbortSignal;
  readonly #connection: Connection;
  readonly #context: ConnectionContext;
  readonly #closing = new AbortController();
  readonly #sessions = new Set<SshSession>();
  readonly #forwards: RemoteForwards | undefined;
  #rejections = 0;

  constructor(connection: Connection, context: ConnectionContext) {
    this.closed = this.#closing.signal;
    setMaxListeners(0, this.closed); // one for each session and forward
    this.#connection = connection;
    this.#context = context;
    const socket = socketOf(connection);
    this.#forwards =
      context.listen &&
      new RemoteForwards({ connection, socket, listen: context.listen, closed: this.#closing.signal });
    connection.on("error", () => {}); // the socket closes after it; a client's broken frames are no event of the server
    connection.on("close", () => void this.close());
    connection.on("end", () => void this.close());
    connection.on("authentication", (attempt) => {
      if (authenticate(attempt, context) === "rejected" && ++this.#rejections >= MAX_REJECTIONS) connection.end();
    });
    connection.on("session", (accept, reject) => {
      if (this.#sessions.size >= MAX_SESSIONS || this.closed.aborted) reject();
      else this.#open(accept());
    });
    this.#answerForwards();
  }

  /** Ends its programs and closes it; resolves when they are gone, and after a bound in any case. */
  async close(): Promise<void> {
    this.#closing.abort(new SdkError({ code: "CLOSED", message: "the ssh connection is closed" }));
    const over = new AbortController();
    const ended = Promise.all([...[...this.#sessions].map((session) => session.done), this.#forwards?.close()]);
    this.#connection.end();
    socketOf(this.#connection).destroySoon();
    await Promise.race([ended, delay(CLOSE_GRACE_MS, over.signal).catch(() => {})]);
    over.abort();
  }

  #open(accepted: Session): void {
    const { host, cwd } = this.#context;
    const session = new SshSession(accepted, { host, cwd, socket: socketOf(this.#connection), closed: this.closed });
    this.#sessions.add(session);
    void session.done.then(() => this.#sessions.delete(session));
  }

  #answerForwards(): void {
    const forwards = this.#forwards;
    this.#connection.on("request", (...[accept, reject, name, info]) => {
      if (forwards === undefined || !("bindPort" in info)) return reject?.();
      const answer = name === "tcpip-forward" ? forwards.add(info) : forwards.cancel(info);
      answer.then(
        (port) => accept?.(port),
        () => reject?.(),
      );
    });
  }
}
