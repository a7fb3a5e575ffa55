// The whole suite: every test of every package, the checks of the tree, the documents. Ends with `N passed, N failed`.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const soak = process.argv.includes("--soak");
const scratch = mkdtempSync(join(tmpdir(), "hud-test-"));
const totals = { passed: 0, failed: 0 };

function run(command, args, env = {}) {
  return spawnSync(command, args, { stdio: "inherit", env: { ...process.env, ...env } }).status === 0;
}

function count(name, ok) {
  if (ok) totals.passed += 1;
  else {
    totals.failed += 1;
    console.log(`FAILED: ${name}`);
  }
}

function vitest() {
  const report = join(scratch, "vitest.json");
  // Repetition runs at a seeded tenth here and in full under --soak; tests read the scale from HUD_TEST_SCALE.
  const ok = run(
    join("node_modules", ".bin", "vitest"),
    ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
    { HUD_TEST_SCALE: soak ? "1" : "0.1", NO_COLOR: "1" },
  );
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(readFileSync(report, "utf8"));
  totals.passed += numPassedTests;
  // A test that did not run has not passed: a missing prerequisite is a failure of the set-up, not a skip.
  totals.failed += numFailedTests + numPendingTests + numTodoTests;
  if (numPendingTests + numTodoTests > 0) console.log(`FAILED: ${numPendingTests + numTodoTests} tests did not run`);
  if (!ok && numFailedTests + numPendingTests + numTodoTests === 0)
    count("vitest ended with an error outside any test", false);
}

try {
  count("the reference's client could be installed", run("bash", ["scripts/setup-reference.sh"]));
  vitest();
  count("pnpm check", run(process.execPath, ["scripts/check.mjs"]));
} catch (error) {
  count(`the suite itself: ${error instanceof Error ? error.message : error}`, false);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
console.log(`${totals.passed} passed, ${totals.failed} failed`);
process.exitCode = totals.failed === 0 ? 0 : 1;
