// A failure that the user can fix: printed as one line, without a stack trace.
export class Problem extends Error {
  constructor(message) {
    super(message);
    this.name = "Problem";
  }
}

// What to do about a failure of Postgres, by its message and SQLSTATE. Only damaged data is worth
// starting afresh.
export function cure(message, code = "") {
  if (code === "53100" || /No space left on device|ENOSPC|Disk quota exceeded/.test(message)) {
    return "The disk is full: free some space and run the command again. The data is whole.";
  }
  // Class XX: Postgres reports damaged files.
  if (code.startsWith("XX") || DAMAGE.test(message)) {
    return "The data is damaged: restore a backup, or start afresh with `make reset`.";
  }
  return "Fix it and run the command again.";
}

const DAMAGE = new RegExp([
  "SQLSTATE XX", "could not locate a valid checkpoint record", "invalid page in block",
  "could not locate required checkpoint record", "invalid checkpoint record", "incorrect checksum",
  "database files are incompatible", "is not a database cluster directory", "missing chunk number",
  "global/pg_control\": No such file", "pg_filenode.map", "contains invalid data",
].join("|"));

// One line for a failure that the system or the user can fix. Any other failure is a bug, and is
// printed with its stack.
export function explain(error) {
  if (error instanceof Problem) return error.message;
  if (["ENOSPC", "EDQUOT"].includes(error?.code)) return `${error.message}. ${cure("ENOSPC")}`;
  if (error?.syscall) return `${error.message}. Make that usable and run the command again.`;
  return error?.stack ?? String(error);
}
