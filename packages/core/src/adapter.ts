/**
 * Building blocks for those who write a runtime, a capability or an agent: owning resources, deadlines, bounded buffers, processes.
 *
 * @module
 */
export { errorText, SdkError, type SdkErrorOptions, toSdkError } from "./errors/sdk-error.ts";
export type { Blame, ErrorCode, ErrorKind } from "./errors/table.ts";
export { onAbort, raceAbort, withResolvers } from "./util/abort.ts";
export { acquire } from "./util/acquire.ts";
export { type Clock, delay, systemClock } from "./util/clock.ts";
export { type Deadline, type DeadlineOptions, deadline } from "./util/deadline.ts";
export { randomId, randomToken } from "./util/ids.ts";
export { isoMicros } from "./util/iso-micros.ts";
export { LineSplitter, LineTooLongError } from "./util/line-splitter.ts";
export { exited, hasExited, isRunning, signalGroup, terminateGroup } from "./util/process.ts";
export { identifyProcess, isSameProcess, type ProcessIdentity } from "./util/process-identity.ts";
export { Scope } from "./util/scope.ts";
export { TailBuffer } from "./util/tail-buffer.ts";
