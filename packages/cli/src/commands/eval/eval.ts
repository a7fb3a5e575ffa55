import type { CliContext } from "../../context.ts";
import { interruptionCode } from "../../interruption.ts";
import { count, displayPath } from "../../output/text.ts";
import { isControlUrl } from "../../remote-environment.ts";
import { loadKeys } from "../../settings/keys.ts";
import { agentKind } from "./agents.ts";
import { checkRows } from "./check-rows.ts";
import { confirmModelRun } from "./choose-agent.ts";
import { evalDocument } from "./document.ts";
import { loadTasks } from "./load-tasks.ts";
import { choosePlacement } from "./placement.ts";
import { type EvalPlan, newPlan, resumedPlan } from "./plan.ts";
import { showProgress } from "./progress.ts";
import { reportJob } from "./report.ts";
import { selectTasks } from "./select-tasks.ts";
import type { EvalFlags } from "./settings.ts";

/** Runs an agent on tasks, reports the rewards; 0 only when every run was graded. */
export async function evalCommand(context: CliContext, flags: EvalFlags): Promise<number> {
  const { output, signal } = context;
  const keys = await loadKeys(context);
  const plan = await (flags.resume === undefined ? newPlan(context, flags, keys) : resumedPlan(context, flags, keys));
  const kind = agentKind(plan.agent);

  const source = await loadTasks(plan.source, { signal });
  const tasks = selectTasks([...source.tasks], plan);
  if (!isControlUrl(plan.runtime)) await checkRows(tasks, source.environments);
  const agent = await kind.create(
    { ...plan, keys, solutionFor: (row) => source.environments.solutionFor(row) },
    context,
  );
  const placement = await choosePlacement(context, {
    ...plan,
    source: source.environments,
    keys,
    rollouts: tasks.length * plan.group,
  });
  const maxConcurrent = plan.maxConcurrent ?? placement.maxConcurrent;

  output.note(settingsLine(context, plan, { tasks: tasks.length, of: source.tasks.size, maxConcurrent }));
  const rollouts = tasks.length * plan.group;
  if (kind.usesModel && flags.yes !== true && !(await confirmModelRun(context, rollouts))) {
    output.note("Nothing was run.");
    return 0;
  }

  const { runJob } = await import("@hud-ts/core");
  using progress = showProgress(context, rollouts);
  const job = await runJob(tasks, agent, {
    runtime: placement.runtime,
    group: plan.group,
    maxConcurrent,
    rolloutTimeoutMs: plan.rolloutTimeoutMs,
    agentTimeoutMs: plan.agentTimeoutMs,
    dir: plan.dir,
    name: source.tasks.name,
    source: { path: plan.source, hash: source.hash },
    recordConfig: plan.record,
    resume: plan.resume,
    allowChanged: flags.allowChanged,
    onEvent: progress.onEvent,
    signal,
  });
  progress[Symbol.dispose]();

  await reportJob(context, job);
  output.document(evalDocument(job, plan.source));
  if (signal.aborted) {
    output.error(`\nInterrupted; what was graded is kept. Finish it with:\n  hud eval --resume ${job.id}`);
    return interruptionCode(signal);
  }
  if (output.quiet) output.data(job.id);
  return job.coverage.graded === job.coverage.total ? 0 : 1;
}

function settingsLine(
  context: CliContext,
  plan: EvalPlan,
  { tasks, of, maxConcurrent }: { readonly tasks: number; readonly of: number; readonly maxConcurrent: number },
): string {
  const parts = [
    `${displayPath(plan.source, context.cwd)}: ${tasks === of ? count(of, "task") : `${tasks} of ${count(of, "task")}`}`,
    `${count(plan.group, "run")} each`,
    plan.model === undefined ? plan.agent : `${plan.agent} ${plan.model}`,
    ...Object.entries(plan.options).map(([name, value]) => `${name} ${JSON.stringify(value)}`),
    `runtime ${plan.runtime}`,
    `${maxConcurrent} at once`,
  ];
  return context.output.colors.dim(parts.join(" · "));
}
