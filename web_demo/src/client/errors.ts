/** What a client throws at an application that asks too much of it. */

/** So many commands are unanswered that no more are taken. Wait for an outcome. */
export class TooManyInFlightError extends Error {
  override readonly name = "TooManyInFlightError";
}
