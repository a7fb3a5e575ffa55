import type { RuntimeV1 } from "../spec/runtime.ts";
import type { TaskRow } from "../spec/task-row.ts";
import { acquire } from "../util/acquire.ts";
import type { Scope } from "../util/scope.ts";
import { type RuntimeChoice, runtimeFor } from "./options.ts";

const NOTHING_HELD: AsyncDisposable = { [Symbol.asyncDispose]: async () => {} };

/** Which runtime places which row, settled once for a job: a choice that makes a new runtime per call is asked once per row. */
export class RuntimeTable {
  /** Each runtime once. */
  readonly runtimes: readonly RuntimeV1[];
  readonly #byRow = new Map<TaskRow, RuntimeV1>();

  constructor(tasks: readonly TaskRow[], choice: RuntimeChoice) {
    for (const task of tasks) {
      this.#byRow.set(task, runtimeFor(choice, task));
      if (task.verifier !== undefined) this.#byRow.set(task.verifier, runtimeFor(choice, task.verifier));
    }
    this.runtimes = [...new Set(this.#byRow.values())];
  }

  runtimeOf(row: TaskRow): RuntimeV1 {
    const runtime = this.#byRow.get(row);
    if (runtime === undefined) throw new RangeError(`no runtime was chosen for '${row.slug}'`);
    return runtime;
  }

  /** Prepares each runtime for its rows; what that holds is disposed with the scope. */
  async prepare(scope: Scope, signal: AbortSignal): Promise<void> {
    for (const runtime of this.runtimes) {
      const rows = [...this.#byRow].filter(([, its]) => its === runtime).map(([row]) => row);
      const prepare = (s: AbortSignal) => runtime.prepare?.(rows, { signal: s }) ?? Promise.resolve(NOTHING_HELD);
      scope.use(await acquire(prepare, signal));
    }
  }
}
