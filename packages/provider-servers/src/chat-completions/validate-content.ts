import { invalid } from "./api-error.ts";
import { type Checked, isBase64, isRecord } from "./validate-values.ts";

const PARTS_BY_ROLE: Readonly<Record<string, readonly string[]>> = {
  user: ["text", "image_url", "input_audio"],
  assistant: ["text", "refusal"],
};

/** Finds what the API would refuse in a message's content. */
export function validateContent(path: string, content: unknown, role: string): void {
  if (typeof content === "string") return;
  if (!Array.isArray(content) || content.length === 0) throw invalid(path, "expected a string or at least one part.");
  const allowed = PARTS_BY_ROLE[role] ?? ["text"];
  for (const [at, part] of content.entries()) {
    const { type } = (isRecord(part) ? part : {}) as Checked<"type">;
    if (typeof type !== "string" || !allowed.includes(type)) {
      throw invalid(`${path}[${at}].type`, `${role} messages take ${allowed.join(", ")}, got ${JSON.stringify(type)}.`);
    }
    validatePart(`${path}[${at}]`, part);
  }
}

function validatePart(path: string, part: Record<string, unknown>): void {
  const member = part["type"] as string;
  if (member === "image_url") validateImage(`${path}.image_url`, part["image_url"]);
  else if (member === "input_audio") validateAudio(`${path}.input_audio`, part["input_audio"]);
  else if (typeof part[member] !== "string") throw invalid(`${path}.${member}`, "expected a string.");
}

function validateImage(path: string, image: unknown): void {
  const { url } = (isRecord(image) ? image : {}) as Checked<"url">;
  if (typeof url !== "string") throw invalid(`${path}.url`, "expected a string.");
  if (/^https?:\/\//.test(url)) return;
  const data = /^data:image\/(?:png|jpeg|gif|webp);base64,(.*)$/s.exec(url)?.[1];
  if (data === undefined || !isBase64(data)) {
    throw invalid(`${path}.url`, "expected an http(s) url, or a data url of a PNG, JPEG, GIF or WebP in base64.");
  }
}

function validateAudio(path: string, audio: unknown): void {
  const { data, format } = (isRecord(audio) ? audio : {}) as Checked<"data" | "format">;
  if (typeof data !== "string" || !isBase64(data)) throw invalid(`${path}.data`, "expected base64.");
  if (format !== "wav" && format !== "mp3") throw invalid(`${path}.format`, "expected 'wav' or 'mp3'.");
}
