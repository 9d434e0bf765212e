// A failure that the person at the keyboard can mend: printed as one line, without a stack trace.
export class Problem extends Error {
  constructor(message) {
    super(message);
    this.name = "Problem";
  }
}

// One line for what the system or the person can mend. Anything else is a fault of ours and shows
// where it happened.
export function explain(error) {
  if (error instanceof Problem) return error.message;
  if (error?.syscall) return `${error.message}. Make that usable and run the command again.`;
  return error?.stack ?? String(error);
}
