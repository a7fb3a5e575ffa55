import { usageError } from "../output/failure.ts";

/** Parses an option's whole number of at least `least`. */
export function wholeNumber(option: string, least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
    throw usageError(`${option}: expected a whole number of at least ${least}, got '${text}'`, { input: text });
  };
}

/** Parses an option's time in seconds, greater than zero. */
export function seconds(option: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== "" && Number.isFinite(value) && value > 0) return value;
    throw usageError(`${option}: expected seconds greater than 0, got '${text}'`, { input: text });
  };
}

/** Parses a TCP port, 0 for any free one. */
export function port(option: string): (text: string) => number {
  return (text) => {
    const value = wholeNumber(option, 0)(text);
    if (value <= 65_535) return value;
    throw usageError(`${option}: expected a port from 0 to 65535, got '${text}'`, { input: text });
  };
}

/** Collects an option that may be given several times. */
export function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
