const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** The signals that end a command in an orderly way. */
export type EndingSignal = keyof typeof EXIT_CODES;

/** Why a command was asked to stop: the reason to abort `runCli`'s signal with. */
export class Interruption extends Error {
  readonly signal: EndingSignal;

  constructor(signal: EndingSignal) {
    super(signal === "SIGINT" ? "Interrupted." : "Terminated.");
    this.name = "Interruption";
    this.signal = signal;
  }

  /** 128 + the signal's number: 130 for SIGINT, 143 for SIGTERM. */
  get exitCode(): number {
    return EXIT_CODES[this.signal];
  }
}

/** The exit code of a command that its signal stopped; an abort without an {@link Interruption} counts as Ctrl-C. */
export function interruptionCode(signal: AbortSignal): number {
  return signal.reason instanceof Interruption ? signal.reason.exitCode : EXIT_CODES.SIGINT;
}

/** The exit code of a server, which Ctrl-C ends as it should: 0, and 143 for SIGTERM. */
export function stoppedCode(signal: AbortSignal): number {
  return signal.reason instanceof Interruption && signal.reason.signal === "SIGTERM" ? EXIT_CODES.SIGTERM : 0;
}
