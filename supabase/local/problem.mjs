// A failure that the person at the keyboard can mend: printed as one line, without a stack trace.
export class Problem extends Error {
  constructor(message) {
    super(message);
    this.name = "Problem";
  }
}

// One line for any failure. What is not a Problem is a fault of ours and shows where it happened.
export function explain(error) {
  return error instanceof Problem ? error.message : (error?.stack ?? String(error));
}
