import { randomBytes } from "node:crypto";

/** 32 lower-case hex digits (128 random bits): the form of job, trace and group ids. */
export function randomId(): string {
  return randomBytes(16).toString("hex");
}

/** A bearer token: 256 random bits, URL-safe, 43 characters. */
export function randomToken(): string {
  return randomBytes(32).toString("base64url");
}
