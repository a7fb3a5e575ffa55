import { Taskset } from "@hud-ts/core";
import { countLetter, countLetters } from "./env.ts";

export const tasks = new Taskset("letter-count", [
  countLetter({ word: "strawberry", letter: "r" }, { slug: "strawberry" }),
  countLetter({ word: "bookkeeper", letter: "e" }, { slug: "bookkeeper" }),
  countLetter({ word: "Mississippi", letter: "s" }, { slug: "mississippi" }),
  countLetters({ word: "banana" }, { slug: "banana-table" }),
]);
