import { cp } from "node:fs/promises";
import { defineConfig } from "tsup";
import { packageBuild } from "../../scripts/tsup.ts";

export default defineConfig(
  packageBuild(
    {
      index: "src/index.ts",
      sandbox: "src/sandbox/index.ts",
      workspace: "src/workspace/index.ts",
      "workspace/client": "src/workspace/client/index.ts",
    },
    {
      // The supervisor runs as files of its own inside a sandbox, found beside whatever chunk starts it.
      onSuccess: () =>
        cp("src/sandbox/supervisor", "dist/supervisor", {
          recursive: true,
          filter: (path) => !path.includes(".") || path.endsWith(".mjs"),
        }),
    },
  ),
);
