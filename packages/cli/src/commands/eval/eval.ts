import type { Job } from "@hud-ts/core";
import type { AgentV1, TaskRow } from "@hud-ts/core/spec";
import type { CliContext } from "../../context.ts";
import { interruptionCode } from "../../interruption.ts";
import { settleIsolation } from "../../isolation.ts";
import { count, displayPath } from "../../output/text.ts";
import { isControlUrl } from "../../remote-environment.ts";
import { loadKeys } from "../../settings/keys.ts";
import { agentKind } from "./agents.ts";
import { checkRows } from "./check-rows.ts";
import { confirmModelRun } from "./choose-agent.ts";
import { evalDocument } from "./document.ts";
import { type LoadedTasks, loadTasks } from "./load-tasks.ts";
import { choosePlacement, type Placement } from "./placement.ts";
import { type EvalPlan, newPlan, resumedPlan } from "./plan.ts";
import { showProgress } from "./progress.ts";
import { reportJob } from "./report.ts";
import { selectTasks } from "./select-tasks.ts";
import type { EvalFlags } from "./settings.ts";

interface Prepared {
  readonly plan: EvalPlan;
  readonly source: LoadedTasks;
  readonly tasks: readonly TaskRow[];
  readonly rollouts: number;
  readonly agent: AgentV1;
  readonly placement: Placement;
  /** Whether the user is asked first: a model may cost money. */
  readonly asks: boolean;
}

/** Runs an agent on tasks, reports the rewards; 0 only when every run was graded. */
export async function evalCommand(context: CliContext, flags: EvalFlags): Promise<number> {
  const prepared = await prepare(context, flags);
  context.output.note(settingsLine(context, prepared));
  if (prepared.asks && flags.yes !== true && !(await confirmModelRun(context, prepared.rollouts))) {
    context.output.note("Nothing was run.");
    return 0;
  }
  const job = await run(context, prepared, flags);
  await reportJob(context, job);
  context.output.document(evalDocument(job, prepared.plan.source));
  return conclude(context, job);
}

/** Everything that can be wrong before a rollout begins is found here. */
async function prepare(context: CliContext, flags: EvalFlags): Promise<Prepared> {
  const keys = await loadKeys(context);
  const plan = await (flags.resume === undefined ? newPlan(context, flags, keys) : resumedPlan(context, flags, keys));
  const kind = agentKind(plan.agent);
  const source = await loadTasks(plan.source, { signal: context.signal });
  const { environments } = source;
  const tasks = selectTasks([...source.tasks], plan);
  const rollouts = tasks.length * plan.group;
  if (!isControlUrl(plan.runtime)) await checkRows(tasks, environments);
  const solutionFor = (row: TaskRow) => environments.solutionFor(row);
  const agent = await kind.create({ ...plan, keys, solutionFor }, context);
  const { verbose } = flags;
  const { usesModel } = kind;
  const isolation = isControlUrl(plan.runtime)
    ? "required" // decided where it is served
    : await settleIsolation(context, { asked: plan.isolation, usesModel, source: environments });
  const placement = await choosePlacement(context, {
    ...plan,
    isolation,
    source: environments,
    keys,
    rollouts,
    verbose,
  });
  return { plan, source, tasks, rollouts, agent, placement, asks: kind.usesModel };
}

async function run(context: CliContext, prepared: Prepared, flags: EvalFlags): Promise<Job> {
  const { plan, source, placement } = prepared;
  const { runJob } = await import("@hud-ts/core");
  using progress = showProgress(context, prepared.rollouts);
  return await runJob(prepared.tasks, prepared.agent, {
    runtime: placement.runtime,
    group: plan.group,
    maxConcurrent: plan.maxConcurrent ?? placement.maxConcurrent,
    rolloutTimeoutMs: plan.rolloutTimeoutMs,
    agentTimeoutMs: plan.agentTimeoutMs,
    dir: plan.dir,
    name: source.tasks.name,
    source: { path: plan.source, hash: source.hash },
    recordConfig: plan.record,
    resume: plan.resume,
    allowChanged: flags.allowChanged,
    onEvent: progress.onEvent,
    signal: context.signal,
  });
}

function conclude({ output, signal }: CliContext, job: Job): number {
  if (output.quiet) output.data(job.id);
  if (signal.aborted) {
    output.error(`\nInterrupted; what was graded is kept. Finish it with:\n  hud eval --resume ${job.id}`);
    return interruptionCode(signal);
  }
  return job.coverage.graded === job.coverage.total ? 0 : 1;
}

function settingsLine(context: CliContext, { plan, source, tasks, placement }: Prepared): string {
  const of = source.tasks.size;
  const parts = [
    `${displayPath(plan.source, context.cwd)}: ${tasks.length === of ? "" : `${tasks.length} of `}${count(of, "task")}`,
    `${count(plan.group, "run")} each`,
    plan.model === undefined ? plan.agent : `${plan.agent} ${plan.model}`,
    ...Object.entries(plan.options).map(([name, value]) => `${name} ${JSON.stringify(value)}`),
    `runtime ${plan.runtime}`,
    `${plan.maxConcurrent ?? placement.maxConcurrent} at once`,
  ];
  return context.output.colors.dim(parts.join(" · "));
}
