import { expect, test } from "vitest";
import { Scope } from "./scope.ts";

test("disposes in reverse order, once, for however many closers", async () => {
  const order: string[] = [];
  const scope = new Scope();
  await scope.add(() => order.push("first"));
  scope.use({ [Symbol.asyncDispose]: async () => void order.push("second") });
  await Promise.all([scope.close(), scope.close(), scope[Symbol.asyncDispose]()]);
  expect(order).toEqual(["second", "first"]);
});

test("a failing disposer does not keep the others from running", async () => {
  const order: string[] = [];
  const scope = new Scope();
  await scope.add(() => order.push("last"));
  await scope.add(() => Promise.reject(new Error("one")));
  await scope.add(() => {
    throw new Error("two");
  });
  await expect(scope.close()).rejects.toMatchObject({ errors: [{ message: "two" }, { message: "one" }] });
  expect(order).toEqual(["last"]);
});

test("what is added to a closed scope is disposed at once", async () => {
  const scope = new Scope();
  await scope.close();
  let disposed = false;
  await scope.add(() => {
    disposed = true;
  });
  expect(disposed).toBe(true);
});
