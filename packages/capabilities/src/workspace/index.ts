export type { SandboxLimits } from "../sandbox/contract.ts";
