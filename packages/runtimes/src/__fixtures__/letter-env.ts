/** Source of an environment that every test can place: its one template answers what it is asked about itself. */
export const LETTER_ENV = `
import { Environment } from "@hud-ts/core";

export const env = new Environment({ name: "letters" });

export const count = env.template({ id: "count", solution: () => "6" })(async function* () {
  const answer = yield "How many letters has banana?";
  yield answer === "6";
});
`;

/** A row of {@link LETTER_ENV}. */
export const LETTER_ROW = { env: "letters", id: "count", args: {}, slug: "count" };
