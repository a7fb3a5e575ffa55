/**
 * Define environments, mint tasks, run agents on them.
 *
 * @module
 */
export { SdkError } from "./errors/sdk-error.ts";
