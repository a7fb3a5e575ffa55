import type { JobEvent } from "@hud-ts/core";
import type { CliContext } from "../../context.ts";
import type { Output } from "../../output/output.ts";
import { duration, rewardText } from "../../output/text.ts";

/** What has happened so far, for the line. */
interface Tally {
  total: number;
  done: number;
  /** Of those done, finished by this process: what the rate is measured by. */
  doneHere: number;
  failed: number;
  /** Attempts that infrastructure ended and that are made again. */
  retried: number;
  running: number;
  graded: number;
  rewardSum: number;
}

interface Part {
  readonly text: string;
  readonly paint: (text: string) => string;
}

/** A progress line; disposing wipes it. */
export interface Progress extends Disposable {
  readonly onEvent: (event: JobEvent) => void;
}

const REDRAW_MS = 100;

/** One line on a terminal, redrawn in place: done, mean, failed, retried, running, elapsed, time left. Elsewhere nothing. */
export function showProgress(context: Pick<CliContext, "output">, total: number): Progress {
  const { stderr, quiet, colors } = context.output;
  const tally: Tally = { total, done: 0, doneHere: 0, failed: 0, retried: 0, running: 0, graded: 0, rewardSum: 0 };
  if (stderr.isTTY !== true || quiet) return { onEvent: () => {}, [Symbol.dispose]: () => {} };

  const startedAt = performance.now();
  const draw = () => {
    const parts = progressLine(tally, performance.now() - startedAt, colors);
    stderr.write(`\r\u001b[2K${fitting(parts, (stderr.columns ?? 80) - 1)}`);
  };
  const timer = setInterval(draw, REDRAW_MS);
  timer.unref();
  draw();
  let shown = true;
  return {
    onEvent: (event) => count(tally, event),
    [Symbol.dispose]: () => {
      clearInterval(timer);
      if (shown) stderr.write("\r\u001b[2K");
      shown = false;
    },
  };
}

function count(tally: Tally, event: JobEvent): void {
  switch (event.type) {
    case "job":
      tally.total = event.total;
      tally.done = event.kept;
      break;
    case "started":
      tally.running += 1;
      break;
    case "retry":
      tally.running = Math.max(0, tally.running - 1); // its next attempt says that it started
      tally.retried += 1;
      break;
    case "ended":
      tally.running = Math.max(0, tally.running - 1);
      tally.done += 1;
      tally.doneHere += 1;
      if (event.run.outcome === "graded") {
        tally.graded += 1;
        tally.rewardSum += event.run.reward;
      } else tally.failed += 1;
      break;
    default:
      break;
  }
}

function progressLine(tally: Tally, elapsedMs: number, { dim, red, yellow, bold }: Output["colors"]): readonly Part[] {
  const left = tally.total - tally.done;
  const leftMs = tally.doneHere === 0 ? undefined : (elapsedMs / tally.doneHere) * left;
  return [
    { text: bar(tally), paint: (text) => text },
    { text: `${tally.done}/${tally.total}`, paint: bold },
    ...(tally.graded === 0 ? [] : [{ text: `mean ${rewardText(tally.rewardSum / tally.graded)}`, paint: bold }]),
    ...(tally.failed === 0 ? [] : [{ text: `${tally.failed} failed`, paint: red }]),
    ...(tally.retried === 0 ? [] : [{ text: `${tally.retried} retried`, paint: yellow }]),
    { text: `${tally.running} running`, paint: dim },
    { text: clock(elapsedMs), paint: dim },
    ...(leftMs === undefined || left === 0 ? [] : [{ text: `about ${clock(leftMs)} left`, paint: dim }]),
  ];
}

const BAR_WIDTH = 20;

function bar({ done, total }: Tally): string {
  const filled = total === 0 ? 0 : Math.floor((done / total) * BAR_WIDTH);
  return "█".repeat(filled) + "░".repeat(BAR_WIDTH - filled);
}

/** Whole seconds: a line that is redrawn must not flicker. */
function clock(ms: number): string {
  return ms < 60_000 ? `${Math.round(ms / 1000)}s` : duration(ms);
}

/** As many parts as fit into `width` columns: colours take none, and half a number would mislead. */
function fitting(parts: readonly Part[], width: number): string {
  let line = "";
  let used = 0;
  for (const { text, paint } of parts) {
    used += text.length + (line === "" ? 0 : 2);
    if (used > width) break;
    line += (line === "" ? "" : "  ") + paint(text);
  }
  return line;
}
