import type { LazySubScore, SubScore } from "@hud-ts/core/spec";
import { settle } from "./settle.ts";

/** What a lazy subscore does and when. */
export interface LazyWork {
  readonly phase: LazySubScore["phase"];
  readonly freeze?: LazySubScore["freeze"];
  readonly parts?: LazySubScore["parts"];
  run(options: { readonly signal: AbortSignal }): Promise<SubScore>;
}

/** Makes a subscore that is computed once, when `combine` or an `await` first asks for it. */
export function lazySubScore(work: LazyWork): LazySubScore {
  let running: Promise<SubScore> | undefined;
  let awaited: Promise<SubScore> | undefined;
  const alone = async () => {
    const [subscore] = await settle([lazy]);
    return subscore as SubScore;
  };
  const lazy: LazySubScore = {
    phase: work.phase,
    freeze: work.freeze,
    parts: work.parts,
    run(options) {
      running ??= work.run(options);
      return running;
    },
    // biome-ignore lint/suspicious/noThenProperty: being awaited is what starts it
    then(onValue, onError) {
      awaited ??= alone();
      return awaited.then(onValue, onError);
    },
  };
  return lazy;
}
