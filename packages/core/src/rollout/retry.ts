const FIRST_DELAY_MS = 1000;
const MAX_DELAY_MS = 30_000;

/**
 * Milliseconds to wait before attempt `attempt + 1`: doubling from one second to thirty, with half of it random,
 * so that rollouts that fell together do not come back together.
 *
 * @param random in [0, 1)
 */
export function retryDelayMs(attempt: number, random: () => number = Math.random): number {
  const full = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1));
  return Math.round(full * (0.5 + 0.5 * random()));
}
