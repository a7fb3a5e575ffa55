import { errorText, SdkError } from "../errors/sdk-error.ts";
import type { TaskRow } from "../spec/task-row.ts";
import type { ServedEnvironment } from "./definition.ts";

const MOST_SHOWN = 10;

/**
 * Checks rows against the environments they name before anything is started: each template exists and takes its arguments.
 *
 * @param environmentFor gives a row's environment; may throw, or give undefined where it cannot be known here
 * @throws UNKNOWN_TEMPLATE, INVALID_TASK_ARGS, or what the only faulty row says; INVALID_TASK_ROW for several
 */
export async function preflight(
  tasks: readonly TaskRow[],
  environmentFor: (row: TaskRow) => ServedEnvironment | undefined,
): Promise<void> {
  const failures: SdkError[] = [];
  for (const task of tasks.flatMap((row) => (row.verifier === undefined ? [row] : [row, row.verifier]))) {
    try {
      await check(task, environmentFor(task));
    } catch (error) {
      if (!SdkError.is(error)) throw error;
      failures.push(error);
    }
  }
  const [first] = failures;
  if (first === undefined) return;
  if (failures.length === 1) throw first;
  throw new SdkError({
    code: "INVALID_TASK_ROW",
    message: [`${failures.length} rows cannot run:`, ...shown(failures)].join("\n"),
    hint: first.hint,
    cause: first,
  });
}

function shown(failures: readonly SdkError[]): readonly string[] {
  const lines = failures.slice(0, MOST_SHOWN).map((failure) => `  ${errorText(failure)}`);
  return failures.length > MOST_SHOWN ? [...lines, `  … and ${failures.length - MOST_SHOWN} more`] : lines;
}

async function check(task: TaskRow, environment: ServedEnvironment | undefined): Promise<void> {
  if (environment === undefined) return;
  const template = environment.templates.get(task.id);
  if (template === undefined) {
    throw new SdkError({
      code: "UNKNOWN_TEMPLATE",
      message: `row '${task.slug}': environment '${environment.name}' has no template '${task.id}'`,
      hint: `it has ${[...environment.templates.keys()].map((id) => `'${id}'`).join(", ") || "none"}`,
    });
  }
  try {
    await template.parseArgs(task.args);
  } catch (error) {
    if (!SdkError.is(error, "INVALID_TASK_ARGS")) throw error;
    throw new SdkError({
      code: "INVALID_TASK_ARGS",
      message: `row '${task.slug}': ${error.message}`,
      hint: error.hint,
      details: { ...error.details, slug: task.slug },
      cause: error,
    });
  }
}
