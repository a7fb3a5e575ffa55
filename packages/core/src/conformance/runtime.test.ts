import { describe, expect, test } from "vitest";
import { Environment } from "../environment/environment.ts";
import { inProcess } from "../environment/in-process.ts";
import type { RuntimeLease, RuntimeV1 } from "../spec/runtime.ts";
import { runtimeConformance } from "./runtime.ts";

const ROW = { env: "letters", id: "count", args: {}, slug: "count" };

function letters(name = "letters"): Environment {
  const env = new Environment({ name });
  env.template({ id: "count" })(async function* () {
    const answer = yield "How many letters has banana?";
    yield answer === "6";
  });
  return env;
}

describe("the placement in this process", () => {
  const cases = runtimeConformance({
    create: () => inProcess(letters()),
    row: ROW,
    unplaceable: { ...ROW, env: "unknown" },
  });
  for (const item of cases) test(item.id, () => item.run());
});

describe("a runtime that breaks the contract", () => {
  /** How many leases of the double under test are not disposed. */
  let held = 0;

  interface Faults {
    readonly runtime?: Partial<RuntimeV1>;
    /** Changes what a good lease does. */
    lease?(lease: RuntimeLease): Partial<RuntimeLease>;
    acquire?(good: RuntimeV1, options: { readonly signal: AbortSignal }): Promise<RuntimeLease>;
  }

  function double(faults: Faults): RuntimeV1 {
    const good = inProcess(letters());
    return {
      ...good,
      async acquire(row, options) {
        if (faults.acquire !== undefined) return await faults.acquire(good, options);
        const lease = await good.acquire(row, options);
        held += 1;
        const base: RuntimeLease = {
          placement: lease.placement,
          connect: (connecting) => lease.connect(connecting),
          async [Symbol.asyncDispose]() {
            await lease[Symbol.asyncDispose]();
            held -= 1;
          },
        };
        return { ...base, ...faults.lease?.(base) };
      },
      ...faults.runtime,
    };
  }

  const never = new Promise<never>(() => {});
  const deaf = new AbortController().signal;
  const broken: readonly (readonly [string, Faults])[] = [
    ["runtime/declares-itself", { runtime: { id: "" } }],
    [
      "runtime/reachable",
      { acquire: () => inProcess(letters("other")).acquire({ ...ROW, env: "other" }, { signal: deaf }) },
    ],
    ["runtime/reachable", { lease: () => ({ placement: "" }) }],
    ["runtime/aborted-before", { acquire: (good) => good.acquire(ROW, { signal: deaf }) }],
    ["runtime/aborted-before", { acquire: () => Promise.reject(new Error("my own")) }],
    ["runtime/aborted-during", { acquire: () => never }],
    ["runtime/dispose-ends", { lease: () => ({ [Symbol.asyncDispose]: () => Promise.resolve() }) }],
    ["runtime/dispose-idempotent", { lease: () => ({ [Symbol.asyncDispose]: onceOnly() }) }],
    ["runtime/dispose-connected", { lease: () => ({ [Symbol.asyncDispose]: () => never }) }],
    ["runtime/logs-bounded", { lease: () => ({ logs: () => Promise.resolve("x".repeat(2_000_000)) }) }],
    ["runtime/peer-died", {}],
    ["runtime/start-fails", { acquire: () => Promise.reject(new Error("an error without a code")) }],
  ];

  test.each(broken)("fails %s", async (id, faults) => {
    const cases = runtimeConformance({
      create: () => double(faults),
      row: ROW,
      census: () => held,
      kill: () => Promise.resolve(), // the double survives its own death, which is its fault in runtime/peer-died
      unplaceable: ROW,
      timeoutMs: 300,
    });
    const item = cases.find((candidate) => candidate.id === id);
    expect(item).toBeDefined();
    await expect(item?.run()).rejects.toThrow(/requirement not met|disposed twice/);
  });

  test("fails runtime/isolated when ending one lease ends the others", async () => {
    const cases = runtimeConformance({
      create: () => {
        const good = inProcess(letters());
        const shared: RuntimeLease[] = [];
        return {
          ...good,
          async acquire(row, options) {
            const lease = await good.acquire(row, options);
            shared.push(lease);
            const endAll = async () => {
              await Promise.all(shared.map((other) => other[Symbol.asyncDispose]()));
            };
            return { ...lease, placement: "shared", connect: (o) => lease.connect(o), [Symbol.asyncDispose]: endAll };
          },
        };
      },
      row: ROW,
      timeoutMs: 300,
    });
    await expect(cases.find((item) => item.id === "runtime/isolated")?.run()).rejects.toThrow();
  });
});

function onceOnly(): () => Promise<void> {
  let calls = 0;
  return async () => {
    calls += 1;
    if (calls > 1) throw new Error("disposed twice");
  };
}
