// Shorter secrets are placeholders ("none", "EMPTY"): replacing them would garble the text and hide nothing.
const SHORTEST_SECRET = 8;

/** Makes a function that replaces every secret in a text: servers like to quote the key that they refuse. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const longest = secrets.filter((secret) => secret.length >= SHORTEST_SECRET).sort((a, b) => b.length - a.length);
  return (text) => longest.reduce((clean, secret) => clean.replaceAll(secret, "[redacted]"), text);
}
