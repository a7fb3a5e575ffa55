import { type EndingSignal, Interruption } from "./interruption.ts";
import { runCli } from "./run-cli.ts";

/** Runs the command line of this process and ends it with the command's exit code. */
export async function runProcess(): Promise<void> {
  const interruption = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] satisfies EndingSignal[]) {
    process.on(signal, () => {
      const reason = new Interruption(signal);
      if (interruption.signal.aborted) process.exit(reason.exitCode); // asked twice: no more waiting
      interruption.abort(reason);
    });
  }
  let unwritten: Error | undefined;
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") unwritten ??= error; // a reader that has seen enough (`hud jobs | head`) is no failure
    });
  }
  const stdout = takeStdout();
  const code = await runCli(process.argv.slice(2), { stdout, signal: interruption.signal });
  await Promise.all([stdout, process.stderr].map(drained));
  // A source loaded into this process may have left timers or sockets behind; they must not keep the command from ending.
  if (unwritten === undefined) process.exit(code);
  process.stderr.write(`Error: cannot write the output: ${unwritten.message}\n`);
  process.exit(code === 0 ? 1 : code);
}

/** Keeps stdout for the command's data: what a source that is loaded into this process prints goes to stderr. */
function takeStdout(): NodeJS.WriteStream {
  const { stdout, stderr } = process;
  const own = Object.create(stdout, { write: { value: stdout.write.bind(stdout) } }) as NodeJS.WriteStream;
  stdout.write = stderr.write.bind(stderr);
  return own;
}

function drained(stream: NodeJS.WriteStream): Promise<void> {
  // A write that failed is told one turn later.
  if (stream.destroyed || stream.writableLength === 0) return new Promise((resolve) => setImmediate(resolve));
  return new Promise((resolve) => {
    stream.write("", () => resolve());
    stream.once("close", resolve);
  });
}
