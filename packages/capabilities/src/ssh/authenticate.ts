import type { AuthContext, ParsedKey } from "ssh2";

/** Whom a server lets in: one user, by one key. */
export interface Admission {
  readonly user: string;
  readonly key: ParsedKey;
}

/** Accepts the one key, after its signature was verified; tells every other attempt that only a public key is taken. */
export function authenticate(context: AuthContext, admission: Admission): "accepted" | "offered" | "rejected" {
  if (!isAdmitted(context, admission)) {
    context.reject(["publickey"]);
    return "rejected";
  }
  context.accept();
  // Without a signature the client asks only whether this key would do.
  return context.method === "publickey" && context.signature === undefined ? "offered" : "accepted";
}

function isAdmitted(context: AuthContext, { user, key }: Admission): boolean {
  if (context.method !== "publickey" || context.username !== user) return false;
  if (context.key.algo !== key.type || !key.getPublicSSH().equals(context.key.data)) return false;
  const { blob, signature, hashAlgo } = context;
  return signature === undefined || (blob !== undefined && key.verify(blob, signature, hashAlgo) === true);
}
