/** The MIME type that the first bytes of a file tell, for the kinds of images that models take. */
export function imageType(head: Uint8Array): string | undefined {
  const bytes = Buffer.from(head).toString("latin1");
  if (bytes.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (bytes.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (/^GIF8[79]a/.test(bytes)) return "image/gif";
  if (/^RIFF.{4}WEBP/s.test(bytes)) return "image/webp";
  return undefined;
}
