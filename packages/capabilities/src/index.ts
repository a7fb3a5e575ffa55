/**
 * Capabilities: the connections that an environment exposes and an agent drives.
 *
 * @module
 */
export { type CapabilityConnection, type CapabilityDefinition, defineCapability } from "./define-capability.ts";
export type { ParamsParser, ParamsSchema } from "./parse-params.ts";
