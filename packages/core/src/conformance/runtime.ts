import { type Client, connectClient } from "../client/index.ts";
import { SdkError } from "../errors/sdk-error.ts";
import type { ErrorCode } from "../errors/table.ts";
import type { RuntimeLease, RuntimeV1 } from "../spec/runtime.ts";
import type { TaskRow } from "../spec/task-row.ts";
import { delay } from "../util/clock.ts";
import { deadline } from "../util/deadline.ts";
import type { ConformanceCase } from "./case.ts";
import { check, outcomeOf, show, within } from "./check.ts";

/** What {@link runtimeConformance} needs to know of a runtime. */
export interface RuntimeConformanceOptions {
  /** Makes a fresh runtime for each case. */
  readonly create: () => RuntimeV1;
  /** A row whose environment it can place. */
  readonly row: TaskRow;
  /**
   * Counts what it has placed and not yet removed: processes, containers, open sessions.
   * With it, an aborted start and a disposed lease are shown to leave nothing.
   */
  readonly census?: () => number | Promise<number>;
  /** Ends a placed environment from outside, as a crash would, and resolves when it is gone. Leave it out where that cannot be done. */
  readonly kill?: (lease: RuntimeLease) => Promise<void>;
  /** A row that cannot be placed, for the failure's code. Leave it out for a runtime that looks at no row. */
  readonly unplaceable?: TaskRow;
  /** Milliseconds for any one step: a start, an end. @default 30000 */
  readonly timeoutMs?: number;
}

const LEASES = 3;
const MAX_LOG_BYTES = 1_048_576;
const START_CODES: readonly ErrorCode[] = [
  "RUNTIME_START_FAILED",
  "RUNTIME_START_TIMEOUT",
  "RUNTIME_AUTH",
  "RUNTIME_QUOTA",
  "ENVIRONMENT_START_FAILED",
  "INVALID_OPTION",
  "SOURCE_NOT_FOUND",
  "SOURCE_LOAD_FAILED",
];

/**
 * What a runtime owes the engine, as cases for any test runner: leases that answer, ends that leave nothing
 * and come within a bound, signals that are obeyed, failures with a code that says who is to blame.
 *
 * @example
 * ```ts
 * import { test } from "node:test";
 * import { runtimeConformance } from "@hud-ts/core/conformance";
 * import { childProcess } from "@hud-ts/runtimes/child-process";
 *
 * const row = { env: "coder", id: "fix-bug", args: {}, slug: "fix-bug" };
 * for (const item of runtimeConformance({ create: () => childProcess({ source: "./env.ts" }), row })) test(item.id, item.run);
 * ```
 */
