// The operating system account that Postgres runs as. Postgres refuses root, so a stack started by
// root runs it as the owner of the data folder, else as `postgres` or `nobody`.

import { execFileSync } from "node:child_process";
import { accessSync, chownSync, constants, statSync } from "node:fs";
import path from "node:path";

import { Problem } from "./problem.mjs";

function lookUp(name) {
  try {
    const id = (flag) =>
      Number(execFileSync("id", [flag, name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
    return { name, uid: id("-u"), gid: id("-g") };
  } catch {
    return null;
  }
}

function ownerOf(folder) {
  try {
    const { uid, gid } = statSync(folder);
    return uid === 0 ? null : { name: `user ${uid}`, uid, gid };
  } catch {
    return null;
  }
}

// Whether the account may enter the folder and all its parents.
function mayEnter({ uid, gid }, folder) {
  for (let at = folder; ; at = path.dirname(at)) {
    const stat = statSync(at, { throwIfNoEntry: false });
    if (stat) {
      const shift = stat.uid === uid ? 6 : stat.gid === gid ? 3 : 0;
      if (((stat.mode >> shift) & 1) === 0) return false;
    }
    if (at === path.dirname(at)) return true;
  }
}

// Returns how to start a program of Postgres, and how to give it a file or a folder.
export function postgresAccount(dataDir, programDir) {
  if (process.getuid?.() !== 0) {
    return { command: (file, args) => [file, args, {}], own: () => {} };
  }
  const account = ownerOf(dataDir) ?? lookUp("postgres") ?? lookUp("nobody");
  if (!account) {
    throw new Problem(
      "Postgres does not run as root, and no other account exists for it. Run this as an" +
        " ordinary user, or create one: `useradd --system postgres`.",
    );
  }
  const { uid, gid } = account;
  const own = (file) => chownSync(file, uid, gid);
  const closed = [programDir, path.dirname(dataDir)].find((folder) => !mayEnter(account, folder));
  if (!closed) return { command: (file, args) => [file, args, { uid, gid }], own };

  // The repository is in a folder that only root may enter, such as /root. The account gets root's
  // capability to enter folders, and no other capability.
  const setpriv = findSetpriv();
  if (!setpriv) {
    throw new Problem(
      `Postgres does not run as root, and ${account.name} may not enter ${closed}. Move the` +
        " repository to a folder that every user may enter, or run this as an ordinary user.",
    );
  }
  const flags = [`--reuid=${uid}`, `--regid=${gid}`, "--clear-groups", ...PASS_FOLDERS];
  return { command: (file, args) => [setpriv, [...flags, file, ...args], {}], own };
}

// The last flag makes access(2) respect the capability; Postgres finds its programs with access(2).
const PASS_FOLDERS = [
  "--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--securebits=+no_setuid_fixup",
];

function findSetpriv() {
  for (const file of ["/usr/bin/setpriv", "/bin/setpriv"]) {
    try {
      accessSync(file, constants.X_OK);
      execFileSync(file, [...PASS_FOLDERS, "true"], { stdio: "ignore" });
      return file;
    } catch {
      // The capability is not available here, or the container has removed it from root.
    }
  }
  return null;
}
