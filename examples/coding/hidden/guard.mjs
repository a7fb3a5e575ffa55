// Loaded before the tests: code under test may not end the process, which would count as success.
import { after } from "node:test";

let finished = false;
after(() => {
  finished = true;
});
const refuse = () => {
  throw new Error("the code under test tried to end the process");
};
process.exit = refuse;
process.reallyExit = refuse;
process.abort = refuse;
process.kill = refuse;
process.on("exit", () => {
  if (!finished) process.exitCode = 1;
});
