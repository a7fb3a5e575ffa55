import type { Shell } from "@hud-ts/capabilities/workspace/client";

/** What the tools need of a shell. */
export type ToolShell = Pick<Shell, "exec" | "exists" | "readFile" | "writeFile">;
