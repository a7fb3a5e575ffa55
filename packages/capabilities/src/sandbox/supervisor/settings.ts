/** What the supervisor is started with. */
export interface SupervisorSettings {
  /** Descriptor of the channel. */
  readonly channel: number;
  /** The agent's. */
  readonly home: string;
  /** Ids to run programs under; absent when there is only one user. */
  readonly users?: Readonly<Record<"agent" | "grader", { readonly uid: number; readonly gid: number }>>;
}
