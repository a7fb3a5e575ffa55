/** One thing a sweeper removed, or would remove. */
export interface Swept {
  /** What it is: `container`, `directory`, `port-file`, … */
  readonly kind: string;
  /** Names it to a person: an id or a path. */
  readonly name: string;
  /** Who left it. */
  readonly owner: string | null;
  /** False after a dry run, or when removing it failed. */
  readonly removed: boolean;
  readonly error?: string;
}

/** Finds and removes what a killed process left outside itself. */
export interface SweeperV1 {
  readonly id: string;
  sweep(options: {
    readonly owner?: string;
    /** Only what expired before this. */
    readonly expiredBefore: Date;
    readonly dryRun: boolean;
    readonly signal: AbortSignal;
  }): Promise<readonly Swept[]>;
}
