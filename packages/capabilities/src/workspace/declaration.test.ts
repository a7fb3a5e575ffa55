import { expect, test } from "vitest";
import { leftovers } from "./__fixtures__/leftovers.ts";
import { daemonContext } from "./__fixtures__/started-workspace.ts";
import { workspace } from "./index.ts";
import { isolationPolicy } from "./options.ts";

test("a workspace that has not started says so", async () => {
  const idle = workspace("/tmp");
  await expect(idle.exec("true")).rejects.toThrow(/workspace 'shell' is not started/);
  await idle.stop();
});

test.each([
  ["name", { name: " " }],
  ["user", { user: "Root User" }],
  ["guestPath", { guestPath: "relative" }],
  ["guestPath", { guestPath: "/" }],
  ["env", { env: { "A B": "x" } }],
  ["limits.diskBytes", { limits: { diskBytes: 1000 } }],
  ["isolation", { isolation: "maybe" as never }],
])("a bad %s is refused where the workspace is declared", (option, options) => {
  expect(() => workspace("/tmp", options)).toThrow(new RegExp(`workspace: ${option}`));
});

test("a start that fails leaves nothing", async () => {
  const before = leftovers();
  const broken = workspace("/nowhere");
  await expect(broken.start(daemonContext())).rejects.toThrow(/does not exist/);
  await broken.stop();
  expect(leftovers()).toEqual(before);
});

test("the runner's word decides where the author said nothing, and must be one that is known", () => {
  const before = process.env["HUD_ISOLATION"];
  try {
    delete process.env["HUD_ISOLATION"];
    expect(isolationPolicy(undefined)).toBe("required");
    process.env["HUD_ISOLATION"] = "auto";
    expect([isolationPolicy(undefined), isolationPolicy("none")]).toEqual(["auto", "none"]);
    process.env["HUD_ISOLATION"] = "off";
    expect(() => isolationPolicy(undefined)).toThrow(/HUD_ISOLATION must be one of required, auto, none, got "off"/);
  } finally {
    if (before === undefined) delete process.env["HUD_ISOLATION"];
    else process.env["HUD_ISOLATION"] = before;
  }
});
