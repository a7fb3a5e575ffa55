// @ts-check
import { closeSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { connect, createServer, Socket } from "node:net";
import process from "node:process";
import { Mux } from "./mux.mjs";
import { Pipes } from "./pipes.mjs";
import { startProgram } from "./program.mjs";

/**
 * The one trusted process inside a sandbox: starts programs as the sandbox's users and passes their streams out.
 * What it is told comes by its environment: the channel's descriptor and the users' ids, if there are several.
 */
const settings = /** @type {import("./settings.ts").SupervisorSettings} */ (
  JSON.parse(process.env["HUD_SUPERVISOR"] ?? "{}")
);

/** @type {Map<number, Promise<import("./program.mjs").Program>>} */
const programs = new Map();

closeInheritedDescriptors();
const pipes = new Pipes();
const graderHome = makeGraderHome();
const channel = new Socket({ fd: settings.channel, readable: true, writable: true });
const mux = new Mux(channel, {
  message: (message) => receive(/** @type {import("./messages.ts").Request} */ (message)),
  lost: leave,
});
process.on("message", (message) => listen(/** @type {import("./messages.ts").ListenRequest} */ (message)));
process.on("disconnect", leave);
send({ event: "ready" });

/** @param {import("./messages.ts").Request} request */
function receive(request) {
  switch (request.op) {
    case "start":
      return answer(request.id, start(request));
    case "kill":
      return withProgram(request.id, (program) => program.kill(request.signal));
    case "resize":
      return withProgram(request.id, (program) => program.resize(request));
    case "kill-all":
      return answer(request.id, killAll());
    case "dial":
      return answer(request.id, dial(request));
  }
}

/** @param {import("./messages.ts").StartRequest} request */
async function start(request) {
  const stdin = mux.open(request.id * 4, { readable: true, writable: false });
  const stdout = mux.open(request.id * 4 + 1, { readable: false, writable: true });
  const stderr = mux.open(request.id * 4 + 2, { readable: false, writable: true });
  const home = (request.user === "grader" ? graderHome : undefined) ?? settings.home;
  const env = { HOME: home, ...request.env };
  const starting = startProgram({ ...request, env }, { pipes, identity: settings.users?.[request.user] ?? {} });
  programs.set(request.id, starting);
  try {
    const program = await starting;
    stdin.pipe(program.stdin);
    connectOutput(program.stdout, stdout);
    connectOutput(program.stderr, stderr);
    void program.exit.then((exit) => {
      programs.delete(request.id);
      send({ event: "exit", id: request.id, ...exit });
    });
  } catch (error) {
    programs.delete(request.id);
    for (const stream of [stdin, stdout, stderr]) stream.destroy();
    throw error;
  }
}

/**
 * @param {number} id
 * @param {(program: import("./program.mjs").Program) => void} use
 */
function withProgram(id, use) {
  programs.get(id)?.then(use, () => {}); // a start that failed has told so itself
}

/**
 * @param {import("node:stream").Readable} from
 * @param {import("node:stream").Writable} to
 */
function connectOutput(from, to) {
  from.pipe(to);
  to.once("close", () => from.destroy()); // nobody reads it outside: the program gets SIGPIPE, as from any pipe
}

/** @param {{ id: number, port: number }} request */
async function dial({ id, port }) {
  const socket = await connectLoopback(port);
  const stream = mux.open(id * 4 + 3, { readable: true, writable: true });
  socket.pipe(stream).pipe(socket);
  socket.on("error", (error) => stream.destroy(error));
  stream.on("close", () => socket.destroy());
}

/**
 * @param {number} port
 * @returns {Promise<Socket>}
 */
async function connectLoopback(port) {
  try {
    return await connectTo("127.0.0.1", port);
  } catch (error) {
    return await connectTo("::1", port).catch(() => Promise.reject(error));
  }
}

/**
 * @param {string} host
 * @param {number} port
 * @returns {Promise<Socket>}
 */
function connectTo(host, port) {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
    socket.once("error", reject).once("connect", () => resolve(socket.off("error", reject)));
  });
}

/** @param {import("./messages.ts").ListenRequest} request */
function listen({ id, port }) {
  const server = createServer((connection) => connection.destroy());
  server.once("error", (error) => process.send?.({ id, failure: describe(error) }));
  // Our copy is closed once the other is on its way: two accepting ends would share the connections between them.
  server.listen(port, "127.0.0.1", () => process.send?.({ id }, server, {}, () => server.close()));
}

/** Ends everything but this process. Signalled together, so that nothing can fork its way past; repeated until nobody is left. */
async function killAll() {
  for (;;) {
    try {
      process.kill(-1, "SIGKILL");
    } catch (error) {
      if (describe(error).code === "ESRCH") return;
      throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/**
 * @param {number} id
 * @param {Promise<void>} work
 */
function answer(id, work) {
  work.then(
    () => send({ event: "done", id }),
    (error) => send({ event: "failed", id, failure: describe(error) }),
  );
}

/**
 * @param {unknown} error
 * @returns {import("./messages.ts").Failure}
 */
function describe(error) {
  const { code = "UNKNOWN", message } = /** @type {NodeJS.ErrnoException} */ (error);
  return { code, message };
}

/** @param {import("./messages.ts").Reply} reply */
function send(reply) {
  mux.send(reply);
}

function leave() {
  process.exit(0); // pid 1 follows, and with it everything inside
}

/** A home that the agent cannot plant anything in; made as the grader, because this process may not give files away. */
function makeGraderHome() {
  const grader = settings.users?.grader;
  if (grader === undefined) return undefined;
  process.setegid?.(grader.gid);
  process.seteuid?.(grader.uid);
  const home = mkdtempSync("/tmp/.grader-");
  process.seteuid?.(0);
  process.setegid?.(0);
  return home;
}

/** Whatever the launcher had open without close-on-exec would reach every program. */
function closeInheritedDescriptors() {
  const O_CLOEXEC = 0o2000000;
  for (const name of readdirSync("/proc/self/fd")) {
    const descriptor = Number(name);
    if (descriptor <= 2) continue;
    try {
      const flags = /flags:\s+(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${name}`, "utf8"))?.[1] ?? "0";
      if ((Number.parseInt(flags, 8) & O_CLOEXEC) === 0) closeSync(descriptor);
    } catch {
      // The descriptor of this very listing.
    }
  }
}
