// A refusal in the words of hosted Storage: HTTP 400, with the status in the body.

export class Refused extends Error {
  constructor(status, code, message) {
    super(message);
    this.name = "Refused";
    this.status = status;
    this.code = code;
  }
}

export function refuse(status, code, message) {
  throw new Refused(status, code, message);
}
