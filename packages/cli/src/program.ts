import { Command } from "commander";
import type { CliContext } from "./context.ts";
import { collect, port, seconds, wholeNumber } from "./settings/numbers.ts";
import { cliVersion } from "./version.ts";

type Report = (exitCode: number) => void;

/**
 * The whole command line: every command with its arguments and options. What a command does is imported when it is asked for.
 *
 * @param report receives the exit code of the command that ran
 */
export function buildProgram(context: CliContext, report: Report): Command {
  const program = new Command("hud")
    .description("Evaluate, serve and inspect environments for agents.")
    .version(`hud ${cliVersion()}`, "-V, --version", "print the version")
    .helpOption("-h, --help", "show this help")
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => {
        context.output.data(text.trimEnd());
        if (!text.startsWith("hud ")) context.output.document({ help: text.trimEnd() }); // the version has a document of its own
      },
      writeErr: (text) => context.output.stderr.write(text),
      outputError: () => {}, // reported once, with the document, by runCli
    });

  declareEval(program, context, report);
  declareServing(program, context, report);
  declareTasks(program, context, report);
  declareResults(program, context, report);
  declareProject(program, context, report);
  return program;
}

function declare(parent: Command, name: string): Command {
  return parent
    .command(name)
    .option("--json", "print one JSON document on stdout")
    .option("--verbose", "show the causes of an error");
}

function declareEval(program: Command, context: CliContext, report: Report): void {
  declare(program, "eval")
    .action(async (source, agent, options) => {
      const { evalCommand } = await import("./commands/eval/eval.ts");
      report(await evalCommand(context, { ...options, source, agent }));
    })
    .description("Run an agent on tasks and report the rewards.")
    .argument("[source]", "tasks.ts, a directory, a .json or .jsonl file")
    .argument("[agent]", "oracle, nop, scripted, openai-compatible")
    .option("-m, --model <name>", "model of the agent")
    .option("--base-url <url>", "endpoint of the model, such as http://127.0.0.1:8000/v1")
    .option("-c, --config <key=value>", "an option of the agent, or agent.key=value (repeatable)", collect)
    .option("--first", "run the first task only")
    .option("--all", "run all tasks (the default)")
    .option("--full", "auto-respond and 100 steps")
    .option("--task-ids <ids>", "run these: slugs, template ids or indices, comma-separated")
    .option("--group, --group-size <n>", "runs per task", wholeNumber("--group", 1))
    .option("--max-concurrent <n>", "rollouts at once", wholeNumber("--max-concurrent", 1))
    .option("--max-steps <n>", "turns of the agent", wholeNumber("--max-steps", 1))
    .option("--rollout-timeout <seconds>", "bound of a whole rollout", seconds("--rollout-timeout"))
    .option("--agent-timeout <seconds>", "bound of the agent's part, which is graded", seconds("--agent-timeout"))
    .option("--runtime <placement>", "process (default), local, tcp://host:port or unix://path")
    .option("--isolation <policy>", "required, auto or none (default: required for a model, else auto)")
    .option("--spare <n>", "processes kept started ahead", wholeNumber("--spare", 0))
    .option("--token-file <path>", "token of a served environment")
    .option("--resume <job>", "finish an interrupted job")
    .option("--allow-changed", "resume though the source has changed")
    .option("--dir <path>", "where jobs are kept (default .hud)")
    .option("-y, --yes", "ask nothing")
    .option("-q, --quiet", "no remarks, no progress");
}

function declareServing(program: Command, context: CliContext, report: Report): void {
  declare(program, "serve")
    .action(async (target, options) => {
      const { serveCommand } = await import("./commands/serve.ts");
      report(await serveCommand(context, { ...options, target }));
    })
    .description("Serve an environment over the control channel.")
    .argument("[target]", "env.ts or a directory, with :name to choose among several", "env.ts")
    .option("-p, --port <port>", "port, 0 for any free one", port("--port"), 8765)
    .option("--host <host>", "address to listen on (default 127.0.0.1)")
    .option("--env <name>", "the environment to serve, where there are several")
    .option("--no-auth", "serve without a token")
    .option("--token-file <path>", "serve with the token in this file")
    .option("--isolation <policy>", "required, auto or none (default: HUD_ISOLATION, else required)");

  declare(program, "relay")
    .action(async (url, options) => {
      const { relayCommand } = await import("./commands/relay.ts");
      report(await relayCommand(context, { ...options, url }));
    })
    .description("Open a loopback port that adds the token, for clients that know none.")
    .argument("<url>", "tcp://host:port or unix://path")
    .option("-p, --port <port>", "port to listen on, 0 for any free one", port("--port"), 0)
    .option("--token-file <path>", "file with the token");

  declare(program, "info")
    .action(async (target, options) => {
      const { infoCommand } = await import("./commands/info.ts");
      report(await infoCommand(context, { ...options, target }));
    })
    .description("Show what a source or a served environment declares.")
    .argument("[target]", "a source, or tcp://host:port", ".")
    .option("--token-file <path>", "token of a served environment");
}

