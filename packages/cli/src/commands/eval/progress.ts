import type { JobEvent } from "@hud-ts/core";
import type { CliContext } from "../../context.ts";
import { duration, rewardText } from "../../output/text.ts";

/** What has happened so far, for the line. */
interface Tally {
  total: number;
  done: number;
  /** Of those done, finished by this process: what the rate is measured by. */
  doneHere: number;
  failed: number;
  running: number;
  graded: number;
  rewardSum: number;
}

/** A progress line; disposing wipes it. */
export interface Progress extends Disposable {
  readonly onEvent: (event: JobEvent) => void;
}

const REDRAW_MS = 100;

/** One line on a terminal, redrawn in place: done, mean, running, failed, elapsed, time left. Elsewhere nothing. */
export function showProgress(context: Pick<CliContext, "output">, total: number): Progress {
  const { stderr, quiet } = context.output;
  const tally: Tally = { total, done: 0, doneHere: 0, failed: 0, running: 0, graded: 0, rewardSum: 0 };
  if (stderr.isTTY !== true || quiet) return { onEvent: () => {}, [Symbol.dispose]: () => {} };

  const startedAt = performance.now();
  const draw = () => {
    const line = progressLine(tally, performance.now() - startedAt);
    stderr.write(`\r\u001b[2K${line.slice(0, (stderr.columns ?? 80) - 1)}`);
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

function progressLine(tally: Tally, elapsedMs: number): string {
  const left = tally.total - tally.done;
  const leftMs = tally.doneHere === 0 ? undefined : (elapsedMs / tally.doneHere) * left;
  const mean = tally.graded === 0 ? null : tally.rewardSum / tally.graded;
  return [
    `${tally.done}/${tally.total}`,
    `mean ${rewardText(mean)}`,
    `${tally.running} running`,
    ...(tally.failed === 0 ? [] : [`${tally.failed} failed`]),
    duration(elapsedMs),
    ...(leftMs === undefined || left === 0 ? [] : [`${duration(leftMs)} left`]),
  ].join(" · ");
}
