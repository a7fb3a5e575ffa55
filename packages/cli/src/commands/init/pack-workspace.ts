import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { SdkError } from "@hud-ts/core/adapter";
import { readCatalog } from "./catalog.ts";

interface PackageManifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly files: readonly string[];
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const DIRECTORY = ".hud/packs";
// What a project can need: the command line stands on every package below it.
const PACKAGES = ["cli", "agents", "runtimes", "capabilities", "graders", "core"];

/**
 * Packs the checkout's built packages into the project and gives, by package name, the `file:` reference to each.
 *
 * @throws SOURCE_NOT_FOUND when a package is not built
 */
export async function packWorkspace(options: {
  readonly checkout: string;
  readonly project: string;
  readonly signal: AbortSignal;
}): Promise<ReadonlyMap<string, string>> {
  const target = join(options.project, DIRECTORY);
  const staging = await mkdtemp(join(tmpdir(), "hud-pack-"));
  try {
    await rm(target, { recursive: true, force: true });
    await mkdir(target, { recursive: true });
    const manifests = await Promise.all(PACKAGES.map((name) => readManifest(join(options.checkout, "packages", name))));
    const versions = new Map(manifests.map(({ name, version }) => [name, version]));
    const catalog = await readCatalog(options.checkout);
    for (const [index, manifest] of manifests.entries()) {
      const name = PACKAGES[index] ?? "";
      await stage(join(options.checkout, "packages", name), join(staging, name), pinned(manifest, versions, catalog));
    }
    await npmPack(
      PACKAGES.map((name) => join(staging, name)),
      target,
      options.signal,
    );
    return new Map(manifests.map((manifest) => [manifest.name, `file:${DIRECTORY}/${packName(manifest)}`]));
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function stage(from: string, to: string, manifest: PackageManifest): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of manifest.files) {
    await cp(join(from, entry), join(to, entry), { recursive: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
      if (entry !== "dist") return;
      throw new SdkError({
        code: "SOURCE_NOT_FOUND",
        message: `${from} is not built`,
        hint: "Run `npx pnpm build` in the checkout.",
      });
    });
  }
  await writeFile(join(to, "package.json"), JSON.stringify(manifest, null, 2));
}

/** The manifest as it would be published: real versions, and no way back to the sources. */
function pinned(
  manifest: PackageManifest,
  versions: ReadonlyMap<string, string>,
  catalog: ReadonlyMap<string, string>,
): PackageManifest {
  const { devDependencies: _, scripts: __, ...kept } = manifest as PackageManifest & Record<string, unknown>;
  const dependencies = Object.entries(manifest.dependencies ?? {}).map(([name, range]) => {
    if (range.startsWith("workspace:")) return [name, `^${versions.get(name)}`];
    return [name, range === "catalog:" ? catalog.get(name) : range];
  });
  return { ...kept, exports: withoutSources(manifest.exports), dependencies: Object.fromEntries(dependencies) };
}

function withoutSources(exports: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(exports).map(([path, target]) => {
      if (typeof target !== "object" || target === null) return [path, target];
      return [path, Object.fromEntries(Object.entries(target).filter(([condition]) => condition !== "@hud-ts/source"))];
    }),
  );
}

async function npmPack(directories: readonly string[], target: string, signal: AbortSignal): Promise<void> {
  try {
    await promisify(execFile)(
      "npm",
      ["pack", "--silent", "--ignore-scripts", "--pack-destination", target, ...directories],
      {
        signal,
        cwd: target,
      },
    );
  } catch (error) {
    signal.throwIfAborted();
    const { stderr = "" } = error as { stderr?: string };
    throw new SdkError({ code: "INTERNAL", message: `npm pack failed: ${stderr.trim()}`, cause: error });
  }
}

function packName({ name, version }: PackageManifest): string {
  return `${name.replace("@", "").replace("/", "-")}-${version}.tgz`;
}

async function readManifest(directory: string): Promise<PackageManifest> {
  return JSON.parse(await readFile(join(directory, "package.json"), "utf8")) as PackageManifest;
}
