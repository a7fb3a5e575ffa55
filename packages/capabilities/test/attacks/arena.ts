import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { Scope } from "@hud-ts/core/adapter";

export { never } from "../../src/sandbox/__fixtures__/sandbox-root.ts";

import { never, type TestSandbox, testSandbox } from "../../src/sandbox/__fixtures__/sandbox-root.ts";
import type { SandboxOptions } from "../../src/sandbox/contract.ts";

/** One attempt, made from inside a sandbox and, to show that it would work, from beside it. */
export interface Arena extends AsyncDisposable {
  readonly inside: TestSandbox;
  /** Runs a command as the agent; gives all it printed. */
  agent(command: string): Promise<string>;
  /** Runs the same on this machine, as a shell without a sandbox would. */
  unconfined(command: string): Promise<string>;
  /** Starts a server that greets with `greeting`, ended with the arena. */
  greeter(greeting: string, where: { readonly path: string } | { readonly host: string }): Promise<number>;
  /** Keeps something until the arena ends. */
  readonly scope: Scope;
}

/** A text that nobody guesses and that no command line contains. */
export function secret(): string {
  return `secret-${randomBytes(12).toString("hex")}`;
}

export async function arena(options: Partial<SandboxOptions> = {}): Promise<Arena> {
  const scope = new Scope();
  const inside = scope.use(await testSandbox(options));
  return {
    inside,
    scope,
    agent: (command) => inside.sh(command),
    unconfined,
    greeter: async (greeting, where) => await greeter({ greeting, where, scope }),
    [Symbol.asyncDispose]: () => scope.close(),
  };
}

async function unconfined(command: string): Promise<string> {
  return await new Promise((resolve) => {
    execFile("bash", ["-c", command], { signal: never, timeout: 15_000 }, (_error, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });
}

async function greeter(options: {
  readonly greeting: string;
  readonly where: { readonly path: string } | { readonly host: string };
  readonly scope: Scope;
}): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).end(options.greeting);
  });
  await new Promise<void>((resolve, reject) => {
    server
      .once("error", reject)
      .listen("host" in options.where ? { port: 0, ...options.where } : options.where, resolve);
  });
  await options.scope.add(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? (address as AddressInfo).port : 0;
}

/** A command that prints what a server says, for Node's `net.connect` options; nothing where there is no way to it. */
export function listenTo(...targets: readonly object[]): string {
  const program = `
    for (const target of ${JSON.stringify(targets)}) {
      const socket = require("net").connect(target);
      socket.on("data", (bytes) => process.stdout.write(bytes)).on("error", (error) => console.log(error.code));
      setTimeout(() => socket.destroy(), 1500).unref();
    }`;
  return `node -e ${quoted(program)}`;
}

/** A command that makes one system call by number and prints `worked` or the error. */
export function systemCall(numbers: { readonly x64: number; readonly arm64: number }, args: string): string {
  const number = process.arch === "arm64" ? numbers.arm64 : numbers.x64;
  return `perl -e ${quoted(`my @args = (${args}); print syscall(${number}, @args) < 0 ? "refused: $!\\n" : "worked\\n"`)}`;
}

export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
