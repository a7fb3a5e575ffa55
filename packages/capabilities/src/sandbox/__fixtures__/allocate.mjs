// Takes sets of uids, tells which, and gives them back (or dies with them) when told to. Arguments: the built entry, how many.
import { once } from "node:events";

const { allocateUids } = await import(process.argv[2]);
const leases = await Promise.all(Array.from({ length: Number(process.argv[3]) }, () => allocateUids()));
process.send(leases.map(({ uids }) => uids.supervisor));
const [order] = await once(process, "message");
if (order === "die") process.kill(process.pid, "SIGKILL");
await Promise.all(leases.map((lease) => lease[Symbol.asyncDispose]()));
process.disconnect();
