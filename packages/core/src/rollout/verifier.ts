import { errorText, SdkError } from "../errors/sdk-error.ts";
import { ERROR_TABLE } from "../errors/table.ts";
import type { Grade } from "../spec/run-result.ts";
import type { RuntimeLease } from "../spec/runtime.ts";
import type { TaskRow } from "../spec/task-row.ts";
import type { JsonObject } from "../util/json-types.ts";
import type { Ledger } from "./ledger.ts";

/**
 * Whether the verifier gets a placement of its own. One of the actor's environment that only asks for other resources shares
 * the actor's after all where the lease cannot carry the session over, which is said in the trace.
 */
export function isSeparate(o: { task: TaskRow; verifier: TaskRow; lease: RuntimeLease; ledger: Ledger }): boolean {
  const { task, verifier, lease, ledger } = o;
  if (verifier.env !== task.env) return true;
  if (verifier.runtimeConfig === undefined) return false;
  if (lease.snapshotSession !== undefined) return true;
  ledger.remark(
    `verifier runtime_config ignored: ${lease.placement} cannot transport the actor's session, so the verifier runs beside the actor`,
  );
  return false;
}

/** What the verifier is asked to judge: the actor's whole grade frame, or a zero that says why there is none. */
export async function verifierPayload(grade: () => Promise<Grade>, ledger: Ledger): Promise<JsonObject> {
  try {
    return (await grade()).raw;
  } catch (error) {
    if (!SdkError.is(error) || ERROR_TABLE[error.code].blame !== "environment") throw error;
    const content = `${error.code}: ${errorText(error)}`;
    ledger.note(`[grading] ${content}`);
    return { score: 0, answer: ledger.answer, content, isError: true };
  }
}
