import { defineConfig } from "tsup";
import { packageBuild } from "../../scripts/tsup.ts";

export default defineConfig(
  packageBuild({
    index: "src/index.ts",
    source: "src/source/index.ts",
    "child-process": "src/child-process/index.ts",
    "child-entry": "src/child-process/entry.ts",
    remote: "src/remote/index.ts",
  }),
);
