import type { Clock } from "../../util/clock.ts";
import { randomId } from "../../util/ids.ts";
import { pythonRepr } from "./python-text.ts";
import { Refusal } from "./refusal.ts";
import type { TaskRunner } from "./task-runner.ts";

/** One session: it exists while it has a connection or a task. */
export interface Session {
  readonly id: string;
  readonly live: boolean;
  readonly runner: TaskRunner | undefined;
}

/** Bounds of a {@link Sessions}. */
export interface SessionsOptions {
  /** Most open connections, and most tasks live or parked. */
  readonly maxSessions: number;
  /** How long a task stays parked once another was parked after it. */
  readonly parkTtlMs: number;
  readonly clock: Clock;
  readonly onWarning: (message: string) => void;
}

interface State {
  readonly id: string;
  live: boolean;
  runner: TaskRunner | undefined;
  parkedAt: number;
}

/** All sessions of one server: who is connected, whose task waits suspended for somebody to come back. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #sessions = new Map<string, State>();
  /** In the order they were parked: the first expires first, the last never does. */
  readonly #parked = new Map<string, State>();
  #live = 0;
  #tasks = 0;
  #expiry: Disposable | undefined;
  #closed = false;

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  /** A new session for a new connection. */
  open(): Session {
    const { maxSessions } = this.#options;
    if (this.#live >= maxSessions) {
      throw new Refusal("invalidState", `too many sessions: ${maxSessions} connections are open, which is the limit`);
    }
    const session: State = { id: `sess-${randomId()}`, live: true, runner: undefined, parkedAt: 0 };
    this.#sessions.set(session.id, session);
    this.#live++;
    return session;
  }

  /** The parked session of this id; its holder may {@link Sessions.resume} it. */
  parked(id: string): Session {
    const session = this.#sessions.get(id);
    if (session === undefined) throw new Refusal("invalidState", `unknown session: ${pythonRepr(id)}`);
    if (session.live) throw new Refusal("invalidState", `session ${pythonRepr(id)} has a live connection`);
    return session;
  }

  /** Turns a connection's session into a parked one; the task of the former, if any, is parked in turn. */
  resume(own: Session, parked: Session): Session {
    this.release(own);
    const session = this.#state(parked);
    this.#unpark(session);
    session.live = true;
    this.#live++;
    return session;
  }

  /** Takes the task of the single parked session, which ends with that. */
  adopt(): TaskRunner {
    const [session] = this.#parked.values();
    if (session?.runner === undefined) throw new Refusal("invalidState", "no task in progress");
    if (this.#parked.size > 1) {
      const ids = [...this.#parked.keys()].sort().join(", ");
      throw new Refusal(
        "invalidState",
        `${this.#parked.size} parked sessions (${ids}); resume one by sending hello with its session_id`,
      );
    }
    const { runner } = session;
    this.detach(session);
    return runner;
  }

  /** Gives a session its task; it had none, or hands it over with this. */
  attach(session: Session, runner: TaskRunner): void {
    const state = this.#state(session);
    const { maxSessions } = this.#options;
    if (this.#closed) throw new Refusal("invalidState", "the server is stopping");
    if (state.runner === undefined && this.#tasks >= maxSessions) {
      throw new Refusal(
        "invalidState",
        `too many sessions: ${maxSessions} tasks are live or parked, which is the limit; resume one by sending hello with its session_id and grade or cancel it`,
      );
    }
    if (state.runner === undefined) this.#tasks++;
    state.runner = runner;
  }

  /** Takes a session's task away; a session without connection ends with that. */
  detach(session: Session): TaskRunner | undefined {
    const state = this.#state(session);
    const { runner } = state;
    if (runner === undefined) return undefined;
    this.#tasks--;
    state.runner = undefined;
    if (!state.live) {
      this.#unpark(state);
      this.#sessions.delete(state.id);
    }
    return runner;
  }

  /** The connection is gone: a suspended task stays parked, a session without one ends. */
  release(session: Session): void {
    const state = this.#state(session);
    state.live = false;
    this.#live--;
    if (state.runner === undefined) {
      this.#sessions.delete(state.id);
      return;
    }
    state.parkedAt = this.#options.clock.monotonic();
    this.#parked.set(state.id, state);
    this.#armExpiry();
  }

  /** Cancels every task, live and parked, and takes no more. */
  async close(): Promise<void> {
    this.#closed = true;
    const runners = [...this.#sessions.values()].flatMap((session) => this.detach(session) ?? []);
    await Promise.all(runners.map((runner) => runner.cancel("the server stopped")));
  }

  #state(session: Session): State {
    return session as State; // every Session comes out of this class
  }

  #unpark(session: State): void {
    if (this.#parked.delete(session.id)) this.#armExpiry();
  }

  // One timer, for the task parked longest, and none while the newest is the only one.
  #armExpiry(): void {
    this.#expiry?.[Symbol.dispose]();
    this.#expiry = undefined;
    const [oldest] = this.#parked.values();
    if (oldest === undefined || this.#parked.size < 2) return;
    const { clock, parkTtlMs } = this.#options;
    const remaining = Math.max(0, oldest.parkedAt + parkTtlMs - clock.monotonic());
    this.#expiry = clock.timer(remaining, () => this.#expire(oldest));
  }

  #expire(session: State): void {
    const { clock, parkTtlMs, onWarning } = this.#options;
    // A timer's range is 24 days: a longer time comes in pieces.
    if (session.parkedAt + parkTtlMs > clock.monotonic()) {
      this.#armExpiry();
      return;
    }
    onWarning(`session ${session.id} was parked for ${parkTtlMs} ms and nobody came back: its task is cancelled`);
    void this.detach(session)?.cancel("its parking time is over");
  }
}
