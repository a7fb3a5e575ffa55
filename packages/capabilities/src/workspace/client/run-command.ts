import type { Readable } from "node:stream";
import { raceAbort } from "@hud-ts/core/adapter";
import type { OutputSink } from "../../bounded-output.ts";
import type { RemoteProgram } from "./remote-program.ts";

/** What a command is fed, and where its output goes. */
export interface CommandStreams {
  readonly stdin: string | Uint8Array | undefined;
  readonly stdout: OutputSink;
  readonly stderr: OutputSink;
  readonly signal: AbortSignal | undefined;
}

/**
 * Feeds a command and collects what it prints until it ends, reading eagerly: servers give up on slow readers.
 *
 * @returns its status
 * @throws the signal's reason, CAPABILITY_LOST, and what a sink throws
 */
export async function runToEnd(program: RemoteProgram, streams: CommandStreams): Promise<number> {
  program.stdin.end(streams.stdin);
  const ended = Promise.all([
    program.exit,
    collect(program.stdout, streams.stdout),
    collect(program.stderr, streams.stderr),
  ]);
  const [status] = await raceAbort(ended, streams.signal);
  program.requireAllOutput();
  return status;
}

async function collect(stream: Readable, sink: OutputSink): Promise<void> {
  // Not `for await`: it would destroy the stream, which closes the whole channel in ssh2.
  await new Promise<void>((resolve, reject) => {
    stream.once("end", resolve).once("close", resolve);
    stream.on("data", (chunk: Buffer) => {
      try {
        sink.push(chunk);
      } catch (error) {
        reject(error);
      }
    });
  });
}
