/**
 * The serving side of the control channel: serve an environment on a port, on a Unix socket or on streams of one's own.
 *
 * @module
 */
export type { ServedEnvironment, TaskContext, TemplateDefinition } from "../definition.ts";
export type { TaskFailure } from "./control-connection.ts";
export { ControlServer } from "./control-server.ts";
export type { ControlServerOptions } from "./control-server-options.ts";
export { takeControlToken } from "./control-token.ts";
export { listPortFiles, type PortFile, readPortFile, writePortFile } from "./port-file.ts";
export { type Relay, type RelayOptions, startRelay } from "./relay.ts";
export { type ServeOptions, type Server, serve } from "./serve.ts";
