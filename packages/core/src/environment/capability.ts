import { SdkError } from "../errors/sdk-error.ts";
import type { Capability as CapabilityDescription } from "../spec/capability.ts";
import type { JsonObject } from "../util/json-types.ts";

/** Members that every capability has. */
export interface CapabilityOptions {
  /** Unique within the environment. @default what the protocol's own function says */
  readonly name?: string;
  /** Where the service listens, seen from the environment: `scheme://host:port`, or `host[:port]` for the protocol's own scheme. */
  readonly url: string;
}

/** A shell reached over SSH with a key. */
export interface SshCapabilityOptions extends CapabilityOptions {
  /** @default "agent" */
  readonly user?: string;
  /** The server's public key, OpenSSH text; clients refuse any other. */
  readonly hostPubkey: string;
  /** The client's private key, OpenSSH text. */
  readonly clientKey?: string;
  /** Path of the private key, where a client on the same machine may read it. */
  readonly clientKeyPath?: string;
  /** @default "bash" */
  readonly shell?: "bash" | "powershell" | "cmd";
  /** Directory that commands start in. */
  readonly cwd?: string;
  /** What keeps commands from the machine. */
  readonly isolation?: "bwrap" | "none";
}

/** A server of the Model Context Protocol. */
export interface McpCapabilityOptions extends CapabilityOptions {
  /** @default "websocket" for ws and wss urls, else "streamable-http" */
  readonly transport?: "streamable-http" | "sse" | "websocket";
  /** Sent as `Authorization: Bearer`. */
  readonly authToken?: string;
}

/** A browser that speaks the Chrome DevTools Protocol. */
export interface CdpCapabilityOptions extends CapabilityOptions {
  /** The page to drive. @default the first */
  readonly targetId?: string;
}

/** A screen served over RFB (VNC). */
export interface RfbCapabilityOptions extends CapabilityOptions {
  /** X display number; the default port is 5900 + display. @default 0 */
  readonly display?: number;
  readonly password?: string;
}

/** A robot or simulator that speaks openpi. */
export interface RobotCapabilityOptions extends CapabilityOptions {
  /** Its features and control rate, as the openpi contract describes them. */
  readonly contract: JsonObject;
}

/** A connection that an environment exposes, described. */
export type Capability = CapabilityDescription;

/**
 * Describes services that already run, for `new Environment({ capabilities })` or `env.addCapability`.
 * A service that the environment brings up itself is attached as a daemon instead.
 *
 * @throws INVALID_OPTION for an address that cannot be reached: no host, no port, or another protocol's scheme
 */
export const Capability = {
  /** `ssh/2`, by default named `shell`, port 22. */
  ssh(options: SshCapabilityOptions): Capability {
    return describe("ssh/2", options, {
      name: "shell",
      schemes: { ssh: 22 },
      params: {
        user: options.user ?? "agent",
        host_pubkey: options.hostPubkey,
        shell: options.shell ?? "bash",
        client_key: options.clientKey,
        client_key_path: options.clientKeyPath,
        cwd: options.cwd,
        isolation: options.isolation,
      },
    });
  },

  /** `mcp/2025-11-25`, by default named `tools`, port 80 (443 for https and wss). */
  mcp(options: McpCapabilityOptions): Capability {
    const webSocket = !/^https?:/i.test(options.url);
    const transport = options.transport ?? (webSocket ? "websocket" : "streamable-http");
    if (webSocket !== (transport === "websocket")) {
      throw new SdkError({
        code: "INVALID_OPTION",
        message: `capability mcp: transport ${transport} needs ${webSocket ? "an http or https" : "a ws or wss"} url, got ${redacted(options.url)}`,
      });
    }
    return describe("mcp/2025-11-25", options, {
      name: "tools",
      schemes: { ws: 80, wss: 443, http: 80, https: 443 },
      params: { transport, auth_token: options.authToken },
    });
  },

  /** `cdp/1.3`, by default named `browser`, port 9222. */
  cdp(options: CdpCapabilityOptions): Capability {
    return describe("cdp/1.3", options, {
      name: "browser",
      schemes: { ws: 9222, wss: 443, http: 9222, https: 443 },
      params: { target_id: options.targetId },
    });
  },

  /** `rfb/3.8`, by default named `screen`, port 5900 + display. */
  rfb(options: RfbCapabilityOptions): Capability {
    const display = options.display ?? 0;
    return describe("rfb/3.8", options, {
      name: "screen",
      schemes: { rfb: 5900 + display },
      params: { display, password: options.password },
    });
  },

  /** `openpi/0`, by default named `robot`, port 9091. */
  robot(options: RobotCapabilityOptions): Capability {
    return describe("openpi/0", options, {
      name: "robot",
      schemes: { ws: 9091, wss: 443 },
      params: { contract: options.contract },
    });
  },
} as const;

interface ProtocolDefaults {
  readonly name: string;
  /** Default port by scheme; the first scheme is the shorthand's. */
  readonly schemes: Readonly<Record<string, number>>;
  readonly params: JsonObject;
}

function describe(protocol: string, options: CapabilityOptions, defaults: ProtocolDefaults): Capability {
  const params = Object.fromEntries(Object.entries(defaults.params).filter(([, value]) => value !== undefined));
  return checkCapability({
    name: options.name ?? defaults.name,
    protocol,
    url: withPort(protocol, options.url, defaults.schemes),
    params,
  });
}

const SCHEME = /^([a-z][a-z0-9+.-]*):\/\//i;
const EXPLICIT_PORT = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#]*@)?(?:\[[^\]]+\]|[^/?#:@]+):\d{1,5}(?=[/?#]|$)/i;
const AUTHORITY = /^([a-z][a-z0-9+.-]*:\/\/[^/?#]*)(.*)$/is;

/** The url with its scheme's port spelled out: what tunnels it must know where to dial. */
function withPort(protocol: string, url: string, schemes: Readonly<Record<string, number>>): string {
  const given = SCHEME.exec(url)?.[1]?.toLowerCase();
  const scheme = given ?? Object.keys(schemes)[0] ?? "";
  const port = schemes[scheme];
  if (port === undefined) {
    throw new SdkError({
      code: "INVALID_OPTION",
      message: `capability ${protocol}: expected a url with ${Object.keys(schemes).join(", ")}, got ${redacted(url)}`,
    });
  }
  const full = given === undefined ? `${scheme}://${url}` : url;
  if (EXPLICIT_PORT.test(full)) return full;
  const [, authority = full, rest = ""] = AUTHORITY.exec(full) ?? [];
  return `${authority}:${port}${rest}`;
}

/**
 * Gives back a capability that can stand in a manifest.
 *
 * @throws INVALID_OPTION
 */
export function checkCapability(capability: Capability): Capability {
  const { name, protocol, url, params } = capability;
  if (typeof name !== "string" || name === "") throw malformed(capability, "its name is empty");
  if (typeof protocol !== "string" || protocol === "") throw malformed(capability, "its protocol is empty");
  if (typeof url !== "string" || !EXPLICIT_PORT.test(url)) {
    throw malformed(
      capability,
      `its url must name host and port, as in ws://127.0.0.1:9222, got ${redacted(String(url))}`,
    );
  }
  if (typeof params !== "object" || params === null || Array.isArray(params))
    throw malformed(capability, "its params are no object");
  return capability;
}

function malformed(capability: Capability, problem: string): SdkError {
  return new SdkError({ code: "INVALID_OPTION", message: `capability '${String(capability.name)}': ${problem}` });
}

function redacted(url: string): string {
  return `'${url.replace(/\/\/[^/@]*@/, "//…@")}'`;
}
