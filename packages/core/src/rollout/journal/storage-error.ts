import { errorText, SdkError } from "../../errors/sdk-error.ts";

/** A file of the journal that could not be written or read. */
export function storageError(error: unknown, doing: string): SdkError {
  if (SdkError.is(error)) return error;
  const full = (error as NodeJS.ErrnoException | undefined)?.code === "ENOSPC";
  return new SdkError({
    code: "STORAGE_FAILED",
    message: `${doing}: ${full ? "the disk is full" : errorText(error)}`,
    hint: full ? "free some space, then resume the job" : undefined,
    cause: error,
  });
}
