import { defineConfig } from "tsup";
import { packageBuild } from "../../scripts/tsup.ts";

export default defineConfig(
  packageBuild({
    index: "src/index.ts",
    spec: "src/spec/index.ts",
    client: "src/client/index.ts",
    serve: "src/environment/serve/index.ts",
    results: "src/results/index.ts",
    models: "src/models/index.ts",
    adapter: "src/adapter.ts",
    testing: "src/testing/index.ts",
    conformance: "src/conformance/index.ts",
  }),
);
