import type { TaskRow } from "../spec/task-row.ts";

/** The row, and its verifier, with the paths of its Compose project mapped; data stays as it is. */
export function mapComposePaths<TRow extends TaskRow>(row: TRow, map: (path: string) => string): TaskRow {
  const verifier = row.verifier && mapComposePaths(row.verifier, map);
  const compose = row.runtimeConfig?.compose;
  if (compose === undefined) return verifier === undefined ? row : { ...row, verifier };
  const { document, root } = compose;
  return {
    ...row,
    verifier,
    runtimeConfig: {
      ...row.runtimeConfig,
      compose: {
        ...compose,
        document: typeof document === "string" ? map(document) : document,
        ...(root !== undefined && { root: typeof root === "string" ? map(root) : root }),
      },
    },
  };
}
