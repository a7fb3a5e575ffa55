import { defineConfig } from "tsup";
import { packageBuild } from "../../scripts/tsup.ts";

export default defineConfig(
  packageBuild({
    index: "src/index.ts",
    sandbox: "src/sandbox/index.ts",
    workspace: "src/workspace/index.ts",
    "workspace/client": "src/workspace/client/index.ts",
  }),
);
