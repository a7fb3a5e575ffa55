import type { CliContext } from "../../context.ts";
import { placeTask, type TaskOptions } from "./place-task.ts";

/** Starts a task and prints its prompt; on a served environment it stays parked for `hud task grade`. */
export async function taskStartCommand(context: CliContext, options: TaskOptions): Promise<number> {
  await using placed = await placeTask(context, { ...options, park: options.url !== undefined });
  const { prompt, frame } = await placed.client.start(placed.id, placed.args, { signal: context.signal });
  context.output.data(typeof prompt === "string" ? prompt : JSON.stringify(prompt, null, 2));
  context.output.document(frame);
  return 0;
}
