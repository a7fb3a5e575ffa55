import { defineConfig } from "tsup";
import { packageBuild } from "../../scripts/tsup.ts";

export default defineConfig(
  packageBuild({
    index: "src/index.ts",
    main: "src/main.ts",
  }),
);
