/** Ids and paths as the inside sees them. */
export const GUEST = {
  supervisor: 0,
  agent: 1000,
  grader: 1001,
  hostname: "sandbox",
  defaultPath: "/workspace",
  /** Where the supervisor lives; only it may enter. */
  home: "/run/supervisor",
  /** Where Node is when it is not below /usr. */
  node: "/opt/node",
} as const;

/** Small files that stand for the machine's own: who exists, which hosts have names, how a login shell begins. */
export function guestFiles(home: string): Readonly<Record<string, string>> {
  return {
    "/etc/passwd": lines(
      `root:x:0:0:root:/:/usr/sbin/nologin`,
      `agent:x:${GUEST.agent}:${GUEST.agent}:agent:${home}:/bin/bash`,
      `grader:x:${GUEST.grader}:${GUEST.grader}:grader:/tmp:/bin/bash`,
      `nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin`,
    ),
    "/etc/group": lines("root:x:0:", `agent:x:${GUEST.agent}:`, `grader:x:${GUEST.grader}:`, "nogroup:x:65534:"),
    "/etc/hosts": lines(`127.0.0.1 localhost ${GUEST.hostname}`),
    "/etc/nsswitch.conf": lines("passwd: files", "group: files", "hosts: files dns"),
    // The machine's own profile would set another PATH than the one that programs are promised.
    "/etc/profile": lines("umask 022"),
  };
}

function lines(...text: readonly string[]): string {
  return `${text.join("\n")}\n`;
}
