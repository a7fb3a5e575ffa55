import type { ModelTurn } from "@hud-ts/core/spec";

/** The text of a turn, or null when it has none. */
export function turnText(turn: ModelTurn): string | null {
  const texts = turn.content.flatMap((block) => (block.type === "text" ? [block.text] : []));
  return texts.length === 0 ? null : texts.join("");
}