export function runtimeConformance(options: RuntimeConformanceOptions): readonly ConformanceCase[] {
  const { create, row, census, kill, unplaceable, timeoutMs = 30_000 } = options;
  const never = new AbortController().signal;
  const bounded = <T>(work: Promise<T>, what: string) => within(work, timeoutMs, what);
  const acquire = (runtime: RuntimeV1) => bounded(runtime.acquire(row, { signal: never }), "acquire");
  const dispose = (lease: RuntimeLease) => bounded(Promise.resolve(lease[Symbol.asyncDispose]()), "dispose");
  const hello = (lease: RuntimeLease) => bounded(connect(lease, timeoutMs), "hello");

  const cases: ConformanceCase[] = [
    {
      id: "runtime/declares-itself",
      requirement: 'specVersion is "runtime/1"; id is a text, not empty',
      async run() {
        const { specVersion, id } = create();
        check(specVersion === "runtime/1", `specVersion is ${show(specVersion)}`);
        check(typeof id === "string" && id !== "", `id is ${show(id)}`);
      },
    },
    {
      id: "runtime/reachable",
      requirement:
        "a lease names its placement and gives connections on which the environment answers hello, more than one",
      async run() {
        await using lease = await acquire(create());
        check(typeof lease.placement === "string" && lease.placement !== "", `placement is ${show(lease.placement)}`);
        await using first = await hello(lease);
        await using second = await hello(lease);
        check(
          first.manifest.env.name === row.env,
          `the environment is ${show(first.manifest.env.name)}, not ${row.env}`,
        );
        check(first.sessionId !== second.sessionId, "two connections got one session");
      },
    },
    {
      id: "runtime/aborted-before",
      requirement: "acquire with a signal that has fired rejects with the signal's reason and places nothing",
      async run() {
        const before = await census?.();
        const reason = new Error("given up");
        const ended = await outcomeOf(create().acquire(row, { signal: AbortSignal.abort(reason) }));
        check(ended.rejected === reason, `acquire ${ended.text}`);
        check((await census?.()) === before, "something was placed");
      },
    },
    {
      id: "runtime/aborted-during",
      requirement:
        "acquire whose signal fires mid-start rejects with the signal's reason, or gives its lease; what was begun goes away",
      async run() {
        const before = await census?.();
        for (const waitMs of [0, 20, 100]) {
          const controller = new AbortController();
          const reason = new Error("given up");
          const pending = create().acquire(row, { signal: controller.signal });
          const outcome = outcomeOf(pending);
          await delay(waitMs);
          controller.abort(reason);
          const ended = await bounded(outcome, "an aborted acquire");
          if (ended.rejected === undefined) await dispose(await pending);
          else check(ended.rejected === reason, `acquire ${ended.text}`);
        }
        await settles(census, before, timeoutMs);
      },
    },
    {
      id: "runtime/dispose-ends",
      requirement: "a disposed lease gives no connection, and what it placed is gone",
      async run() {
        const before = await census?.();
        const lease = await acquire(create());
        await dispose(lease);
        const ended = await outcomeOf(bounded(closing(lease.connect({ signal: never })), "connect after dispose"));
        check(SdkError.is(ended.rejected), `connect after dispose ${ended.text}`);
        await settles(census, before, timeoutMs);
      },
    },
    {
      id: "runtime/dispose-idempotent",
      requirement:
        "dispose may be called many times, at once and again later; each call resolves when the end has come",
      async run() {
        const lease = await acquire(create());
        await Promise.all([dispose(lease), dispose(lease), dispose(lease)]);
        await dispose(lease);
      },
    },
    {
      id: "runtime/dispose-connected",
      requirement: "dispose does not wait for open connections",
      async run() {
        const lease = await acquire(create());
        await using _client = await hello(lease);
        await dispose(lease);
      },
    },
    {
      id: "runtime/isolated",
      requirement: `${LEASES} leases at once have a session each; ending one leaves the others answering`,
      async run() {
        const runtime = create();
        const leases = await Promise.all(Array.from({ length: LEASES }, () => acquire(runtime)));
        try {
          const clients = await Promise.all(leases.map(hello));
          const sessions = new Set(clients.map((client) => client.sessionId));
          check(sessions.size === LEASES, `${LEASES} leases have ${sessions.size} sessions`);
          const [gone, ...rest] = leases;
          if (gone !== undefined) await dispose(gone);
          for (const lease of rest) await (await hello(lease)).close();
          await Promise.all(clients.map((client) => client.close()));
        } finally {
          await Promise.all(leases.map(dispose));
        }
      },
    },
    {
      id: "runtime/logs-bounded",
      requirement: `logs, where there are any, are a text of at most ${MAX_LOG_BYTES} bytes, also after the end`,
      async run() {
        const lease = await acquire(create());
        for (const after of [false, true]) {
          if (after) await dispose(lease);
          const logs = await bounded(lease.logs?.() ?? Promise.resolve(""), "logs");
          check(typeof logs === "string" && Buffer.byteLength(logs) <= MAX_LOG_BYTES, `logs are ${show(logs)}`);
        }
      },
    },
  ];
  if (kill !== undefined) {
    cases.push({
      id: "runtime/peer-died",
      requirement: "when the environment died, connect fails with an infrastructure error and dispose still resolves",
      async run() {
        const lease = await acquire(create());
        await bounded(kill(lease), "kill");
        const ended = await outcomeOf(bounded(closing(lease.connect({ signal: never })), "connect to the dead"));
        check(SdkError.is(ended.rejected) && ended.rejected.blame === "infra", `connect to the dead ${ended.text}`);
        await dispose(lease);
      },
    });
  }
  if (unplaceable !== undefined) {
    cases.push({
      id: "runtime/start-fails",
      requirement: `a row it cannot place rejects with an SdkError of ${START_CODES.join(", ")}`,
      async run() {
        const before = await census?.();
        const pending = create().acquire(unplaceable, { signal: never });
        const ended = await outcomeOf(bounded(pending, "a failing acquire"));
        check(SdkError.is(ended.rejected) && START_CODES.includes(ended.rejected.code), `acquire ${ended.text}`);
        await settles(census, before, timeoutMs);
      },
    });
  }
  return cases;
}

async function connect(lease: RuntimeLease, timeoutMs: number): Promise<Client> {
  using bound = deadline({ ms: timeoutMs, message: `no hello within ${timeoutMs} ms` });
  return await connectClient({
    connect: (options) => lease.connect(options),
    ...(lease.token === undefined ? {} : { token: lease.token }),
    readyTimeoutMs: timeoutMs,
    signal: bound.signal,
  });
}

async function closing(pending: ReturnType<RuntimeLease["connect"]>): Promise<void> {
  const stream = await pending;
  stream.destroy();
}

/** An end may take effect a moment after it was acknowledged: a kernel reaps, a daemon removes. */
async function settles(census: RuntimeConformanceOptions["census"], expected: number | undefined, timeoutMs: number) {
  if (census === undefined) return;
  const until = performance.now() + timeoutMs;
  let left = await census();
  while (left !== expected && performance.now() < until) {
    await delay(20);
    left = await census();
  }
  check(left === expected, `${left} placements are left, ${expected} were there before`);
}
