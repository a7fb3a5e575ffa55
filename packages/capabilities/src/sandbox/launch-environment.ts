/** All that a program around a sandbox gets: what it is spawned with can be read inside before it could be cleared there. */
export const LAUNCH_ENVIRONMENT: Readonly<Record<string, string>> = { PATH: "/usr/local/bin:/usr/bin:/bin" };
