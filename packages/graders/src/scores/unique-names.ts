import type { SubScore } from "@hud-ts/core/spec";

/**
 * Subscores with distinct names: a name that occurs once stays, the others become `name-1`, `name-2`, … in order,
 * leaving out what is taken.
 */
export function withUniqueNames(subscores: readonly SubScore[]): readonly SubScore[] {
  const counts = new Map<string, number>();
  for (const { name } of subscores) counts.set(name, (counts.get(name) ?? 0) + 1);
  const taken = new Set(counts.keys());
  const last = new Map<string, number>();
  return subscores.map((subscore) => {
    const { name } = subscore;
    if (counts.get(name) === 1) return subscore;
    let number = (last.get(name) ?? 0) + 1;
    while (taken.has(`${name}-${number}`)) number++;
    last.set(name, number);
    taken.add(`${name}-${number}`);
    return { ...subscore, name: `${name}-${number}` };
  });
}
