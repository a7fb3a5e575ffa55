import { writeSync } from "node:fs";
import { SdkError, toSdkError, withResolvers } from "@hud-ts/core/adapter";
import { type Server, serve } from "@hud-ts/core/serve";
import { discover, environmentNamed } from "../source/discover.ts";
import { evaluateBundle } from "../source/evaluate.ts";
import { type ChildJob, type ChildReply, REPLY_FD, toChildFailure } from "./child-job.ts";
import type { ParentWatch } from "./parent-watch.ts";
import { killOwnGroup } from "./watch-parent.ts";

const SIGTERM_EXIT_CODE = 143;
const FAILED_EXIT_CODE = 1;

/**
 * The life of a child: waits for its job with the SDK loaded and no user code, then imports the source, starts
 * the environment, replies with its port and serves until SIGTERM or until the parent is gone.
 */
export async function serveChild(parent: ParentWatch): Promise<void> {
  const { promise: ending, resolve: end } = withResolvers<() => void>();
  process.once("SIGTERM", () => end(() => process.exit(SIGTERM_EXIT_CODE)));
  void parent.orphaned.then(() => end(killOwnGroup));

  const stopping = new AbortController();
  let serving: Promise<Server> | undefined;
  void parent.job.then(async (given) => {
    serving = start(given, stopping.signal);
    try {
      reply({ port: (await serving).port });
    } catch (error) {
      reply({ failure: toChildFailure(toSdkError(error, "ENVIRONMENT_START_FAILED")) });
      end(() => process.exit(FAILED_EXIT_CODE));
    }
  });

  const finish = await ending;
  stopping.abort(new SdkError({ code: "ABORTED", message: "the process is being ended" }));
  await stop(serving); // whoever asked for the end bounds it: the parent by SIGKILL, the watcher for an orphan
  finish();
}

async function start(job: ChildJob, signal: AbortSignal): Promise<Server> {
  const modules = await evaluateBundle(job.bundle, job.directory, signal);
  const found = discover(modules, job.directory);
  return await serve(environmentNamed(found, job.environment), {
    host: "127.0.0.1",
    port: 0,
    token: job.token,
    signal,
  });
}

async function stop(serving: Promise<Server> | undefined): Promise<void> {
  const server = await serving?.catch(() => undefined); // why it did not start was replied
  await server?.close();
}

function reply(message: ChildReply): void {
  try {
    writeSync(REPLY_FD, `${JSON.stringify(message)}\n`);
  } catch {
    // The parent is gone, which the watcher reports as well.
  }
}
