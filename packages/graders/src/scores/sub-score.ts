import { SdkError } from "@hud-ts/core/adapter";
import type { JsonObject, SubScore } from "@hud-ts/core/spec";

/** What a subscore is made of before its defaults. */
export interface SubScoreParts {
  readonly name: string;
  readonly weight?: number | undefined;
  readonly value: number | boolean;
  readonly children?: readonly SubScore[] | null | undefined;
  readonly info?: JsonObject | null | undefined;
}

/** Makes a subscore, refusing what could not be a grade. @throws GRADE_INVALID */
export function subScore(parts: SubScoreParts): SubScore {
  const { name, weight = 1, children = null, info = null } = parts;
  const value = typeof parts.value === "boolean" ? Number(parts.value) : parts.value;
  if (typeof name !== "string" || name === "") throw invalid(`a subscore needs a name, got ${show(name)}`);
  if (typeof value !== "number" || !(value >= 0 && value <= 1)) {
    throw invalid(`subscore ${show(name)}: value must be in [0, 1], got ${show(parts.value)}`);
  }
  checkWeight(name, weight);
  return { name, weight, value, children, info };
}

/** @throws GRADE_INVALID unless the weight is finite */
export function checkWeight(name: string, weight: number): void {
  if (typeof weight === "number" && Number.isFinite(weight)) return;
  throw invalid(`subscore ${show(name)}: weight must be a finite number, got ${show(weight)}`);
}

/** Checks a subscore that somebody else made, `what` saying where it stood. @throws GRADE_INVALID */
export function checkedSubScore(given: unknown, what: string): SubScore {
  if (typeof given === "object" && given !== null && "name" in given && "value" in given) {
    return subScore(given as SubScoreParts);
  }
  throw invalid(`${what} must be a subscore, got ${show(given)}`, 'Name a bare value: score("name", value).');
}

/** The error of a grade that makes no sense. */
export function invalid(message: string, hint?: string): SdkError {
  return new SdkError({ code: "GRADE_INVALID", message, hint });
}

function show(value: unknown): string {
  if (typeof value === "number" || value === undefined) return String(value);
  try {
    return (JSON.stringify(value) ?? typeof value).slice(0, 80);
  } catch {
    return typeof value;
  }
}
