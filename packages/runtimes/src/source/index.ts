/**
 * Loads environments and tasks from TypeScript and JavaScript sources, and rows from JSON, without a build step.
 *
 * @module
 */
export { type LoadedSource, type LoadSourceOptions, loadSource } from "./load-source.ts";
export { type ResolvedTarget, resolveTarget } from "./resolve-target.ts";
