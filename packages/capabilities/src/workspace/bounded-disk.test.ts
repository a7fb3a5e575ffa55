import { expect, test } from "vitest";
import { leftovers, NOTHING_LEFT } from "./__fixtures__/leftovers.ts";
import { daemonContext, directoryWith, startedWorkspace } from "./__fixtures__/started-workspace.ts";

const FILL = "head -c 100M /dev/zero > big; while echo x > small-$((n++)); do :; done 2> /dev/null; ls | wc -l";

test("an agent cannot take more of the disk than it is given, is graded when it did, and starts afresh", async () => {
  using hidden = directoryWith({ "check.sh": "test -s big && echo checked > verdict && cat verdict a.txt" });
  {
    await using started = await startedWorkspace({ "a.txt": "a" }, { limits: { diskBytes: 16 * 1024 * 1024 } });
    const { shell } = started;
    const filled = await shell.exec(FILL);
    expect(filled.stderr).toMatch(/No space left on device/);
    const graded = await started.grade("bash /grading/check.sh", {
      files: { "/grading": hidden.path },
      restore: ["a.txt"],
    });
    expect(graded).toMatchObject({ exitCode: 0, stdout: "checked\na" });
    await shell.reset?.(daemonContext());
    expect((await shell.exec("head -c 1M /dev/zero > half && ls")).stdout).toBe("a.txt\nhalf\n");
  }
  expect(leftovers()).toEqual(NOTHING_LEFT);
});
