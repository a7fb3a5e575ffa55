// A hostile neighbour: swaps a directory and a file for links that lead out, and back, as fast as it can.
import { renameSync } from "node:fs";

const [root] = process.argv.slice(2);
process.send?.("ready");
setInterval(() => {
  for (let round = 0; round < 200; round++) {
    renameSync(`${root}/dir`, `${root}/kept-dir`);
    renameSync(`${root}/link-out`, `${root}/dir`);
    renameSync(`${root}/dir`, `${root}/link-out`);
    renameSync(`${root}/kept-dir`, `${root}/dir`);
    renameSync(`${root}/file`, `${root}/kept-file`);
    renameSync(`${root}/file-out`, `${root}/file`);
    renameSync(`${root}/file`, `${root}/file-out`);
    renameSync(`${root}/kept-file`, `${root}/file`);
  }
});
