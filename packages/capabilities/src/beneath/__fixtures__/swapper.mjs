// A hostile neighbour: swaps a directory and a file for links that lead out, and back, as fast as it can.
import { renameSync } from "node:fs";

const root = process.argv[2] ?? ".";

function swap(name) {
  try {
    renameSync(`${root}/${name}`, `${root}/kept-${name}`);
    renameSync(`${root}/${name}-out`, `${root}/${name}`);
    renameSync(`${root}/${name}`, `${root}/${name}-out`);
    renameSync(`${root}/kept-${name}`, `${root}/${name}`);
  } catch {
    // The other side replaced or removed one of them; the next round goes on with what is there.
  }
}

console.log("swapping");
for (;;) {
  swap("dir");
  swap("file");
}
