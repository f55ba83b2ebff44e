/** One Socket.IO server process. */
export interface Origin {
  /** What operators and logs call it. */
  readonly name: string;
  /** Where it listens: `http` or `https`, with no path, query or credentials. */
  readonly url: string;
}
