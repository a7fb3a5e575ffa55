import { defineConfig } from "tsup";
import { packageBuild } from "../../scripts/tsup.ts";
import { copyTemplates } from "./copy-templates.ts";

export default defineConfig(
  packageBuild(
    {
      index: "src/index.ts",
      main: "src/main.ts",
    },
    { onSuccess: copyTemplates },
  ),
);
