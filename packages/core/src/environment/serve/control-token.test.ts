import { expect, test } from "vitest";
import { takeControlToken } from "./control-token.ts";

test.each([
  [{}, undefined],
  [{ HUD_CONTROL_TOKEN: "t" }, "t"],
  [{ HUD_CONTROL_TOKEN: "" }, undefined],
  [{ HUD_CONTROL_TOKEN: "t", HUD_CONTROL_AUTH: "token" }, "t"],
  [{ HUD_CONTROL_AUTH: "none" }, null],
])("%j", (env, token) => {
  const variables: NodeJS.ProcessEnv = { ...env, OTHER: "kept" };
  expect(takeControlToken(variables)).toBe(token);
  expect(variables).toEqual({ OTHER: "kept" });
});

test.each([
  [{ HUD_CONTROL_AUTH: "off" }, "HUD_CONTROL_AUTH is 'off', expected 'none' or 'token'"],
  [{ HUD_CONTROL_AUTH: "none", HUD_CONTROL_TOKEN: "t" }, "HUD_CONTROL_AUTH=none contradicts HUD_CONTROL_TOKEN"],
])("%j is refused, and the secret is gone all the same", (env, text) => {
  const variables: NodeJS.ProcessEnv = { ...env };
  expect(() => takeControlToken(variables)).toThrow(text);
  expect(variables).toEqual({});
});
