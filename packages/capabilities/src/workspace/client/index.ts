export type { TerminalSize } from "../../sandbox/contract.ts";
