import { type ChildProcess, spawn } from "node:child_process";
import type { Duplex, Readable, Writable } from "node:stream";
import { exited, raceAbort, TailBuffer, withResolvers } from "@hud-ts/core/adapter";
import type { SandboxUids } from "./contract.ts";
import { GUEST } from "./guest.ts";
import { writeIdMap } from "./id-map.ts";
import { LAUNCH_ENVIRONMENT } from "./launch-environment.ts";
import { prlimitOptions, type ResolvedLimits } from "./limits.ts";
import { type FilterArchitecture, seccompFilter } from "./seccomp.ts";
import type { SupervisorSettings } from "./supervisor/settings.ts";
import type { ToolPaths } from "./tools.ts";

/** Descriptors of bwrap, in the order of its stdio. */
const FD = { channel: 4, arguments: 5, info: 6, block: 7, filter: 8, firstFile: 9 } as const;

/** First among equals when memory runs out: the highest score there is, proc_pid_oom_score_adj(5). */
const OOM_SCORE = 1000;

// The supervisor forwards bytes; its heap needs no more.
const SUPERVISOR_HEAP_MIB = 64;

/** What {@link launch} starts. */
export interface LaunchOptions {
  readonly tools: ToolPaths;
  /** Absent without root: there is one user then, ours. */
  readonly uids: SandboxUids | undefined;
  readonly limits: ResolvedLimits;
  readonly guestPath: string;
  /** Makes bwrap's arguments for the view, given the descriptors of the files. */
  readonly view: (files: Readonly<Record<string, number>>) => Promise<readonly string[]>;
  readonly namespaces: readonly string[];
  /** Content of small files inside, by path. */
  readonly files: Readonly<Record<string, string>>;
  /** Puts the processes under limits before anything runs inside. */
  readonly confine: (pid: number) => Promise<void>;
  readonly signal: AbortSignal;
}

/** A launched sandbox: nothing but the supervisor runs in it. */
export interface Launched {
  readonly child: ChildProcess;
  readonly channel: Duplex;
  /** Pid, outside, of the first process inside. When it ends, so does everything there. */
  readonly initPid: number;
  /** What bwrap and the supervisor had to say. */
  readonly complaints: TailBuffer;
}

/** Starts bwrap with the supervisor in it. On failure nothing is left. */
export async function launch(options: LaunchOptions): Promise<Launched> {
  const files = Object.fromEntries(Object.keys(options.files).map((path, index) => [path, FD.firstFile + index]));
  const args = [
    ...options.namespaces,
    ...userArguments(options.uids),
    ...["--info-fd", String(FD.info)],
    ...(await options.view(files)),
    ...["--chdir", "/", "--seccomp", String(FD.filter)],
  ];
  const child = spawnBwrap(options, await prlimitOptions(options.limits));
  const complaints = new TailBuffer();
  child.stderr?.on("data", (bytes: Buffer) => complaints.push(bytes));
  try {
    await raceAbort(spawned(child), options.signal);
    pipeAt(child, FD.arguments).end(args.map((arg) => `${arg}\0`).join(""));
    pipeAt(child, FD.filter).end(seccompFilter(process.arch as FilterArchitecture));
    for (const [path, fd] of Object.entries(files)) pipeAt(child, fd).end(options.files[path]);
    const initPid = await raceAbort(readInitPid(child, complaints), options.signal);
    await options.confine(initPid);
    if (child.pid !== undefined) await options.confine(child.pid);
    if (options.uids !== undefined) {
      await writeIdMap({ pid: initPid, uids: options.uids, setpriv: options.tools.setpriv, signal: options.signal });
      pipeAt(child, FD.block).end("\n");
    }
    return { child, channel: pipeAt(child, FD.channel), initPid, complaints };
  } catch (error) {
    child.kill("SIGKILL"); // what is inside dies with it
    await exited(child);
    throw error;
  }
}

function spawnBwrap({ tools, uids, files, guestPath }: LaunchOptions, bounds: readonly string[]): ChildProcess {
  const settings: SupervisorSettings = {
    channel: FD.channel,
    home: guestPath,
    ...(uids === undefined ? {} : { users: guestUsers }),
  };
  const supervisor = [
    `${GUEST.home}/node`,
    `--max-old-space-size=${SUPERVISOR_HEAP_MIB}`,
    `${GUEST.home}/lib/main.mjs`,
  ];
  return spawn(
    tools.choom,
    [
      ...["-n", String(OOM_SCORE), "--", tools.bwrap, "--args", String(FD.arguments), "--"],
      // Inside, so that processes are counted in the new namespace alone: outside, those of a person's whole session would be.
      ...["prlimit", ...bounds, "--", ...supervisor],
    ],
    {
      cwd: "/",
      env: { ...LAUNCH_ENVIRONMENT, HUD_SUPERVISOR: JSON.stringify(settings) },
      // The index is the descriptor: see FD. Handles travel over the one channel of Node's own, bytes over ours.
      stdio: [
        "ignore",
        "ignore",
        "pipe",
        "ipc",
        "pipe",
        "pipe",
        "pipe",
        "pipe",
        "pipe",
        ...Object.keys(files).map(() => "pipe" as const),
      ],
      ...(uids === undefined ? {} : { uid: uids.supervisor, gid: uids.supervisor }),
    },
  );
}

const guestUsers = {
  agent: { uid: GUEST.agent, gid: GUEST.agent },
  grader: { uid: GUEST.grader, gid: GUEST.grader },
} as const;

/** With several users the namespace waits for its map; the capabilities are the supervisor's, to become one of them and to signal them. */
function userArguments(uids: SandboxUids | undefined): string[] {
  if (uids === undefined) return ["--uid", String(GUEST.agent), "--gid", String(GUEST.agent), "--cap-drop", "ALL"];
  const capabilities = ["CAP_SETUID", "CAP_SETGID", "CAP_KILL", "CAP_DAC_READ_SEARCH"]; // the last to enter a program's directory
  return [
    ...["--userns-block-fd", String(FD.block), "--cap-drop", "ALL"],
    ...capabilities.flatMap((capability) => ["--cap-add", capability]),
  ];
}

function pipeAt(child: ChildProcess, fd: number): Duplex {
  const pipe = child.stdio[fd] as (Readable & Writable) | null | undefined;
  if (pipe === null || pipe === undefined) throw new TypeError(`descriptor ${fd} is no pipe`);
  return pipe.on("error", () => {}) as unknown as Duplex; // the reader went away: its exit tells more
}

async function spawned(child: ChildProcess): Promise<void> {
  await new Promise<void>((resolve, reject) => child.once("error", reject).once("spawn", () => resolve()));
}

async function readInitPid(child: ChildProcess, complaints: TailBuffer): Promise<number> {
  const { promise, resolve, reject } = withResolvers<number>();
  let text = "";
  pipeAt(child, FD.info).on("data", (bytes: Buffer) => {
    text += bytes.toString("utf8");
    const pid = /"child-pid":\s*(\d+)/.exec(text)?.[1];
    if (pid !== undefined && text.includes("}")) resolve(Number(pid));
  });
  child.once("close", (code, signal) => reject(new Error(`bwrap ended at once (${signal ?? code}): ${complaints}`)));
  return promise;
}
