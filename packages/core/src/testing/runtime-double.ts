import type { Duplex } from "node:stream";
import { errorText } from "../errors/sdk-error.ts";
import type { RuntimeLease, RuntimeV1, SessionSnapshot } from "../spec/runtime.ts";
import type { TaskRow } from "../spec/task-row.ts";
import { randomId } from "../util/ids.ts";
import type { Json, JsonObject } from "../util/json-types.ts";
import { WIRE_CODES } from "../wire/frame.ts";
import { FrameStream } from "../wire/frame-stream.ts";
import { memoryPair } from "../wire/memory-pair.ts";

/** What a scripted environment knows when it is called. */
export interface PeerCall {
  readonly row: TaskRow;
  readonly params: JsonObject;
  /** Fires on `tasks.cancel`, `bye` and a lost connection. */
  readonly signal: AbortSignal;
  /** Breaks the connection, as a placement that dies does. */
  readonly drop: () => void;
}

/** An error frame with a code of the script's choice; any other throw answers -32000. */
export class PeerError extends Error {
  readonly wireCode: number;

  constructor(wireCode: number, message: string) {
    super(message);
    this.wireCode = wireCode;
  }
}

/** What a {@link runtimeDouble} does; what is left out succeeds: prompt `"go"`, reward 1. */
export interface RuntimeScript {
  readonly id?: string;
  readonly maxConcurrent?: number;
  /** Runs before the lease is given; throwing is a placement that fails. */
  acquire?(row: TaskRow, options: { readonly signal: AbortSignal }): Promise<void> | void;
  /** Gives the start frame. */
  start?(call: PeerCall): Promise<JsonObject> | JsonObject;
  /** Gives the grade frame. */
  grade?(call: PeerCall): Promise<JsonObject> | JsonObject;
  /** Runs when a lease is disposed. */
  release?(): Promise<void> | void;
  readonly logs?: string;
  /** Most bytes of a line that it says it reads. */
  readonly maxFrameBytes?: number;
  /** Whether leases carry sessions over, for separate verifiers. */
  readonly snapshots?: boolean;
}

/** A runtime whose environments are scripts. It counts what it gave and took back. */
export interface RuntimeDouble extends RuntimeV1 {
  readonly leases: { readonly taken: number; readonly open: number; readonly peak: number };
  /** Methods that arrived, in order, over all connections. */
  readonly calls: readonly string[];
}

/** Makes a runtime that speaks the control channel in memory, as scripted. */
export function runtimeDouble(script: RuntimeScript = {}): RuntimeDouble {
  const leases = { taken: 0, open: 0, peak: 0 };
  const calls: string[] = [];
  return {
    specVersion: "runtime/1",
    id: script.id ?? "double",
    ...(script.maxConcurrent !== undefined && { maxConcurrent: script.maxConcurrent }),
    leases,
    calls,
    async acquire(row, options) {
      await script.acquire?.(row, options);
      leases.taken++;
      leases.open++;
      leases.peak = Math.max(leases.peak, leases.open);
      const lease = leaseDouble(script, row, calls);
      let released: Promise<void> | undefined;
      const release = async () => {
        leases.open--;
        await script.release?.();
      };
      return { ...lease, [Symbol.asyncDispose]: () => (released ??= release()) };
    },
  };
}

function leaseDouble(script: RuntimeScript, row: TaskRow, calls: string[]): Omit<RuntimeLease, keyof AsyncDisposable> {
  const snapshot: SessionSnapshot = {
    path: "/nowhere.tar.gz",
    [Symbol.asyncDispose]: async () => void calls.push("discard"),
  };
  return {
    placement: `double:${row.slug}`,
    connect: async () => {
      const [near, far] = memoryPair();
      void serve(far, { script, row, calls });
      return near;
    },
    ...(script.logs !== undefined && { logs: async () => script.logs ?? "" }),
    ...(script.snapshots === true && {
      snapshotSession: async () => {
        calls.push("snapshot");
        return snapshot;
      },
      restoreSession: async () => void calls.push("restore"),
    }),
  };
}

interface Peer {
  readonly script: RuntimeScript;
  readonly row: TaskRow;
  readonly calls: string[];
}

async function serve(stream: Duplex, peer: Peer): Promise<void> {
  const frames = new FrameStream(stream);
  let running = new AbortController();
  stream.once("close", () => running.abort());
  for (;;) {
    const frame = await frames.read().catch(() => undefined);
    if (frame === undefined) return;
    const method = frame["method"] as string;
    peer.calls.push(method);
    if (method === "tasks.cancel" || method === "bye") {
      running.abort();
      running = new AbortController();
    }
    const call: PeerCall = {
      row: peer.row,
      params: (frame["params"] ?? {}) as JsonObject,
      signal: running.signal,
      drop: () => void stream.destroy(),
    };
    void answer(frames, { peer, call, method, id: frame["id"] ?? null });
  }
}

async function answer(frames: FrameStream, o: { peer: Peer; call: PeerCall; method: string; id: Json }): Promise<void> {
  const reply = await resultOf(o).then(
    (result) => ({ jsonrpc: "2.0", id: o.id, result }) as const,
    (error: unknown) => {
      const code = error instanceof PeerError ? error.wireCode : WIRE_CODES.failure;
      return { jsonrpc: "2.0", id: o.id, error: { code, message: errorText(error) } } as const;
    },
  );
  if (o.id !== null) await frames.write(reply).catch(() => {}); // the other side may have left meanwhile
}

async function resultOf({ peer, call, method }: { peer: Peer; call: PeerCall; method: string }): Promise<JsonObject> {
  const { script, row } = peer;
  switch (method) {
    case "hello":
      return {
        session_id: `sess-${randomId()}`,
        env: { name: row.env, version: "0.0.0" },
        bindings: [],
        ...(script.maxFrameBytes !== undefined && { limits: { maxFrameBytes: script.maxFrameBytes } }),
      };
    case "tasks.list":
      return { tasks: [] };
    case "tasks.start":
      return (await script.start?.(call)) ?? { prompt: "go" };
    case "tasks.grade":
      return (await script.grade?.(call)) ?? { score: 1 };
    case "tasks.cancel":
      return { cancelled: true };
    case "bye":
      return {};
    default:
      throw new PeerError(WIRE_CODES.unknownMethod, `unknown method: ${method}`);
  }
}
