// A failure that the user can fix: printed as one line, without a stack trace.
export class Problem extends Error {
  constructor(message) {
    super(message);
    this.name = "Problem";
  }
}

// One line for a failure that the system or the user can fix. Any other failure is a bug, and is
// printed with its stack.
export function explain(error) {
  if (error instanceof Problem) return error.message;
  if (error?.syscall) return `${error.message}. Make that usable and run the command again.`;
  return error?.stack ?? String(error);
}
