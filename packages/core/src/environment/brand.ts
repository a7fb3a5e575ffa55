// Two copies of this package may meet in one process (a command's own and a project's): instanceof would miss, these do not.

/** Marks environments. */
export const ENVIRONMENT = Symbol.for("hud-ts.environment");
/** Marks tasks. */
export const TASK = Symbol.for("hud-ts.task");
/** Marks tasksets. */
export const TASKSET = Symbol.for("hud-ts.taskset");

/** Whether `value` carries a brand, itself or by its class. */
export function hasBrand(value: unknown, brand: symbol): boolean {
  return typeof value === "object" && value !== null && brand in value;
}
