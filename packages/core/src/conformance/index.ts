/**
 * Published lists of what each contract asks for, as cases that any test runner can register.
 *
 * @module
 */
export {
  type AgentConformanceOptions,
  type AgentSituation,
  agentConformance,
  CONFORMANCE_MAX_STEPS,
} from "./agent.ts";
export type { ConformanceCase } from "./case.ts";
export { type GraderConformanceOptions, graderConformance } from "./grader.ts";
export { type RuntimeConformanceOptions, runtimeConformance } from "./runtime.ts";
