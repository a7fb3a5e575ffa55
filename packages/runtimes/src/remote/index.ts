/**
 * Uses environments that are served already, here or elsewhere.
 *
 * @module
 */
export { remote } from "./remote.ts";
export type { RemoteOptions } from "./remote-token.ts";
