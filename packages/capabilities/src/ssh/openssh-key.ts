import { generateKeyPairSync, randomBytes } from "node:crypto";

/** A key pair in OpenSSH's text forms. */
export interface OpenSshKeyPair {
  /** The contents of a key file such as `id_ed25519`, without passphrase. */
  readonly privateKey: string;
  /** The one line of its `.pub` file. */
  readonly publicKey: string;
}

const KEY_TYPE = "ssh-ed25519";
const LINE_LENGTH = 70;
/** Block size of the cipher `none`, to which the private section is padded with 1, 2, 3, … */
const BLOCK_BYTES = 8;

/**
 * A fresh ed25519 key pair. ssh2's own generator makes a malformed one each 256th time and no Node export is read by
 * OpenSSH, so the container is written here.
 *
 * @see https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.key
 */
export function generateOpenSshKey(comment: string): OpenSshKeyPair {
  const { d = "", x = "" } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  const seed = Buffer.from(d, "base64url");
  const point = Buffer.from(x, "base64url");
  const publicBlob = Buffer.concat([field(KEY_TYPE), field(point)]);
  const container = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    field("none"),
    field("none"),
    field(""),
    uint32(1),
    field(publicBlob),
    field(padded(privateSection({ publicBlob, seed, point, comment }))),
  ]);
  return { privateKey: armoured(container), publicKey: `${KEY_TYPE} ${publicBlob.toString("base64")} ${comment}` };
}

interface PrivateParts {
  readonly publicBlob: Buffer;
  readonly seed: Buffer;
  readonly point: Buffer;
  readonly comment: string;
}

function privateSection({ publicBlob, seed, point, comment }: PrivateParts): Buffer {
  const check = randomBytes(4);
  return Buffer.concat([check, check, publicBlob, field(Buffer.concat([seed, point])), field(comment)]);
}

function padded(section: Buffer): Buffer {
  const missing = (BLOCK_BYTES - (section.byteLength % BLOCK_BYTES)) % BLOCK_BYTES;
  return Buffer.concat([section, Buffer.from(Array.from({ length: missing }, (_, index) => index + 1))]);
}

function armoured(container: Buffer): string {
  const text = container.toString("base64");
  const lines = Array.from({ length: Math.ceil(text.length / LINE_LENGTH) }, (_, index) =>
    text.slice(index * LINE_LENGTH, (index + 1) * LINE_LENGTH),
  );
  return ["-----BEGIN OPENSSH PRIVATE KEY-----", ...lines, "-----END OPENSSH PRIVATE KEY-----", ""].join("\n");
}

function field(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint32(bytes.byteLength), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
