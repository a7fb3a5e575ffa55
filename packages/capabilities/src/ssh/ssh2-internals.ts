import type { Socket } from "node:net";
import type { ClientChannel, Connection, ServerChannel, Session } from "ssh2";

interface ChannelState {
  readonly outgoing: { readonly state: "open" | "eof" | "closing" | "closed" };
  eof(): void;
}

/** The socket a connection runs over. */
export function socketOf(connection: Connection): Socket {
  return (connection as unknown as { readonly _sock: Socket })._sock;
}

/** Whether the other side still takes data on this channel; a write after that would never call back. */
export function takesData(channel: ServerChannel): boolean {
  return state(channel).outgoing.state === "open";
}

/**
 * Drops the chunk that waited for the peer's window. ssh2 keeps it after it was sent, and sends it again, for the other
 * stream, the next time a window opens.
 */
export function forgetWritten(channel: ServerChannel): void {
  Object.assign(state(channel), {
    _chunk: undefined,
    _chunkcb: undefined,
    _chunkErr: undefined,
    _chunkcbErr: undefined,
  });
}

/** Ends this side's data but not the channel, which `end()` of a server's channel would close. */
export function sendEof(channel: ServerChannel): void {
  state(channel).eof();
}

/** Lets signals and window changes through after the client's end of input, which ssh2 takes for the session's end. */
export function keepListening(session: Session): void {
  (session as unknown as { _ending: boolean })._ending = false;
}

/** Signals a program also after its input ended, when ssh2's own method no longer does. */
export function sendSignal(channel: ClientChannel, name: string): void {
  ifOpen(channel, (protocol, id) => protocol.signal(id, name));
}

/** Resizes a program's terminal, likewise. */
export function sendWindowChange(channel: ClientChannel, rows: number, columns: number): void {
  ifOpen(channel, (protocol, id) => protocol.windowChange(id, rows, columns, 0, 0));
}

/** Whether all that the server had to say on this channel has come. */
export function hasAllData(channel: ClientChannel): boolean {
  return (channel as unknown as { readonly incoming: { readonly state: string } }).incoming.state !== "open";
}

interface SentByClient {
  readonly outgoing: { readonly id: number; readonly state: ChannelState["outgoing"]["state"] };
  readonly _client: { readonly _protocol: ClientProtocol };
}

interface ClientProtocol {
  signal(id: number, name: string): void;
  windowChange(id: number, rows: number, columns: number, height: number, width: number): void;
}

function ifOpen(channel: ClientChannel, send: (protocol: ClientProtocol, id: number) => void): void {
  const { outgoing, _client } = channel as unknown as SentByClient;
  if (outgoing.state === "open" || outgoing.state === "eof") send(_client._protocol, outgoing.id);
}

function state(channel: ServerChannel): ChannelState {
  return channel as unknown as ChannelState;
}
