import { SdkError } from "@hud-ts/core/adapter";
import { TOOLS } from "./tools.ts";

/** Why there is no isolation. */
export type Obstacle =
  | { readonly kind: "platform"; readonly platform: string }
  | { readonly kind: "architecture"; readonly name: string }
  | { readonly kind: "tools"; readonly missing: readonly (keyof typeof TOOLS)[] }
  | { readonly kind: "refused"; readonly cause: Error & { stderr?: string } };

const OTHERWISE = [
  "Or serve the environment from a container (Dockerfile.hud) or a Linux machine, and run with `--runtime tcp://host:port`.",
  "Or give isolation up, for agents and code that you trust with this machine: `--isolation none`.",
] as const;

/** The error that says what is missing and all that can be done about it. */
export function unavailable(obstacle: Obstacle): SdkError<"ISOLATION_UNAVAILABLE"> {
  const { message, advice } = explain(obstacle);
  return new SdkError({
    code: "ISOLATION_UNAVAILABLE",
    message: `expected a sandbox for the agent's programs; ${message}`,
    hint: [...advice, ...OTHERWISE].join("\n"),
    ...(obstacle.kind === "refused" ? { cause: obstacle.cause } : {}),
  });
}

function explain(obstacle: Obstacle): { message: string; advice: readonly string[] } {
  switch (obstacle.kind) {
    case "platform":
      return { message: `there are none on ${obstacle.platform}`, advice: ["Use Linux; on Windows, WSL2."] };
    case "architecture":
      return {
        message: `there is no system call filter for ${obstacle.name}`,
        advice: ["Use an x64 or arm64 machine."],
      };
    case "tools": {
      const packages = [...new Set(obstacle.missing.map((name) => TOOLS[name]))].join(" ");
      return {
        message: `${obstacle.missing.join(", ")} not found on PATH`,
        advice: [`Install it: apt-get install ${packages} (or dnf, apk, pacman: the packages have the same names).`],
      };
    }
    case "refused": {
      const said = (obstacle.cause.stderr ?? obstacle.cause.message).trim();
      return { message: `bwrap is installed but may not make one: ${said}`, advice: PERMISSIONS };
    }
    default:
      return obstacle satisfies never;
  }
}

const PERMISSIONS = [
  "Allow user namespaces, whichever of these the system has:",
  "  sysctl -w kernel.unprivileged_userns_clone=1        (Debian, older)",
  "  sysctl -w user.max_user_namespaces=15000            (RHEL, hardened kernels)",
  "  sysctl -w kernel.apparmor_restrict_unprivileged_userns=0   (Ubuntu 23.10 and later), or better a profile for bwrap alone,",
  "    /etc/apparmor.d/bwrap: abi <abi/4.0>, include <tunables/global> profile bwrap /usr/bin/bwrap flags=(unconfined) { userns, }",
  "Inside a container: start it with a seccomp profile that allows namespaces and `--security-opt systempaths=unconfined`",
  "  (and `--security-opt apparmor=unconfined` where AppArmor is in use).",
] as const;