function declareTasks(program: Command, context: CliContext, report: Report): void {
  const task = program.command("task").description("List, start and grade single tasks.");
  const source = ["-s, --source <path>", "where the tasks come from (default .)"] as const;
  const placed = (command: Command) =>
    command
      .argument("<task>", "slug, template id or index; with --url alone the template id")
      .option(...source)
      .option("-a, --args <json>", "arguments instead of the task's own")
      .option("-u, --url <url>", "a served environment, tcp://host:port")
      .option("--token-file <path>", "token of the served environment");

  declare(task, "list")
    .action(async (options) => {
      const { taskListCommand } = await import("./commands/task/task-list.ts");
      report(await taskListCommand(context, options));
    })
    .description("List the tasks of a source.")
    .option(...source)
    .option("-q, --quiet", "slugs only");
  placed(
    declare(task, "start").action(async (name, options) => {
      const { taskStartCommand } = await import("./commands/task/task-start.ts");
      report(await taskStartCommand(context, { ...options, task: name }));
    }),
  ).description("Start a task and print its prompt.");
  placed(
    declare(task, "grade").action(async (name, options) => {
      const { taskGradeCommand } = await import("./commands/task/task-grade.ts");
      report(await taskGradeCommand(context, { ...options, task: name }));
    }),
  )
    .description("Grade an answer and print the score.")
    .option("--answer <text>", "the answer")
    .option("--answer-file <path>", "file with the answer, - for stdin");
}

function declareResults(program: Command, context: CliContext, report: Report): void {
  const dir = ["--dir <path>", "where jobs are kept (default .hud)"] as const;
  declare(program, "jobs")
    .action(async (id, options) => {
      const { jobsCommand } = await import("./commands/jobs.ts");
      report(await jobsCommand(context, { ...options, id }));
    })
    .description("List the jobs of this directory, or show one.")
    .argument("[id]", "a job's id or the beginning of one; `list` for all")
    .option("-n, --limit <n>", "most jobs listed", wholeNumber("--limit", 1), 20)
    .option("-q, --quiet", "ids only")
    .option(...dir);
  declare(program, "trace")
    .action(async (id, options) => {
      const { traceCommand } = await import("./commands/trace.ts");
      report(await traceCommand(context, { ...options, id }));
    })
    .description("Show what happened in one rollout.")
    .argument("<id>", "a trace's id or the beginning of one")
    .option(...dir);
}

function declareProject(program: Command, context: CliContext, report: Report): void {
  declare(program, "init")
    .action(async (name, options) => {
      const { initCommand } = await import("./commands/init/init.ts");
      report(await initCommand(context, { ...options, name }));
    })
    .description("Create a project from a template.")
    .argument("[name]", "name of the project and its directory")
    .option("-t, --template <template>", "what to begin with")
    .option("-d, --dir <path>", "directory to create it in", ".")
    .option("-f, --force", "write into a directory that is not empty")
    .option("--dry-run", "say what would be written")
    .option("-y, --yes", "ask nothing");
  declare(program, "set")
    .action(async (pairs, options) => {
      const { setCommand } = await import("./commands/set.ts");
      report(await setCommand(context, { ...options, pairs }));
    })
    .description("Keep keys in ~/.hud/.env.")
    .argument("<pairs...>", "KEY=VALUE");
  declare(program, "version")
    .description("Print the version.")
    .action(() => {
      const version = cliVersion();
      context.output.data(`hud ${version}`);
      context.output.document({ name: "hud", version });
    });
  declare(program, "completion")
    .action(async (shell) => {
      const { completionCommand } = await import("./commands/completion.ts");
      report(await completionCommand(context, shell));
    })
    .description('Print the completion script of a shell: eval "$(hud completion bash)".')
    .argument("<shell>", "bash, zsh or fish");
  program
    .command("complete", { hidden: true })
    .allowUnknownOption()
    .argument("[words...]")
    .action(async (words) => {
      const { completeCommand } = await import("./commands/completion.ts");
      report(await completeCommand(context, program, words));
    });
}
