import { PassThrough } from "node:stream";
import { withResolvers } from "@hud-ts/core/adapter";
import type { HostedProcess, ProcessExit, ProcessHost } from "../../sandbox/contract.ts";

/** Programs that do nothing until they are killed, or lost with their host. */
export function idleHost(): ProcessHost & { readonly started: number; lose(error: Error): void } {
  const ends = new Set<(error: Error) => void>();
  return {
    get started() {
      return ends.size;
    },
    lose: (error) => {
      for (const end of ends) end(error);
    },
    async start(): Promise<HostedProcess> {
      const { promise: exit, resolve, reject } = withResolvers<ProcessExit>();
      const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
      const endStreams = () => {
        stdout.end();
        stderr.end();
      };
      ends.add((error) => {
        endStreams();
        reject(error);
      });
      const kill = (signal: NodeJS.Signals = "SIGTERM") => {
        endStreams();
        resolve({ code: null, signal });
      };
      return { stdin, stdout, stderr, exit, kill, resize: () => {} };
    },
  };
}
