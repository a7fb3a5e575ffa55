/**
 * Drive an environment over its control channel: connect, list, start, grade, open what it exposes.
 *
 * @module
 */
export { type ControlAddress, formatControlUrl, parseControlUrl } from "../wire/control-url.ts";
export { type DialOptions, dialControl, dialTcp, dialUnix } from "../wire/dial.ts";
export { memoryPair } from "../wire/memory-pair.ts";
export { promptMessages, promptText } from "../wire/prompt.ts";
export type { CallOptions, Client } from "./client.ts";
export { type ConnectClientOptions, connectClient } from "./connect-client.ts";
export type { Manifest } from "./hello.ts";
export type { Connect } from "./open-stream.ts";
export { ProtocolError } from "./protocol-error.ts";
export type { StartFrame } from "./start-frame.ts";
export type { TemplateManifest } from "./task-list.ts";
