import { readdir } from "node:fs/promises";
import tab, { type Command as CompletionCommand, type RootCommand } from "@bomb.sh/tab";
import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { usageError } from "../output/failure.ts";
import { BASH_COMPLETION } from "./completion-bash.ts";
import { AGENT_NAMES } from "./eval/agents.ts";

const SHELLS = ["bash", "zsh", "fish"];

/** Prints the script that makes a shell complete `hud` commands. */
export async function completionCommand(context: CliContext, shell: string): Promise<number> {
  if (!SHELLS.includes(shell)) {
    throw usageError(`hud completion: unknown shell '${shell}'`, {
      input: shell,
      hint: `Known: ${SHELLS.join(", ")}.`,
    });
  }
  const script = shell === "bash" ? BASH_COMPLETION : captureLog(() => tab.setup("hud", "hud", shell));
  context.output.data(script);
  context.output.document({ shell, script });
  return 0;
}

/** Answers a shell's question for the words that may follow; the scripts call it. */
export async function completeCommand(
  context: CliContext,
  program: Command,
  words: readonly string[],
): Promise<number> {
  const sources = (await readdir(context.cwd)).filter((name) => /\.(ts|js|mts|mjs|json|jsonl)$/.test(name));
  declareCommand(tab, program);
  declareBelow(tab, program, "");
  offer(["eval", "source"], sources);
  offer(["eval", "agent"], AGENT_NAMES);
  offer(["serve", "target"], sources);
  offer(["info", "target"], sources);
  offer(["completion", "shell"], SHELLS);
  context.output.data(captureLog(() => tab.parse([...words])));
  return 0;
}

function offer([command, argument]: readonly [string, string], words: readonly string[]): void {
  tab.commands.get(command)?.argument(argument, (complete) => {
    for (const word of words) complete(word, "");
  });
}

function declareBelow(root: RootCommand, parent: Command, prefix: string): void {
  for (const command of parent.createHelp().visibleCommands(parent)) {
    const path = `${prefix}${command.name()}`;
    declareCommand(root.command(path, command.description()), command);
    declareBelow(root, command, `${path} `);
  }
}

function declareCommand(target: CompletionCommand, command: Command): void {
  for (const option of command.createHelp().visibleOptions(command)) {
    const name = option.long?.slice(2);
    if (name === undefined) continue;
    const alias = option.short?.slice(1);
    if (option.isBoolean()) target.option(name, option.description, alias);
    else target.option(name, option.description, () => {}, alias);
  }
}

// The library speaks through console.log only.
function captureLog(speak: () => void): string {
  const lines: string[] = [];
  const { log } = console;
  console.log = (line: string) => lines.push(line);
  try {
    speak();
  } finally {
    console.log = log;
  }
  return lines.join("\n");
}
