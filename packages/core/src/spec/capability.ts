import type { Duplex } from "node:stream";
import type { JsonObject } from "../util/json-types.ts";

/** A connection that an environment exposes, described: what stands in the manifest. */
export interface Capability {
  /** Unique within the environment. */
  readonly name: string;
  /** Family and version, such as `ssh/2`. */
  readonly protocol: string;
  /** Where it is served, as seen by the environment; always with an explicit port. */
  readonly url: string;
  readonly params: JsonObject;
}

/** What a client factory is given to reach its capability. */
export interface CapabilityConnectOptions {
  /** Bounds the connecting, not the connection. */
  readonly signal: AbortSignal;
  /** Opens one byte stream to the capability's address, through the control channel's tunnel where needed. The caller closes it. */
  dial(): Promise<Duplex>;
  /**
   * The capability's url on this machine: a loopback forwarder, opened on first use and closed with the run.
   * For clients that must be given a url rather than a stream.
   */
  localUrl(): Promise<string>;
}

/** Opens a typed client for one protocol; what an agent names to say which capabilities it can drive. */
export interface CapabilityClientFactory<TClient> {
  /** Full protocol (`ssh/2`) or family (`ssh`). */
  readonly protocol: string;
  /** The engine disposes the client when the agent is done. */
  connect(binding: Capability, options: CapabilityConnectOptions): Promise<TClient & AsyncDisposable>;
}

/** What a daemon knows about the environment that starts it. */
export interface DaemonContext {
  /** Name of the environment. */
  readonly environment: string;
  /** Directory against which relative seeds resolve, when the environment has one. */
  readonly root: string | undefined;
  /** Fires when the start or reset is given up. */
  readonly signal: AbortSignal;
}

/** A service that an environment brings up itself: started before the first task, put back to its baseline before each. */
export interface CapabilityDaemon {
  /** Whether tasks may use it at the same time, without being put back between them. @default false */
  readonly shared?: boolean;
  /** Starts the service and resolves when it truly accepts connections. */
  start(context: DaemonContext): Promise<readonly Capability[]>;
  /** Called once after the environment's hooks ran: the state to come back to. */
  baseline?(context: DaemonContext): Promise<void>;
  /** Puts it back to its baseline. Without it the daemon is stopped and started. */
  reset?(context: DaemonContext): Promise<void>;
  /** Stops it, leaving no process. Idempotent. */
  stop(): Promise<void>;
}
