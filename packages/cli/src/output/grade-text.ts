import type { Json, JsonObject } from "@hud-ts/core/spec";
import type { Output } from "./output.ts";
import { rewardText } from "./text.ts";

const TAIL_LINES = 5;

/** A grade frame for a person: the score, then its parts as a tree, with the last words of a command that failed. */
export function gradeLines(frame: Json, output: Output): readonly string[] {
  if (!isObject(frame) || typeof frame["score"] !== "number") return [output.colors.dim(JSON.stringify(frame))];
  const { score, content, subscores } = frame;
  return [
    `score ${rewardText(score)}`,
    ...(typeof content === "string" && content !== "" ? [content] : []),
    ...partLines(subscores, output, "  "),
  ];
}

function partLines(parts: Json | undefined, output: Output, indent: string): string[] {
  if (!Array.isArray(parts)) return [];
  return parts.filter(isObject).flatMap((part) => {
    const { name, value, weight, info, children } = part;
    const share = weight === 1 ? "" : output.colors.dim(` × ${Number(weight).toFixed(2)}`);
    const line = `${indent}${rewardText(Number(value))}${share} ${String(name)}${infoText(info, output)}`;
    return [line, ...lastWords(part, output, `${indent}  `), ...partLines(children, output, `${indent}  `)];
  });
}

/** What a part's info says in a few words: how a command ended, or why a judge decided as it did. */
function infoText(info: Json | undefined, { colors: { dim } }: Output): string {
  if (!isObject(info)) return "";
  const { exit_code: exitCode, timed_out: timedOut, reason } = info;
  if (timedOut === true) return dim(" (timed out)");
  if (exitCode !== undefined) return dim(exitCode === null ? " (killed)" : ` (exit ${exitCode})`);
  return typeof reason === "string" && reason !== "" ? dim(` (${reason})`) : "";
}

function lastWords({ value, info }: JsonObject, { colors: { dim } }: Output, indent: string): string[] {
  if (value === 1 || !isObject(info)) return [];
  const said = [info["stdout"], info["stderr"]].filter((text) => typeof text === "string").join("\n");
  const lines = said.split("\n").filter((line) => line.trim() !== "");
  return lines.slice(-TAIL_LINES).map((line) => dim(`${indent}│ ${line}`));
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
