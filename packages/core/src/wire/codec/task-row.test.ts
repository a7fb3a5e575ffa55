import fc from "fast-check";
import { expect, test } from "vitest";
import { SdkError } from "../../errors/sdk-error.ts";
import type { TaskRow } from "../../spec/task-row.ts";
import { decodeTaskRow, encodeTaskRow } from "./task-row.ts";

const decode = (value: unknown) => decodeTaskRow(value, { deriveSlug: ({ id, part }) => `${part}:${id}` });

function problem(value: unknown): string {
  try {
    decode(value);
  } catch (error) {
    if (SdkError.is(error, "INVALID_TASK_ROW")) return error.message;
  }
  throw new Error("the row was accepted");
}

test("a minimal row gets its defaults, and its compact form keeps args and slug", () => {
  const row = decode({ env: "e", id: "i" });
  expect(row).toMatchObject({ env: "e", id: "i", args: {}, slug: "row:i" });
  expect(JSON.stringify(encodeTaskRow({ ...row, slug: "i" }))).toBe('{"env":"e","id":"i","args":{},"slug":"i"}');
});

test("keys of the compact form stand in the reference's order, whatever order they came in", () => {
  const verifier = { slug: "v", args: {}, id: "check", env: "e" };
  const row = decode({
    verifier,
    runtime_config: { limits: { run_timeout_s: 5 }, image: "x" },
    columns: { c: 1 },
    agent_config: { timeout_seconds: 3 },
    validation: [{ name: "t" }],
    slug: "s",
    args: { b: null, a: 1 },
    id: "i",
    env: "e",
    unknown: true,
  });
  expect(JSON.stringify(encodeTaskRow(row))).toBe(
    '{"env":"e","id":"i","args":{"b":null,"a":1},"slug":"s","validation":[{"name":"t"}],"agent_config":{"timeout_seconds":3},' +
      '"columns":{"c":1},"runtime_config":{"image":"x","limits":{"run_timeout_s":5}},"verifier":{"env":"e","id":"check","args":{},"slug":"v"}}',
  );
});

test("a verifier without a slug has it derived as part of the row", () => {
  expect(decode({ env: "e", id: "i", verifier: { env: "e", id: "v" } }).verifier?.slug).toBe("verifier:v");
});

test("nulls count as absent, except where the reference refuses them", () => {
  expect(decode({ env: "e", id: "i", validation: null, columns: null, verifier: null }).validation).toBeUndefined();
  expect(problem({ env: "e", id: "i", args: null })).toBe("task row: args: expected an object, got null");
  expect(problem({ env: "e", id: "i", slug: null })).toBe("task row: slug: expected a string, got null");
});

test.each([
  [{ id: "i" }, "env: expected a string, got nothing"],
  [{ env: "", id: "i" }, 'env: expected a text that is not empty, got ""'],
  [{ env: "e", id: "i", args: [] }, "args: expected an object, got []"],
  [{ env: "e", id: "i", slug: "" }, 'slug: expected a text that is not empty, got ""'],
  [{ env: "e", id: "i", runtime_config: { gpus: 1 } }, "runtime_config: unknown 'gpus'"],
  [{ env: "e", id: "i", runtime_config: { resources: { memory: 1 } } }, "runtime_config.resources: unknown 'memory'"],
  [
    { env: "e", id: "i", runtime_config: { resources: { gpu: { kind: "L4" } } } },
    "runtime_config.resources.gpu: unknown 'kind'",
  ],
  [
    { env: "e", id: "i", runtime_config: { limits: { run_timeout_s: 0 } } },
    "runtime_config.limits.run_timeout_s: expected at least 1, got 0",
  ],
  [
    { env: "e", id: "i", runtime_config: { image: "a", compose: { document: "b" } } },
    "runtime_config: image and compose exclude each other",
  ],
  [
    { env: "e", id: "i", runtime_config: { compose: { document: "a", root: { compose_path: "b" } } } },
    "runtime_config.compose: document and root must both be paths or both be data",
  ],
  [
    { env: "e", id: "i", runtime_config: { resources: { tpu: { type: "v5", topology: "2x0" } } } },
    'runtime_config.resources.tpu.topology: expected sizes joined by x, such as 2x2, got "2x0"',
  ],
  [
    { env: "e", id: "i", verifier: { env: "e", id: "v", verifier: { env: "e", id: "w" } } },
    "verifier.verifier: a verifier may not have a verifier of its own",
  ],
  ["text", 'expected an object, got "text"'],
])("a row that does not fit names the place: %j", (row, expected) => {
  expect(problem(row)).toBe(`task row: ${expected}`);
});

test("an error names the row, and each place that does not fit", () => {
  const read = () => decodeTaskRow({ env: 1, id: 2 }, { what: "row 3 of bugs.jsonl", deriveSlug: () => "s" });
  expect(read).toThrow("row 3 of bugs.jsonl: env: expected a string, got 1; id: expected a string, got 2");
});

test("an explicit null for resources survives, nulls inside it do not", () => {
  const survive = { env: "e", id: "i", args: {}, slug: "s", runtime_config: { resources: null } };
  expect(encodeTaskRow(decode(survive))).toEqual(survive);
  const inner = { env: "e", id: "i", slug: "s", runtime_config: { resources: { cpu: 2, gpu: null } } };
  expect(encodeTaskRow(decode(inner))["runtime_config"]).toEqual({ resources: { cpu: 2 } });
});

const object = fc.dictionary(
  fc.string().filter((key) => key !== "__proto__"),
  fc.jsonValue() as fc.Arbitrary<null>,
);
const text = fc.string({ minLength: 1 });
const count = fc.integer({ min: 1, max: 1e6 });

const runtimeConfig = fc.record(
  {
    image: text,
    resources: fc.record(
      {
        cpu: fc.double({ min: 0.1, max: 64, noNaN: true }),
        memoryMb: count,
        storageMb: count,
        gpu: fc.record({ type: fc.oneof(text, fc.array(text)), count }, { requiredKeys: [] }),
        os: text,
        tpu: fc.constant({ type: "v5", topology: "2x2" }),
      },
      { requiredKeys: [] },
    ),
    limits: fc.record({ startupTimeoutS: count, runTimeoutS: count }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
);

const members = {
  env: text,
  id: text,
  args: object,
  slug: text,
  validation: fc.array(object),
  agentConfig: object,
  columns: object,
  runtimeConfig,
};
const requiredKeys: ("env" | "id" | "args" | "slug")[] = ["env", "id", "args", "slug"];
const verifier = fc.record(members, { requiredKeys });
const rows = fc.record({ ...members, verifier }, { requiredKeys }) as fc.Arbitrary<TaskRow>;

test("every row survives its file form", () => {
  fc.assert(
    fc.property(rows, (row) => {
      const read = decode(JSON.parse(JSON.stringify(encodeTaskRow(row))));
      expect(JSON.parse(JSON.stringify(read))).toEqual(JSON.parse(JSON.stringify(row)));
    }),
    { numRuns: 40 },
  );
});
