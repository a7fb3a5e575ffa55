/** One requirement of a contract, and the check of it: throws when it is not met. Register it with any test runner. */
export interface ConformanceCase {
  /** Stable name of the requirement. */
  readonly id: string;
  /** What the contract asks for, one sentence. */
  readonly requirement: string;
  /** Checks it. Rejects, saying what was expected and what came, when it is not met. */
  readonly run: () => Promise<void>;
}
