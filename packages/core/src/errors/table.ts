/** Who caused a failure; decides the outcome of the rollout it happened in. */
export type Blame = "caller" | "environment" | "agent" | "infra" | "wire" | "none" | "bug";

/** The word a command prints in the `error` member of its JSON document. */
export type ErrorKind =
  | "usage"
  | "not_found"
  | "permission_denied"
  | "conflict"
  | "rate_limited"
  | "timeout"
  | "cancelled"
  | "failure";

interface ErrorRow {
  readonly blame: Blame;
  readonly retryable: boolean;
  readonly kind: ErrorKind;
}

const row = (blame: Blame, kind: ErrorKind = "failure", retryable = false): ErrorRow => ({ blame, kind, retryable });

/** Every error this system raises, once: its blame, whether a fresh attempt can help, and how a command reports it. */
export const ERROR_TABLE = {
  INVALID_OPTION: row("caller", "usage"),
  INVALID_TASK_ROW: row("caller", "usage"),
  INVALID_TASK_ARGS: row("caller", "usage"),
  DUPLICATE_SLUG: row("caller", "usage"),
  UNKNOWN_TASK: row("caller", "not_found"),
  UNKNOWN_TEMPLATE: row("caller", "not_found"),
  UNKNOWN_CAPABILITY: row("caller", "not_found"),
  SOURCE_NOT_FOUND: row("caller", "not_found"),
  SOURCE_LOAD_FAILED: row("caller", "usage"),
  JOB_NOT_FOUND: row("caller", "not_found"),
  TRACE_NOT_FOUND: row("caller", "not_found"),
  JOB_LOCKED: row("caller", "conflict"),
  SOURCE_CHANGED: row("caller", "conflict"),
  TARGET_EXISTS: row("caller", "conflict"),
  PORT_IN_USE: row("caller", "conflict"),
  CREDENTIAL_MISSING: row("caller", "permission_denied"),
  CLOSED: row("caller"),
  SPEC_VERSION_UNSUPPORTED: row("caller", "usage"),
  CAPABILITY_UNSUPPORTED: row("caller"),
  PEER_DEPENDENCY_MISSING: row("caller"),
  ISOLATION_UNAVAILABLE: row("caller"),
  STORAGE_FAILED: row("caller"),

  MANIFEST_INVALID: row("environment"),
  ENVIRONMENT_START_FAILED: row("environment"),
  TASK_SETUP_FAILED: row("environment"),
  GRADE_FAILED: row("environment"),
  GRADE_INVALID: row("environment"),

  AGENT_FAILED: row("agent"),
  SOLUTION_UNAVAILABLE: row("agent"),
  ANSWER_INVALID: row("agent"),
  TOOL_INPUT_INVALID: row("agent"),

  RUNTIME_START_FAILED: row("infra", "failure", true),
  RUNTIME_START_TIMEOUT: row("infra", "timeout", true),
  RUNTIME_LOST: row("infra", "failure", true),
  RUNTIME_AUTH: row("infra", "permission_denied"),
  RUNTIME_QUOTA: row("infra", "rate_limited", true),
  CAPABILITY_CONNECT_FAILED: row("infra", "failure", true),
  CAPABILITY_LOST: row("infra", "failure", true),
  MODEL_UNAVAILABLE: row("infra", "failure", true),
  MODEL_RATE_LIMITED: row("infra", "rate_limited", true),
  MODEL_AUTH: row("infra", "permission_denied"),
  MODEL_REQUEST_INVALID: row("infra", "failure"),
  JUDGE_FAILED: row("infra", "failure", true),

  HANDSHAKE_FAILED: row("wire"),
  REVISION_MISMATCH: row("wire"),
  FRAME_INVALID: row("wire"),
  FRAME_TOO_LARGE: row("wire"),
  PEER_CLOSED: row("wire", "failure", true),
  REQUEST_TIMEOUT: row("wire", "timeout", true),

  ABORTED: row("none", "cancelled"),
  DEADLINE_EXCEEDED: row("none", "timeout"),

  INTERNAL: row("bug"),
} as const satisfies Record<string, ErrorRow>;

/** A code of the error table. */
export type ErrorCode = keyof typeof ERROR_TABLE;
