/** The directory of this package, from its sources as from its build. */
export const packageRoot = new URL("..", import.meta.url);
