import type { ProcessHost } from "../../sandbox/contract.ts";

/** The same host, with the number of its programs that run. */
export function countingHost(host: ProcessHost): ProcessHost & { readonly live: number } {
  let live = 0;
  return {
    get live() {
      return live;
    },
    async start(request, options) {
      const program = await host.start(request, options);
      const ended = () => live--;
      live++;
      void program.exit.then(ended, ended);
      return program;
    },
  };
}
