import type { AgentV1 } from "../spec/agent.ts";
import type { TaskRow } from "../spec/task-row.ts";
import { randomId } from "../util/ids.ts";
import { Scope } from "../util/scope.ts";
import { type Job, jobName, makeJob } from "./job.ts";
import { JobRunner } from "./job-runner.ts";
import type { JobRecord } from "./journal/job-record.ts";
import { type JobSink, JobStore, nullSink } from "./journal/job-store.ts";
import { type Carried, carryOver, checkSameJob, NOTHING_CARRIED } from "./resume.ts";
import { type ResolvedRunOptions, type RunOptions, resolveRunOptions } from "./run-options.ts";
import { RuntimeTable } from "./runtime-table.ts";
import { packageVersions } from "./versions.ts";

/**
 * Runs every task `group` times with one agent and journals each result before it is reported.
 * What goes wrong in a rollout is in its result; a cancelled or broken-off job is returned as far as it got.
 *
 * @throws INVALID_OPTION, INVALID_TASK_ROW, DUPLICATE_SLUG before anything runs;
 * JOB_NOT_FOUND, JOB_LOCKED, SOURCE_CHANGED for a resume; what `RuntimeV1.prepare` throws, and the signal's reason when it fires meanwhile;
 * STORAGE_FAILED when a result could not be kept: running rollouts are stopped, what was graded before is on disk
 */
export async function runJob(tasks: readonly TaskRow[], agent: AgentV1, options: RunOptions): Promise<Job> {
  const resolved = resolveRunOptions(tasks, agent, options);
  const begun = resolved.clock.monotonic();
  const signal = resolved.signal ?? new AbortController().signal;
  await using scope = new Scope();
  const runtimes = new RuntimeTable(tasks, resolved.runtime);
  const request = { tasks, agent, options: resolved, runtimes };
  const resumed = resolved.resume === undefined ? undefined : await resumeJob(request, resolved.resume, scope);
  await runtimes.prepare(scope, signal);
  const plan = resumed ?? (await beginJob(request, scope));
  const { runs, stopped } = await new JobRunner({ ...request, ...plan, signal }).run();
  const { id, name, group, sink } = plan;
  const { agentFailure, passAt } = resolved;
  const durationMs = resolved.clock.monotonic() - begun;
  return makeJob({ id, name, dir: sink.dir, group, runs, stopped, durationMs, agentFailure, passAt });
}

interface Request {
  readonly tasks: readonly TaskRow[];
  readonly agent: AgentV1;
  readonly options: ResolvedRunOptions;
  readonly runtimes: RuntimeTable;
}

interface Plan {
  readonly id: string;
  readonly name: string;
  readonly group: number;
  readonly sink: JobSink;
  readonly carried: Carried;
}

async function beginJob(request: Request, scope: Scope): Promise<Plan> {
  const { tasks, options } = request;
  const id = options.jobId ?? randomId();
  const group = options.group ?? 1;
  const name = jobName(tasks, { name: options.name ?? "taskset", group });
  if (options.dir === null) return { id, name, group, sink: nullSink(), carried: NOTHING_CARRIED };
  const record = jobRecord(request, { id, name, group });
  const sink = scope.use(await JobStore.create(options.dir, record, { durable: options.durable === true }));
  return { id, name, group, sink, carried: NOTHING_CARRIED };
}

async function resumeJob(request: Request, id: string, scope: Scope): Promise<Plan> {
  const { tasks, options } = request;
  const opened = await JobStore.resume(options.dir ?? ".hud", id, { durable: options.durable === true });
  const store = scope.use(opened.store);
  const { record } = opened;
  checkSameJob(record, request);
  const { name, group } = record;
  if (options.allowChanged === true) {
    await store.rewriteRecord({ ...record, rows: tasks, source: options.source ?? record.source });
  }
  return { id, name, group, sink: store, carried: carryOver(opened.lines, { tasks, group, jobId: id }) };
}

function jobRecord(request: Request, o: { id: string; name: string; group: number }): JobRecord {
  const { tasks, agent, options } = request;
  const { maxConcurrent, retries, rolloutTimeoutMs, startupTimeoutMs, agentTimeoutMs } = options;
  return {
    ...o,
    createdAt: new Date(options.clock.now()).toISOString(),
    rows: tasks,
    agent: { name: agent.name, config: agent.config ?? {} },
    runtimes: [...new Set(request.runtimes.runtimes.map((runtime) => runtime.id))],
    limits: { maxConcurrent, retries, rolloutTimeoutMs, startupTimeoutMs, agentTimeoutMs },
    source: options.source ?? null,
    versions: packageVersions(),
    config: options.recordConfig ?? {},
  };
}
