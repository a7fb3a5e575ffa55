/**
 * Gives a template's files the project's own name: the string literal of the template's name in its sources,
 * the heading of its README, and the name in package.json.
 */
export function renameTemplate(
  files: ReadonlyMap<string, string>,
  names: { readonly template: string; readonly name: string },
): ReadonlyMap<string, string> {
  const own = normalName(names.name);
  return new Map(
    Array.from(files, ([path, text]) => {
      if (path === "package.json") return [path, renamePackage(text, own)];
      if (path.endsWith(".ts")) return [path, text.replaceAll(`"${names.template}"`, `"${own}"`)];
      if (path === "README.md") return [path, text.replace(`# ${names.template}\n`, `# ${names.name}\n`)];
      return [path, text];
    }),
  );
}

/** Lower case, words joined by single dashes: what package names and environment names both accept. */
function normalName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
}

function renamePackage(text: string, name: string): string {
  const { description: _, ...manifest } = JSON.parse(text) as Record<string, unknown>;
  return `${JSON.stringify({ ...manifest, name, version: "0.1.0" }, null, 2)}\n`;
}
