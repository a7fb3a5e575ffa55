import { ProtocolError } from "../client/index.ts";
import { errorText, SdkError, type SdkErrorOptions, toSdkError } from "../errors/sdk-error.ts";
import { ERROR_TABLE, type ErrorCode } from "../errors/table.ts";
import type { ErrorRecord, Outcome, Phase } from "../spec/run-result.ts";
import type { RuntimeLease } from "../spec/runtime.ts";
import type { JsonObject } from "../util/json-types.ts";
import { WIRE_CODES } from "../wire/frame.ts";

/**
 * Says what an error of a handshake or a task call means for the rollout. The client has given error frames their codes; those that
 * speak of the session rather than of the task's code are the placement's matter.
 */
export function explainCallFailure(error: unknown, method: "hello" | "tasks.start" | "tasks.grade"): unknown {
  if (!(error instanceof ProtocolError)) return explainLostPeer(error);
  // Too many sessions, or an environment that another session holds: the same rollout may succeed a moment later.
  const isState = error.wireCode === WIRE_CODES.invalidState;
  if (isState && method !== "tasks.grade") return recode(error, "RUNTIME_QUOTA");
  // The session no longer knows its task, or somebody other than this rollout interrupted it.
  if (isState || error.code === "ABORTED") return recode(error, "RUNTIME_LOST");
  return error;
}

/** A connection that closed or fell silent under a call means that the placement is gone. */
function explainLostPeer(error: unknown): unknown {
  if (!SdkError.is(error, "PEER_CLOSED") && !SdkError.is(error, "REQUEST_TIMEOUT")) return error;
  return new SdkError({ code: "RUNTIME_LOST", message: `the environment was lost: ${error.message}`, cause: error });
}

/** An answer that the environment would not read is the agent's doing, whatever the wire calls it; a reply of such a size is not. */
export function explainAnswerFailure(error: unknown): unknown {
  if (!SdkError.is(error, "FRAME_TOO_LARGE") || error.details["frame"] !== "request") return error;
  const { bytes, maxBytes } = error.details;
  return new SdkError({
    code: "ANSWER_INVALID",
    message: `the answer makes a request of ${String(bytes)} bytes; the environment reads at most ${String(maxBytes)} bytes`,
    hint: "Leave large results in the environment and answer with where they are.",
    details: { bytes, maxBytes },
    cause: error,
  });
}

/** What an agent threw: its own failure, unless the error says that the placement, the wire or the environment is to blame. */
export function explainAgentFailure(error: unknown): SdkError {
  const lost = explainLostPeer(error);
  if (SdkError.is(lost) && !["caller", "none", "bug"].includes(ERROR_TABLE[lost.code].blame)) return lost;
  return new SdkError({ code: "AGENT_FAILED", message: `${errorName(error)}: ${errorText(error)}`, cause: error });
}

/** Adds the placement's last output to an error that says the placement failed, and to the loss of one how it ended. */
export async function withEvidence(error: unknown, lease: RuntimeLease): Promise<unknown> {
  if (!SdkError.is(error) || !["infra", "wire"].includes(ERROR_TABLE[error.code].blame)) return error;
  if ("logs" in error.details) return error;
  const ending = error.code === "RUNTIME_LOST" ? await evidence(() => lease.ending?.()) : undefined;
  const logs = await evidence(() => lease.logs?.());
  const { code, hint, details, cause } = error;
  const message = ending === undefined ? error.message : `${error.message}: ${ending}`;
  const options: SdkErrorOptions = { code, message, hint, cause, details: logs ? { ...details, logs } : details };
  return new SdkError(options);
}

/** What cannot be had must not hide the failure that it would explain. */
async function evidence(ask: () => Promise<string | undefined> | undefined): Promise<string | undefined> {
  return await ask()?.catch(() => undefined);
}

/**
 * The outcome that an error stands for. `caller` errors inside a rollout (a row that names an unknown template, arguments that do
 * not fit, a missing peer dependency) count as `infra-failed`: neither the agent nor the environment's code is to blame and there is
 * no reward, while the record keeps the blame `caller`, which is never retried.
 */
export function outcomeOf(error: SdkError): Exclude<Outcome, "graded"> {
  const blame = ERROR_TABLE[error.code].blame;
  switch (blame) {
    case "agent":
      return "agent-failed";
    case "environment":
      return "environment-failed";
    case "none":
      return error.code === "DEADLINE_EXCEEDED" ? "timed-out" : "cancelled";
    case "caller":
    case "infra":
    case "wire":
    case "bug":
      return "infra-failed";
  }
}

/** Whether a fresh attempt of a rollout that ended with `error` can help. */
export function isRetryable(error: ErrorRecord): boolean {
  return ERROR_TABLE[error.code].retryable;
}

/** A failure as data. */
export function errorRecord(error: SdkError, phase?: Phase): ErrorRecord {
  const details = jsonDetails(error.details);
  return {
    code: error.code,
    blame: ERROR_TABLE[error.code].blame,
    message: error.message,
    ...(error.hint !== undefined && { hint: error.hint }),
    ...(phase !== undefined && { phase }),
    ...(details !== undefined && { details }),
  };
}

/** What escaped a rollout without a code of its own, by the phase it came from. */
export function codeError(error: unknown, phase: Phase | undefined): SdkError {
  return toSdkError(
    error,
    phase === "provisioning" || phase === "provisioning verifier" ? "RUNTIME_START_FAILED" : "INTERNAL",
  );
}

/** The name a thrown value goes by in a step: its class, or the code of ours. */
function errorName(error: unknown): string {
  if (SdkError.is(error)) return error.code;
  return error instanceof Error ? error.name : "Error";
}

function recode(error: SdkError, code: ErrorCode): SdkError {
  return new SdkError({ code, message: error.message, cause: error, details: error.details });
}

function jsonDetails(details: Readonly<Record<string, unknown>>): JsonObject | undefined {
  if (Object.keys(details).length === 0) return undefined;
  try {
    return JSON.parse(JSON.stringify(details)) as JsonObject;
  } catch {
    return undefined; // details are facts for people; one that is not JSON must not cost the result
  }
}
